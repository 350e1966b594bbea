// Which element must be named for a stall? Slow ones, hangs, ladders, chains.
// SPDX-License-Identifier: MPL-2.0
import { caseOf, element, healthyTwin, known, lossy, one, pipeline, pipelines, slow, stall } from "./changes.js";

export const elementCases = [
  one(
    "burns 1.2 s per second before the encoder",
    "element before high",
    () => caseOf(slow("before", 1.2)),
    "queue_full",
    "published",
    "thread_demand",
    /^before \(identity\) needed 1\.[12]\d s of work per second of media, usually next to nothing\. 0\.7\d of real time was published\.$/,
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
  one("the sink tells how much media it gets, in groups", "element after high", () =>
    caseOf({ ...slow("after", 1.5), media: "groups" }),
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
  one(
    "it gets a CPU only after five times as long: its work is what it computes",
    "element before high",
    () =>
      caseOf(
        slow("before", 1.5),
        element("before", ({ cpu_ms, own_ms, buffers_in }, before) =>
          before < 14 && buffers_in > 0 ? { own_ms: 6 * own_ms, blocked_ms: { cpu_ready: 5 * (cpu_ms ?? 0) } } : {},
        ),
      ),
    /^before \(identity\) needed 1\.[45]\d s/,
  ),
  one("its slowness slows the others a little", "element before high", () =>
    caseOf({ ...slow("before", 1.5), contention: 2 }),
  ),
  one("slow for eight seconds and then over", "element after high", () =>
    caseOf({ fault: { place: "after", factor: 10, lasts: 8 } }),
  ),
];
