// When is a pipeline said to have ended, and when is nothing said?
// SPDX-License-Identifier: MPL-2.0
import { type Change, caseOf, element, ended, known, one, pipelines, stall, window, windows } from "./changes.js";

const net = { fault: { load: 4 } };
const gap = (source: number) => ({ fault: { source } });
const first = { fault: { place: "chain" as const, factor: 3 } };
const notKnown = known({ segmentWasReady: null });
/** Most of the time in which the missing media should have been made lies before the fault. */
const soonJudged: Change = (input) => ({
  ...input,
  stall: { ...input.stall, bufferEndMs: input.stall.atMs - 14_000 },
  nowMs: input.stall.atMs + 500,
});

export const downCases = [
  one(
    "the process ended with an exit code",
    "pipeline_down high",
    () => caseOf(gap(0), ended({ exit_code: 3, flow: "error", error: "Could not\nwrite: disk full" }, 4)),
    "ended",
    /ended \d\.\d\d s before the stall, exit code 3, flow return “error”, error “Could not write: disk full”\.$/,
  ),
  one(
    "the process was killed",
    "pipeline_down high",
    () => caseOf(gap(0), ended({ signal: "SIGKILL" }, 6)),
    "ended",
    /signal “SIGKILL”/,
  ),
  one(
    "the first process of a chain ended",
    "pipeline_down high",
    () =>
      caseOf(
        first,
        pipelines((all, input) =>
          all.flatMap((p) => (p.hop === 0 ? [p] : ended({ exit_code: 1 }, 6)({ ...input, pipelines: [p] }).pipelines)),
        ),
      ),
    "ended",
  ),
  one(
    "the process was started anew",
    "pipeline_down high",
    () =>
      caseOf(
        gap(0),
        window((_, before) => (before < 4 ? { run_id: "run-2" } : {})),
      ),
    "restarted",
  ),
  one(
    "the application paused it",
    "pipeline_down high",
    () =>
      caseOf(
        gap(0),
        window((_, before) => (before < 5 ? { state: "paused" } : {})),
      ),
    "ended",
    /in the state paused/,
  ),
  one(
    "its agent is silent",
    "pipeline_down medium",
    () =>
      caseOf(
        gap(0),
        windows((one, before) => (before > 6 ? one : null)),
      ),
    "no_windows",
  ),

  one("its agent is silent, but the segment was ready", "delivery network high", () =>
    caseOf(
      net,
      windows((one, before) => (before > 4 ? one : null)),
    ),
  ),
  one(
    "its agent seems silent, but the service was away itself",
    "unknown low",
    () =>
      caseOf(
        gap(0),
        windows((one, before) => (before > 6 ? one : null)),
        (input) => ({ ...input, heardSinceMs: input.nowMs - 3000 }),
      ),
    "few_windows",
  ),
  one(
    "what came was in time, and the windows of the last seconds are late",
    "unknown low",
    () =>
      caseOf(
        gap(0),
        notKnown,
        windows((one, before) => (before > 5 ? one : null)),
        soonJudged,
      ),
    /told nothing yet of the last \d\.\d\d s before the stall/,
  ),
  one(
    "the windows of the last seconds are late, but the player tells enough",
    "delivery network high",
    () =>
      caseOf(
        gap(0),
        notKnown,
        windows((one, before) => (before > 5 ? one : null)),
        soonJudged,
        stall({ loadFailed: true }),
      ),
    "segment_load",
  ),
  one(
    "its agent was silent before the viewer's media was made",
    "unknown low",
    () =>
      caseOf(
        gap(0),
        windows((one, before) => (before > 20 ? one : null)),
      ),
    "few_windows",
  ),
  one(
    "one window of that time",
    "unknown low",
    () =>
      caseOf(
        gap(0),
        windows((one, before) => (before > 9 || before < 1 ? one : null)),
        known({ segmentWasReady: null }),
      ),
    "few_windows",
  ),
  one("another pipeline of the stream ended a minute before", "delivery network high", () =>
    caseOf(
      { ...net, start: 80 },
      notKnown,
      pipelines((all, input) => [...all, ...ended({ exit_code: 0 }, 60)(input).pipelines]),
    ),
  ),
  one("no pipeline", "unknown low", () => caseOf(net, known({ pipelines: [] }), notKnown), "no_windows"),
  one(
    "published late, and nothing tells why",
    "unknown low",
    () =>
      caseOf(
        gap(0.6),
        notKnown,
        element("vsrc", () => ({ driver_ms: 0 })),
        element("asrc", () => ({ driver_ms: 0 })),
      ),
    "thread_demand",
  ),
  one(
    "no baseline, published late, nothing is busy",
    "unknown low",
    () =>
      caseOf(
        gap(0.6),
        notKnown,
        windows((one, before) => (before < 8 ? one : null)),
      ),
    "thread_demand",
  ),
];
