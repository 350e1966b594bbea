// Which element must be named for a stall? Slow ones, hangs, ladders, chains.
// SPDX-License-Identifier: MPL-2.0
import {
  caseOf,
  element,
  healthyNominal,
  healthyTwin,
  known,
  lossy,
  one,
  pipeline,
  pipelines,
  slowFromStart,
  stall,
  window,
  windows,
} from "./changes.js";
import type { Place } from "./costs.js";

const slow = (place: Place, factor = 3, kind: "burn" | "sleep" | "lock" = "burn") => ({
  fault: { place, kind, factor },
});

export const elementCases = [
  one(
    "burns 1.2 s per second before the encoder",
    "element before high",
    () => caseOf(slow("before", 1.2)),
    "queue_full",
    "published",
    "thread_demand",
    /^before \(identity\) needed 1\.[12]\d s of work per second of media, usually 0\.0\d s\. 0\.7\d of real time was published\.$/,
  ),
  one(
    "sleeps 1.5 s per second before the encoder",
    "element before high",
    () => caseOf(slow("before", 1.5, "sleep")),
    /waiting for a timer/,
  ),
  one(
    "waits for a lock behind the encoder",
    "element after high",
    () => caseOf(slow("after", 3, "lock")),
    /waiting for a lock/,
  ),
  one(
    "burns in the audio branch, while the queue of the pictures is full and the muxer waits",
    "element audio high",
    () => caseOf(slow("audio")),
    "queue_full",
  ),
  one("the encoder itself", "element enc high", () => caseOf(slow("encoder", 1.5))),
  one("the encoder's own threads work, its chain function only waits for them", "element enc high", () =>
    caseOf(slow("workers", 1.5)),
  ),
  one("the encoder's own threads, told by CPU time alone", "element enc high", () =>
    caseOf(
      slow("workers", 3),
      element("enc", () => ({ own_ms: 1 })),
    ),
  ),
  one("the encoder's own threads, no samples at all", "element enc high", () =>
    caseOf({ ...slow("workers", 3), unknown: ["cpu", "wall"] }),
  ),
  one("a sink whose disk is slow", "element sink high", () => caseOf(slow("disk")), /waiting for a disk/),
  one("a sink that waits for the clock, and whose disk is slow", "element sink high", () =>
    caseOf(
      slow("disk"),
      element("sink", () => ({ class: "wait" })),
    ),
  ),
  one("a sink with a slow disk, no samples at all", "element sink high", () =>
    caseOf({ ...slow("disk"), unknown: ["cpu", "wall"] }),
  ),
  one("a ladder: the slow rendition's viewer", "element enc_low high", () => caseOf(slow("low"))),
  one(
    "a ladder whose slow rendition holds up the source of all: another rendition's viewer",
    "element enc_low high",
    () => caseOf(slow("low"), pipeline({ sinks: ["pipeline0/sink_high"] })),
  ),
  one("a ladder whose slow rendition loses frames: its own viewer", "element enc_low high", () =>
    caseOf({ fault: { place: "low", load: 4 } }, known({ segmentWasReady: false }), stall({ segmentLoads: [] }), lossy),
  ),
  one("a chain: the first process is slow", "element before high", () => caseOf(slow("chain"))),
  one(
    "a chain whose link is guessed",
    "element before medium",
    () =>
      caseOf(
        slow("chain"),
        pipelines((all) => all.map((one) => (one.hop === 1 ? { ...one, linked: "guess" } : one))),
      ),
    "guessed_stream",
  ),
  one("two processes make pictures and sound of one stream, one is slow", "element audio high", () =>
    caseOf(
      slow("audio"),
      pipelines((all) => [...healthyTwin(), ...all]),
    ),
  ),
  one("two elements are slow: the slower one, with less certainty", "element before low", () =>
    caseOf(
      slow("before", 3),
      element("audio", ({ buffers_in, own_ms }, before) => (before < 10 ? { own_ms: own_ms + buffers_in * 230 } : {})),
    ),
  ),
  one("other programs load the machine the whole time", "element enc high", () =>
    caseOf({ ...slow("encoder", 3), load: 1, noise: 0.5 }),
  ),
  one("its slowness slows the others a little", "element before high", () =>
    caseOf({ ...slow("before", 1.5), contention: 2 }),
  ),
  one("slow for eight seconds and then over", "element after high", () =>
    caseOf({ fault: { place: "after", factor: 10, lasts: 8 } }),
  ),
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
    () => caseOf(slow("before"), stall({ segmentLoads: [{ ms: 4000, bytes: 1 }] })),
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
    caseOf({ ...slow("before"), slowUntil: 14 }),
  ),
  one(
    "a stall that was attributed before is no baseline",
    "element before medium",
    () =>
      caseOf({ ...slow("before"), slowUntil: 14 }, (one) => ({
        ...one,
        troubled: [{ fromMs: 0, untilMs: one.stall.atMs - 30_000 }],
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
          elements: before > 9 ? elements.filter(({ path }) => !path.endsWith("/before")) : elements,
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
