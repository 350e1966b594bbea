// Which fault does someone ask the lab for? `enc:burn=60ms`, `cap:sleep=200ms`, `source:gap=5s`, `net:rate=25kB/s`, or `none`.
// SPDX-License-Identifier: MPL-2.0

export type Fault =
  | { kind: "none" }
  /** The delivery is this slow; the lab's pipeline does not notice. */
  | { kind: "rate"; bytesPerSecond: number }
  /** Each buffer takes this much longer at a place of the pipeline: CPU time, or waiting. */
  | { kind: "burn" | "sleep"; at: string; ms: number }
  /** The source is silent once for this long. */
  | { kind: "gap"; ms: number };

export const FAULT_HELP = "write enc:burn=60ms, enc:sleep=200ms, source:gap=5s, net:rate=25kB/s or none";

const MOST_MS = 60_000;

/** null: it cannot be read; FAULT_HELP tells how it is written. */
export function readFault(text: string): Fault | null {
  if (text.trim() === "none") return { kind: "none" };
  const [, at, kind, value] = /^([a-z][a-z0-9_]{0,31}):(burn|sleep|gap|rate)=(\S+)$/.exec(text.trim()) ?? [];
  if (at === undefined || kind === undefined || value === undefined) return null;
  if (kind === "rate") return at === "net" ? rate(value) : null;
  const ms = milliseconds(value);
  if (ms === null || at === "net") return null;
  if (kind === "gap") return at === "source" ? { kind, ms } : null;
  return at === "source" ? null : { kind: kind as "burn" | "sleep", at, ms };
}

function rate(value: string): Fault | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(B|kB|MB)\/s$/.exec(value) ?? [];
  const bytesPerSecond = Number(amount) * ({ B: 1, kB: 1000, MB: 1_000_000 }[unit ?? ""] ?? Number.NaN);
  return bytesPerSecond >= 1 ? { kind: "rate", bytesPerSecond } : null;
}

function milliseconds(value: string): number | null {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/.exec(value) ?? [];
  const ms = Math.round(Number(amount) * (unit === "s" ? 1000 : 1));
  return ms >= 1 && ms <= MOST_MS ? ms : null;
}

/** The line that the lab's pipeline reads; null: it is not for the pipeline. */
export function hostLine(fault: Fault): string | null {
  if (fault.kind === "none") return "none";
  if (fault.kind === "rate") return null;
  return fault.kind === "gap" ? `gap source ${fault.ms}` : `${fault.kind} ${fault.at} ${fault.ms}`;
}
