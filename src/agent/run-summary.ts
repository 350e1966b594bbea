// What does `run` print at its end? Figures of the first process, pid and path of the others, within twelve lines.
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { CaptureError } from "../capture/errors.js";
import { captureFiles } from "../capture/format.js";
import { readCapture } from "../capture/reader.js";
import { shortText } from "../terminal/text.js";
import type { HostParts } from "./host-request.js";
import type { Target } from "./session/target.js";

/** A process whose tracer offered its segment to this agent. */
export interface SeenProcess {
  pid: number;
  /** Order in which the segments became readable: a segment found half initialized may come after one found later. */
  number?: number;
  /** Undefined while the process is not profiled, or if it never was. */
  target?: Target;
  /** For the user: why the process is not profiled, or not until its end. */
  note?: string;
}

/** Maximum number of lines about processes; if they do not fit, the last line counts the rest. */
const MOST = 4;
/** Time after which no more pages are written a second time. */
const PAGES_MS = 8000;

/** The lines to print. Also writes the report page of every process. */
export async function summaryOf(seen: readonly SeenProcess[], parts: HostParts): Promise<string[]> {
  const served = seen.filter(({ target }) => target !== undefined).sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const lost = seen.filter(({ target }) => target === undefined);
  const reasons = lost.map(({ pid, note }) => `process ${pid} is ${note ?? "not profiled: it was not done in time"}`);
  if (served.length === 0) return reasons;
  const log = parts.target.log(parts.request.resolved.config);
  for (const reason of reasons) log.warn(reason);
  const dir = served[0]?.target?.captureDir ?? null;
  await writePages(served, parts);
  const lines = seen.length === 1 && seen[0]?.note === undefined ? [] : processLines([...served, ...lost], dir);
  if (dir === null) return [`gst-pyroscope: sent to ${sentTo(parts)}`, ...undelivered(served), ...lines];
  try {
    const page = join(dir, captureFiles.report);
    const text = shortText(await readCapture(dir), existsSync(page) ? page : null, parts.terminal, lines);
    return text.trimEnd().split("\n");
  } catch (error) {
    return [error instanceof CaptureError ? `gst-pyroscope: ${error.message}` : String(error), ...lines];
  }
}

/** "  pid 4242, process-2/report.html: gst-launch-1.0 -q …" */
function processLines(processes: readonly SeenProcess[], dir: string | null): string[] {
  const shown = processes.length <= MOST ? processes : processes.slice(0, MOST - 1);
  const lines = shown.map((seen) => {
    const place = dir === null ? "" : placeOf(seen, dir);
    const what = seen.note ?? seen.target?.command ?? "";
    return `  pid ${seen.pid}${place === "" ? "" : `, ${place}`}: ${what}`;
  });
  const rest = processes.slice(shown.length);
  return rest.length === 0 ? lines : [...lines, restLine(rest, dir)];
}

function restLine(rest: readonly SeenProcess[], dir: string | null): string {
  const folders = rest.flatMap(({ target }) => (target?.captureDir ? [basename(target.captureDir)] : []));
  const [first, last] = [folders[0], folders.at(-1)];
  const where = dir === null || first === undefined ? "" : first === last ? `: ${first}` : `: ${first} to ${last}`;
  const lost = rest.filter(({ target }) => target === undefined).length;
  const missing = lost === 0 ? "" : `, ${lost} of them not profiled`;
  return `  and ${rest.length} more processes${missing}${where}`;
}

/** Path of the report page, or of the capture without one, relative to `dir`; "" without a capture. */
function placeOf({ target }: SeenProcess, dir: string): string {
  const own = target?.captureDir ?? null;
  if (own === null) return "";
  const page = join(own, captureFiles.report);
  return relative(dir, existsSync(page) ? page : own) || ".";
}

/**
 * Writes all report pages. A page can link only to pages that exist, so all but the last are then written again, as far
 * as PAGES_MS allows.
 */
async function writePages(served: readonly SeenProcess[], { target }: HostParts): Promise<void> {
  const dirs = served.flatMap(({ target: one }) => one?.captureDir ?? []);
  const until = performance.now() + PAGES_MS;
  for (const dir of dirs) await target.report(dir, dir);
  for (const dir of dirs.slice(0, -1)) if (performance.now() < until) await target.report(dir, dir);
}

/** The line about samples that no server received, summed over all processes by reason. */
function undelivered(served: readonly SeenProcess[]): string[] {
  const sum: Record<string, number> = {};
  for (const { target } of served) {
    for (const [reason, n] of Object.entries(target?.losses ?? {})) sum[reason] = (sum[reason] ?? 0) + n;
  }
  const reasons = Object.entries(sum).map(([reason, n]) => `${n} ${reason}`);
  return reasons.length === 0 ? [] : [`gst-pyroscope: samples that were not delivered: ${reasons.join(", ")}`];
}

function sentTo({ request }: HostParts): string {
  const { settings } = request.resolved;
  const shown = (name: string) => settings.find((setting) => setting.name === name)?.shown ?? "";
  const names = ["server-url", "otlp-endpoint", "metrics-endpoint", "traces-endpoint"];
  return names.map(shown).filter(Boolean).join(" and ");
}
