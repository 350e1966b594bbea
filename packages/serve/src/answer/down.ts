// Was the pipeline there at all when the missing media should have been made?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence, PipelineWindow } from "@gst-pyroscope/contract/window";
import { fact, quoted } from "./facts.js";
import type { Interval } from "./measure.js";
import type { KnownPipeline, KnownWindow, StallCase } from "./stall-case.js";
import { inOrder } from "./totals.js";

/** Windows come every two seconds; after so long without one, some were not only lost. */
export const SILENT_MS = 8000;
/** A window that closes a little after the stall may tell its cause. */
const SLACK_MS = 2000;

export interface Down {
  evidence: Evidence;
  /** It was told, not only concluded from silence. */
  told: boolean;
}

type Heard = Pick<StallCase, "nowMs" | "heardSinceMs">;

/** null: it ran. */
export function downOf(pipeline: KnownPipeline, interval: Interval, input: Heard): Down | null {
  const known = inOrder(pipeline.windows).filter((one) => one.toMs <= interval.untilMs + SLACK_MS);
  const last = known.at(-1);
  if (last === undefined) return null;
  const { window } = last;
  const before = (atMs: number) => Math.max(0, interval.untilMs - atMs) / 1000;
  if (window.state === "ended") return { told: true, evidence: ended(window, before(last.toMs)) };
  const first = known.find((one) => one.window.run_id === window.run_id);
  const restarted = first !== known[0] && first !== undefined && first.fromMs > interval.fromMs - SLACK_MS;
  if (restarted) {
    const old = known.findLast((one) => one.window.state === "ended" && one.window.run_id !== window.run_id);
    return { told: true, evidence: restart(window, before(first.fromMs), old?.window) };
  }
  const halted = last.toMs > interval.fromMs && window.state !== "playing";
  if (halted) return { told: true, evidence: stopped(window, before(last.fromMs)) };
  return silent(last, interval, input);
}

function ended(window: PipelineWindow, before_s: number): Evidence {
  const code = window.end?.exit_code;
  const exit = code === undefined ? "" : [", exit code ", { exit_code: code }];
  return fact("ended")`${theOne(window)} ended ${{ before_s }} s before the stall${exit}${reasonOf(window)}.`;
}

function restart(window: PipelineWindow, before_s: number, old: PipelineWindow | undefined): Evidence {
  const why = old === undefined ? "" : reasonOf(old);
  return fact("restarted")`${theOne(window)} was started anew ${{ before_s }} s before the stall${why}.`;
}

const stopped = (window: PipelineWindow, before_s: number): Evidence =>
  fact("ended")`${theOne(window)} was in the state ${window.state} ${{ before_s }} s before the stall.`;

const theOne = ({ pipeline }: PipelineWindow): string => `The pipeline ${quoted(pipeline)}`;

function reasonOf({ end }: PipelineWindow): string {
  const told = Object.entries({ signal: end?.signal, "flow return": end?.flow, error: end?.error });
  return told.map(([what, text]) => (text ? `, ${what} ${quoted(text)}` : "")).join("");
}

/** Its agent fell silent: only if the media that the viewer has is not of a later time. */
function silent(last: KnownWindow, interval: Interval, { nowMs, heardSinceMs = 0 }: Heard): Down | null {
  const missing = nowMs - Math.max(last.receivedMs, last.toMs, heardSinceMs);
  if (missing < SILENT_MS || last.toMs > interval.untilMs - SLACK_MS || last.toMs < interval.fromMs - SLACK_MS)
    return null;
  const silent_s = (nowMs - last.toMs) / 1000;
  const evidence = fact("no_windows")`${theOne(last.window)} has told nothing for ${{ silent_s }} s.`;
  return { told: false, evidence };
}
