// Which stalls must be blamed on no element? Delivery, the machine, the source.
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow } from "@gst-pyroscope/contract/window";
import { caseOf, element, known, lossy, one, pipeline, pipelines, stall, window } from "./changes.js";

const net = (load = 4) => ({ fault: { load } });
const gap = (source: number, lasts?: number) => ({ fault: { source, ...(lasts === undefined ? {} : { lasts }) } });
const first = { fault: { place: "chain" as const, factor: 3 } };
const fewer = (part: number) => (one: ElementWindow) => ({
  ...one,
  buffers_in: part * one.buffers_in,
  buffers_out: part * one.buffers_out,
});
const ladder = { fault: { place: "low" as const, load: 4 } };
const without = (hop: number) => pipelines((all) => all.filter((one) => one.hop !== hop));
const none = known({ pipelines: [] });
const notKnown = known({ segmentWasReady: null });
const noLoads = stall({ segmentLoads: [] });
/** Its chain function waits for its own threads, and as they do for a CPU. */
const onlyEncoder = [
  ...["before", "conv", "after", "parse", "audio", "aconv", "aenc", "sink"].map((name) =>
    element(name, ({ buffers_in }) => ({ own_ms: 0.01 * buffers_in, cpu_ms: 0, blocked_ms: {} })),
  ),
  element("enc", ({ own_ms }, before) =>
    before < 14 && own_ms > 500 ? { own_ms: 1980, blocked_ms: { peer: 900, cpu_ready: 900 } } : {},
  ),
];
const pressedBefore = window(({ machine }) => ({ machine: { ...machine, pressure: 0.99 } }));

