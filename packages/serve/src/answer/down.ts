// Was the pipeline there at all when the missing media should have been made?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence, PipelineWindow } from "@gst-pyroscope/contract/window";
import { fact, quoted } from "./facts.js";
import type { Interval } from "./measure.js";
import type { KnownPipeline } from "./stall-case.js";
import { inOrder } from "./totals.js";

/** Windows come every two seconds; after so long without one, something is wrong. */
const SILENT_MS = 6000;
/** A window that closes a little after the stall may tell its cause. */
const SLACK_MS = 2000;

export interface Down {
  evidence: Evidence;
  /** It was told, not only concluded from silence. */
  told: boolean;
}

/** null: it ran. */
export function downOf(pipeline: KnownPipeline, interval: Interval, nowMs: number): Down | null {
  const known = inOrder(pipeline.windows).filter((one) => one.toMs <= interval.untilMs + SLACK_MS);
  const last = known.at(-1);
  if (last === undefined) return null;
  const { window } = last;
  const before = (atMs: number) => ({ before_s: Math.max(0, interval.untilMs - atMs) / 1000 });
  if (window.state === "ended") return { told: true, evidence: ended(window, before(last.toMs)) };
  const first = known.find((one) => one.window.run_id === window.run_id);
  const restarted = first !== known[0] && first !== undefined && first.fromMs > interval.fromMs - SLACK_MS;
  if (restarted) {
    const old = known.findLast((one) => one.window.state === "ended" && one.window.run_id !== window.run_id);
    return { told: true, evidence: restart(window, before(first.fromMs), old?.window) };
  }
  const halted = last.toMs > interval.fromMs && window.state !== "playing";
  if (halted) return { told: true, evidence: stopped(window, before(last.fromMs)) };
  return silent(last, interval, nowMs);
}

type Numbers = { before_s: number };

function ended(window: PipelineWindow, numbers: Numbers): Evidence {
  const exit = window.end?.exit_code;
  const all = exit === undefined ? numbers : { ...numbers, exit_code: exit };
  return fact("ended", all, (shown) => {
    const code = exit === undefined ? "" : `, exit code ${shown("exit_code")}`;
    return `The pipeline ${quoted(window.pipeline)} ended ${shown("before_s")} s before the stall${code}${reasonOf(window)}.`;
  });
}

function restart(window: PipelineWindow, numbers: Numbers, old: PipelineWindow | undefined): Evidence {
  const why = old === undefined ? "" : reasonOf(old);
  return fact("restarted", numbers, (shown) => {
    return `The pipeline ${quoted(window.pipeline)} was started anew ${shown("before_s")} s before the stall${why}.`;
  });
}

function stopped(window: PipelineWindow, numbers: Numbers): Evidence {
  return fact("ended", numbers, (shown) => {
    return `The pipeline ${quoted(window.pipeline)} was in the state ${window.state} ${shown("before_s")} s before the stall.`;
  });
}

function reasonOf({ end }: PipelineWindow): string {
  const parts = [end?.signal && `signal ${quoted(end.signal)}`, end?.flow && `flow return ${quoted(end.flow)}`];
  const told = [...parts, end?.error && `error ${quoted(end.error)}`].filter(
    (part) => typeof part === "string" && part !== "",
  );
  return told.length === 0 ? "" : `, ${told.join(", ")}`;
}

/** Its agent fell silent: only if the media that the viewer has is not of a later time. */
function silent(last: ReturnType<typeof inOrder>[number], interval: Interval, nowMs: number): Down | null {
  const missing = Math.min(nowMs - Math.max(last.receivedMs, last.toMs), nowMs - last.toMs);
  if (missing < SILENT_MS || last.toMs > interval.untilMs - SLACK_MS || last.toMs < interval.fromMs - SLACK_MS)
    return null;
  const numbers = { silent_s: (nowMs - last.toMs) / 1000 };
  const evidence = fact("no_windows", numbers, (shown) => {
    return `The pipeline ${quoted(last.window.pipeline)} has told nothing for ${shown("silent_s")} s.`;
  });
  return { told: false, evidence };
}
