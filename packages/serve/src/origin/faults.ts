// Which fault does someone ask the lab for? `enc:burn=60ms`, `enc:lock=1.5x`, `source:gap=5s`, `net:rate=25kB/s`, or `none`.
// SPDX-License-Identifier: MPL-2.0

/** Of each buffer: milliseconds, or times of what it lasts, which is all that there is in real time. */
export type Cost = { ms: number } | { factor: number };
type Rate = { bytesPerSecond: number } | { factor: number };

export const slowKinds = ["burn", "sleep", "lock"] as const;
type SlowKind = (typeof slowKinds)[number];

export type Fault =
  | { kind: "none" }
  /** The delivery is this slow; the lab's pipeline does not notice, nor does it of the next two. */
  | { kind: "rate"; bytesPerSecond: number }
  /** The origin closes connections without an answer, or answers with this status. */
  | { kind: "stop" }
  | { kind: "status"; status: number }
  /** Does the origin add program times to playlists? `none` leaves it as it is. */
  | { kind: "program_time"; on: boolean }
  /** Each buffer takes this much longer at a place of the pipeline: CPU time, waiting, or waiting for another thread's lock. */
  | ({ kind: SlowKind; at: string } & Cost)
  /** The source is silent once for this long. */
  | { kind: "gap"; ms: number }
  /** The disk takes no more than that, or `factor` seconds for what is written each second. */
  | ({ kind: "disk" } & Rate)
  /** The picture becomes one that the encoder cannot encode in time. */
  | { kind: "snow" }
  /** So many other processes want a CPU. */
  | { kind: "burners"; count: number }
  /** The pipeline's process is killed; `none` starts it again. */
  | { kind: "kill" };

export const FAULT_HELP =
  "write enc:burn=60ms, enc:sleep=200ms, enc:lock=1.5x (times of what a buffer lasts), source:gap=5s, net:rate=25kB/s, net:stop, " +
  "net:status=500, net:program-time=off, disk:rate=1.5x, x264:content=snow, host:burners=4, pipeline:kill or none";

const MOST_MS = 60_000;
const MOST_FACTOR = 100;
const MOST_BURNERS = 64;

/** Those without a number of their own. */
const words: Record<string, Fault> = {
  none: { kind: "none" },
  "net:stop": { kind: "stop" },
  "net:program-time=off": { kind: "program_time", on: false },
  "net:program-time=on": { kind: "program_time", on: true },
  "x264:content=snow": { kind: "snow" },
  "pipeline:kill": { kind: "kill" },
};

/** Places that are no identity element. */
const special: Record<string, (kind: string, value: string) => Fault | null> = {
  net: (kind, value) => (kind === "rate" ? slowNetwork(value) : kind === "status" ? badStatus(value) : null),
  disk: (kind, value) => (kind === "rate" ? slowDisk(value) : null),
  host: (kind, value) => (kind === "burners" ? burners(value) : null),
  source: (kind, value) => (kind === "gap" ? gap(value) : null),
};

/** null: it cannot be read; FAULT_HELP tells how it is written. */
export function readFault(text: string): Fault | null {
  const word = text.trim();
  if (Object.hasOwn(words, word)) return words[word] ?? null;
  const [, at = "", name = "", value = ""] = /^([a-z][a-z0-9_-]{0,31}):([a-z]+)=(\S+)$/.exec(word) ?? [];
  if (Object.hasOwn(special, at)) return special[at]?.(name, value) ?? null;
  const kind = slowKinds.find((one) => one === name);
  const cost = factorOf(value) ?? milliseconds(value);
  return kind === undefined || cost === null ? null : { kind, at, ...cost };
}

function slowNetwork(value: string): Fault | null {
  const bytesPerSecond = bytesOf(value);
  return bytesPerSecond === null ? null : { kind: "rate", bytesPerSecond };
}

function slowDisk(value: string): Fault | null {
  const bytesPerSecond = bytesOf(value);
  const rate = factorOf(value) ?? (bytesPerSecond === null ? null : { bytesPerSecond: Math.round(bytesPerSecond) });
  return rate === null ? null : { kind: "disk", ...rate };
}

function bytesOf(value: string): number | null {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(B|kB|MB)\/s$/.exec(value) ?? [];
  const bytes = Number(amount) * ({ B: 1, kB: 1000, MB: 1_000_000 }[unit ?? ""] ?? Number.NaN);
  return bytes >= 1 ? bytes : null;
}

function badStatus(value: string): Fault | null {
  return /^[45]\d\d$/.test(value) ? { kind: "status", status: Number(value) } : null;
}

function burners(value: string): Fault | null {
  const count = /^\d{1,2}$/.test(value) ? Number(value) : 0;
  return count >= 1 && count <= MOST_BURNERS ? { kind: "burners", count } : null;
}

function gap(value: string): Fault | null {
  const length = milliseconds(value);
  return length === null ? null : { kind: "gap", ...length };
}

function factorOf(value: string): { factor: number } | null {
  const [, amount] = /^(\d{1,3}(?:\.\d{1,3})?)x$/.exec(value) ?? [];
  const factor = Number(amount);
  return factor > 0 && factor <= MOST_FACTOR ? { factor } : null;
}

function milliseconds(value: string): { ms: number } | null {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/.exec(value) ?? [];
  const ms = Math.round(Number(amount) * (unit === "s" ? 1000 : 1));
  return ms >= 1 && ms <= MOST_MS ? { ms } : null;
}

/** The line that the lab's pipeline reads; null: it is not for the pipeline. */
export function hostLine(fault: Fault): string | null {
  if (fault.kind === "none") return "none";
  if (fault.kind === "gap") return `gap source ${fault.ms}`;
  if (fault.kind === "snow") return "set vsrc pattern snow";
  if (fault.kind === "disk") return `disk ${"factor" in fault ? `${fault.factor}x` : fault.bytesPerSecond}`;
  if (!("at" in fault)) return null;
  return `${fault.kind} ${fault.at} ${"factor" in fault ? `${fault.factor}x` : fault.ms}`;
}