export const otherCases = [
  one("segments load slowly", "delivery network high", () => caseOf(net()), "segment_load", /^Not the pipeline/),
  one(
    "segments load slowly, whether they were ready is not known",
    "delivery network high",
    () => caseOf(net(), notKnown),
    "segment_load",
    /^Not the pipeline: it published (0\.9\d|1\.0\d) of real time\. A segment of 2\.00 s of media took 4\.00 s to load\.$/,
  ),
  one(
    "the muxer gives its media in groups of two seconds",
    "delivery medium",
    () => caseOf({ ...net(), media: "groups" }, notKnown, noLoads),
    /it published (0\.9\d|1\.0\d) of/,
  ),
  one(
    "a load failed",
    "delivery network high",
    () => caseOf(net(), stall({ segmentLoads: [], loadFailed: true })),
    "segment_load",
  ),
  one(
    "the playlist that the player knew was old",
    "delivery network high",
    () => caseOf(net(), stall({ segmentLoads: [], edgeAgeMs: 14_000 })),
    "segment_load",
  ),
  one(
    "the player had media and dropped frames",
    "delivery player high",
    () => caseOf(net(), stall({ segmentLoads: [], bufferMs: 4000, framesDropped: 31 })),
    "frames_dropped",
    /dropped 31 frames/,
  ),
  one(
    "the player had media",
    "delivery player high",
    () => caseOf(net(), stall({ segmentLoads: [], bufferMs: 4000, framesDropped: null })),
    "buffer_healthy",
  ),
  one("published in time, the player tells nothing", "delivery medium", () => caseOf(net(), notKnown, noLoads)),
  one("published nearly in time, the player tells nothing", "delivery low", () =>
    caseOf(
      net(),
      notKnown,
      noLoads,
      window(({ elements }, before) => ({ elements: before > 12 ? elements : elements.map(fewer(0.93)) })),
    ),
  ),
  one("the machine is loaded, and segments load slowly", "delivery network high", () =>
    caseOf({ ...net(), load: 1, noise: 0.5 }),
  ),
  one("the pipeline was late, but the segment was ready", "delivery network high", () =>
    caseOf(gap(0.6), known({ segmentWasReady: true }), stall({ segmentLoads: [{ ms: 5000 }] })),
  ),
  one("published late, nothing in the pipeline tells why, segments load slowly", "delivery network low", () =>
    caseOf(
      gap(0.6),
      notKnown,
      stall({ segmentLoads: [{ ms: 5000 }] }),
      element("vsrc", () => ({ driver_ms: 0 })),
      element("asrc", () => ({ driver_ms: 0 })),
    ),
  ),
  one("a sink that pushes over a slow network", "delivery network medium", () =>
    caseOf(
      { fault: { place: "disk", factor: 1.5 } },
      element("sink", ({ blocked_ms }) => ({ factory: "rtmp2sink", blocked_ms: { network: blocked_ms?.disk ?? 0 } })),
    ),
  ),
  one("another rendition is slow and loses frames", "delivery medium", () =>
    caseOf(ladder, notKnown, noLoads, lossy, pipeline({ sinks: ["pipeline0/sink_high"] })),
  ),
  one("another rendition is slow and loses frames, while the source gives half", "source high", () =>
    caseOf(
      { fault: { place: "low", source: 0.5 } },
      notKnown,
      noLoads,
      lossy,
      pipeline({ sinks: ["pipeline0/sink_high"] }),
    ),
  ),
  one("a viewer of what was made minutes before", "delivery network high", () =>
    caseOf(net(), (input) => ({ ...input, stall: { ...input.stall, bufferEndMs: input.stall.atMs - 600_000 } })),
  ),
  one("no pipeline, but the segment was ready", "delivery network high", () => caseOf(net(), none), "no_windows"),

  one("everything needs more time alike", "host high", () => caseOf({ fault: { host: 8 } }), "like_factor", "pressure"),
  one(
    "everything needs more time alike, told by own time alone",
    "host medium",
    () => caseOf({ fault: { host: 8 }, unknown: ["wall", "cpu", "pressure"] }),
    "like_factor",
  ),
  one("only an encoder whose own threads work does anything, and they get no CPU", "host medium", () =>
    caseOf({ fault: { host: 12, place: "workers" } }, ...onlyEncoder, pressedBefore),
  ),
  one(
    "its chain function begins to wait for its own threads, all others alike take longer, and no samples tell why",
    "host medium",
    () => caseOf({ fault: { host: 12, place: "workers" }, unknown: ["cpu", "wall", "pressure"] }),
  ),
  one("the same where the machine tells nothing", "host medium", () =>
    caseOf({ fault: { host: 12, place: "workers" }, unknown: ["pressure"] }, ...onlyEncoder),
  ),
  one(
    "other virtual machines take the CPU",
    "host high",
    () =>
      caseOf(
        { fault: { host: 8 }, unknown: ["pressure"] },
        window(({ machine }, before) => ({ machine: { ...machine, steal: before < 15 ? 0.5 : 0 } })),
      ),
    "pressure",
    "like_factor",
  ),
  one(
    "threads wait for a CPU, and the machine says it",
    "host medium",
    () =>
      caseOf(
        { fault: { source: 0.5 } },
        window(({ machine, elements }, before) =>
          before > 8
            ? {}
            : {
                machine: { ...machine, pressure: 0.9 },
                elements: elements.map((e) => ({ ...e, driver_ms: 0, blocked_ms: { cpu_ready: 900 } })),
              },
        ),
      ),
    "pressure",
  ),

  one(
    "the source gives nothing",
    "source high",
    () => caseOf(gap(0)),
    "source_rate",
    /^[av]src \(videotestsrc\) got 0\.[0-3]\d of its usual buffers/,
  ),
  one("the source gives nothing, and the last buffer before took long", "source high", () =>
    caseOf(
      gap(0),
      notKnown,
      element("enc", (now, before) =>
        before < 6 && now.buffers_out < 2 ? { own_ms: 75, buffers_in: 0, buffers_out: 1 } : {},
      ),
    ),
  ),
  one("the source gives nothing, and idle threads of the encoder wait for work", "source high", () =>
    caseOf(
      gap(0),
      notKnown,
      element("enc", ({ buffers_out }) => (buffers_out === 0 ? { blocked_ms: { peer: 1990 } } : {})),
    ),
  ),
  one("the source gives half", "source high", () => caseOf(gap(0.5)), "source_rate"),
  one(
    "a chain of which the first process tells nothing",
    "source high",
    () => caseOf(first, without(1)),
    "source_rate",
  ),
  one(
    "a chain of which the first process published in time",
    "source high",
    () =>
      caseOf(
        first,
        pipelines((all) => [
          ...all.filter((p) => p.hop === 0),
          ...caseOf(net()).pipelines.map((p) => ({ ...p, hop: 1, linked: "address" as const })),
        ]),
      ),
    "source_rate",
    "published",
  ),
];
