// What stands above the table of `top`, and above each block of plain lines? Which process, how much was seen, and what is slow.
// SPDX-License-Identifier: MPL-2.0

import { headline } from "../../analysis/headline.js";
import type { HotFunctions } from "../../analysis/hottest-functions.js";
import type { Measured } from "../../analysis/measured.js";
import { duration, tenths } from "../../analysis/units.js";
import { printable } from "../../model/printable.js";
import type { Summary } from "../../model/summary.js";
import { cellWidth, cut, wrap } from "../columns.js";
import { lossLine, type Paint } from "../loss-text.js";

/** What an agent says of its target: the part of its status that is shown. */
export interface ShownTarget {
  pid: number;
  service: string;
  command: string;
  uptimeNs: number;
  settings: { enabled: boolean; timing: string };
}

/** One answer of an agent. */
export interface Seen {
  target: ShownTarget;
  summary: Summary;
  /** By path of the element; null: they were not asked for. */
  functions: HotFunctions | null;
}

/** Figures of buffers are no zeros where none were counted. */
export const measuredOf = ({ target, summary }: Seen): Measured => ({
  counts:
    target.settings.timing !== "off" || summary.pipelines.some(({ elements }) => elements.some((e) => e.buffersIn > 0)),
});

/** Two lines: who, and what was lost. */
export function whoAndLosses(seen: Seen, range: number | null, paint: Paint, width: number): string[] {
  const { losses, counters } = seen.summary;
  const counted = { losses: { ...losses, ...counters }, lossHelp: {} };
  return [whoLine(seen, range, width), lossLine(counted, seen.summary, paint, width)];
}

/** The command, which comes last, has what room is left. */
function whoLine(seen: Seen, range: number | null, width: number): string {
  const first = `${printable(who(seen, range))} `;
  return cut(first + cut(printable(seen.target.command), Math.max(MIN_COMMAND, width - cellWidth(first))), width);
}

const MIN_COMMAND = 8;

function who({ target, summary }: Seen, range: number | null): string {
  const { pid, service, uptimeNs, settings } = target;
  const { profile, target: watched } = summary;
  const cores =
    watched.durationNs > 0 ? ` ${tenths((profile.cpu?.totalNs ?? 0) / watched.durationNs)} % of a core;` : "";
  const off = settings.enabled ? "" : " recording is off;";
  return `${pid} ${service}, up ${clock(uptimeNs)}, ${watchedText(range, watched.durationNs)}:${cores}${off}`;
}

/** What is slow; exactly `most` lines, so that what stands below does not move. */
export function slowLines(seen: Seen, paint: Paint, width: number, most: number): string[] {
  const lines = wrap(sentenceOf(seen), width).map((line) => cut(line, width));
  const shown = lines.slice(0, most);
  if (lines.length > most && most > 0) shown[most - 1] = cut(lines.slice(most - 1).join(" "), width);
  return Array.from({ length: most }, (_, i) => paint.bold(shown[i] ?? ""));
}

/** Who waits for whom takes its time of a thousand elements; a key draws the same summary again. */
const sentences = new WeakMap<Summary, string>();

/** What is slow, after what to do where nothing more is recorded of it. */
export function sentenceOf({ target: { pid, settings }, summary }: Seen): string {
  const known = sentences.get(summary) ?? headline(summary).sentence;
  sentences.set(summary, known);
  const off = `Recording is off: gst-pyroscope set ${pid} enabled=true switches it on.`;
  return settings.enabled ? known : `${off} ${known}`;
}

/** "last 2.01 s": whole windows of the agent, so some more than what was asked for. */
const watchedText = (range: number | null, ns: number): string =>
  `last ${duration(ns)}${range === null ? ", all that is kept" : ""}`;

/** "last 2 s" */
export const rangeText = (seconds: number | null): string =>
  seconds === null ? "all that is kept" : `last ${seconds} s`;

/** "1:05", "2:00:01", "3 d 04:00:01" */
export function clock(ns: number): string {
  const seconds = Math.floor(ns / 1e9);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}:${two(rest)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
