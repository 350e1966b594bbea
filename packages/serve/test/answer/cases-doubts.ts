// How sure may an answer be that names an element, and which hangs are seen?
// SPDX-License-Identifier: MPL-2.0
import {
  caseOf,
  element,
  healthyNominal,
  known,
  one,
  pipeline,
  slow,
  slowFromStart,
  stall,
  window,
  windows,
} from "./changes.js";

export const doubtfulCases = [
  one(
    "no program time",
    "element before medium",
    () => caseOf({ ...slow("before"), unknown: ["program"] }),
    "no_program_time",
  ),
  one(
    "a program time of the future is none",
    "element before medium",
    () => caseOf(slow("before"), stall({ bufferEndMs: 9e12 })),
    "no_program_time",
  ),
  one(
    "the segments loaded slowly, too",
    "element before low",
    () => caseOf(slow("before"), stall({ segmentLoads: [{ ms: 4000 }] })),
    "segment_load",
  ),
  one("the segments loaded fast", "element before high", () => caseOf(slow("before")), "segment_load"),
  one(
    "the agent's clock is 20 s wrong, and corrected",
    "element before high",
    () =>
      caseOf(
        slow("before"),
        windows((one) => ({ ...one, offsetMs: -20_000 })),
      ),
    "clock",
  ),
  one(
    "the agent's clock is 40 s wrong",
    "element before low",
    () =>
      caseOf(
        slow("before"),
        windows((one) => ({ ...one, offsetMs: 40_000 })),
      ),
    "clock",
  ),
  one(
    "the stream's name is guessed",
    "element before medium",
    () =>
      caseOf(
        slow("before"),
        window(() => ({ stream_source: "pipeline" })),
      ),
    "guessed_stream",
  ),
  one(
    "samples were lost, and own time tells",
    "element before high",
    () =>
      caseOf(
        slow("before"),
        window(() => ({ losses: 3 })),
      ),
    "losses",
  ),
  one(
    "samples were lost, and only they tell",
    "element enc medium",
    () =>
      caseOf(
        slow("workers"),
        window(() => ({ losses: 3 })),
        element("enc", () => ({ own_ms: 1 })),
      ),
    "losses",
  ),
  one(
    "the baseline is of an earlier run",
    "element before medium",
    () =>
      caseOf(
        slow("before"),
        windows((one, before) => (before < 9 ? one : null)),
        pipeline({ nominal: healthyNominal() }),
      ),
    "no_baseline",
  ),
  one(
    "an earlier run had other elements: no baseline",
    "element before low",
    () =>
      caseOf(
        slow("before"),
        windows((one, before) => (before < 9 ? one : null)),
        pipeline({ nominal: { ...healthyNominal(), topology: "t0" } }),
      ),
    "no_baseline",
  ),
  one(
    "slow from its start on: those windows are no baseline",
    "element before low",
    () => caseOf(slow("before", 1.5), slowFromStart),
    "no_baseline",
  ),
  one("half of the baseline was a slow start", "element before high", () =>
    caseOf({ ...slow("before"), slowUntil: 8 }),
  ),
  one(
    "a stall that was attributed before is no baseline",
    "element before medium",
    () =>
      caseOf({ ...slow("before"), slowUntil: 14 }, (one) => ({
        ...one,
        troubled: [{ fromMs: 0, untilMs: one.stall.atMs - 26_000 }],
      })),
    "few_windows",
  ),
  one(
    "an element that is new",
    "element before medium",
    () =>
      caseOf(
        slow("before"),
        window(({ elements }, before) => ({
          elements: before > 7 ? elements.filter(({ path }) => !path.endsWith("/before")) : elements,
        })),
      ),
    "no_baseline",
  ),
  one(
    "it holds one buffer for ever, and samples see it",
    "element after high",
    () => caseOf(slow("after", Infinity, "lock")),
    /^after \(identity\) has held a buffer for \d+\.\d\d s\./,
  ),
  one(
    "it computes for ever on one buffer",
    "element enc high",
    () => caseOf({ ...slow("encoder", Infinity), unknown: ["wall"] }),
    /has held/,
  ),
  one(
    "it holds one buffer for ever, without samples",
    "element after medium",
    () => caseOf({ ...slow("after", Infinity, "lock"), unknown: ["cpu", "wall"] }),
    "queue_full",
  ),
  one(
    "the disk takes one buffer and never comes back",
    "element sink high",
    () => caseOf(slow("disk", Infinity)),
    /has held/,
  ),
  one("a disk that is slow to read from", "element vsrc high", () =>
    caseOf(
      { fault: { source: 0.5 } },
      element("vsrc", () => ({ class: "work" })),
      element("vsrc", (_, before) => (before > 12 ? { driver_ms: 300 } : {})),
    ),
  ),
  one("the source computes too much", "element vsrc high", () =>
    caseOf(
      { fault: { source: 0.5 } },
      element("vsrc", (_, before) => (before < 12 ? { cpu_ms: 1990, driver_ms: 1995 } : {})),
    ),
  ),
  one("the segment was not ready although the ratio is good", "element before high", () =>
    caseOf({ fault: { place: "before", factor: 20, lasts: 7 } }, known({ segmentWasReady: false })),
  ),
];
