// What does an agent answer `top` in a test? A pipeline with a busy encoder, a queue that fills and a sink that waits.

import type { Seen } from "../../src/terminal/top/heading.js";
import { ms, type Row, second, summaryOf, times } from "./summary-tables.js";

export const target = {
  id: 1,
  pid: 4242,
  service: "studio",
  command: "gst-launch-1.0 videotestsrc ! x264enc ! fakesink",
  pipelines: ["p"],
  startTime: "2026-01-02T03:04:05.000Z",
  uptimeNs: 65 * second,
  state: "running",
  samples: 1234,
  losses: {},
  settings: { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" },
} as const;

export const rows: Row[] = [
  {
    name: "source",
    factory: "videotestsrc",
    cpuNs: 200 * ms,
    buffersOut: 60,
    driver: times(60, 3 * ms),
    feeds: ["enc"],
  },
  {
    ...{ name: "enc", factory: "x264enc", cpuNs: 700 * ms, buffersIn: 60, exclusive: times(60, 11 * ms, 90 * ms) },
    ...{ feeds: ["queue0"], wallNs: 1 * second, blockedNs: 100 * ms, blockedOn: { futex: 100 * ms } },
  },
  {
    ...{ name: "queue0", factory: "queue", cpuNs: 0, buffersIn: 60, queueLevel: { last: 3, highest: 16 } },
    ...{ exclusive: times(60, 0.01 * ms), feeds: ["sink"] },
  },
  {
    ...{ name: "sink", factory: "fakesink", cpuNs: 20 * ms, buffersIn: 50, exclusive: times(50, 30 * ms) },
    ...{ wallNs: 2 * second, blockedNs: 1.5 * second, blockedOn: { poll: 1.5 * second } },
  },
];

/** Two seconds of it. */
export const summary = summaryOf({ rows, durationNs: 2 * second, wall: { readyNs: 0, blockedNs: 1.6 * second } });

export const functions = {
  "p/enc": [
    { name: "x264_pixel_satd", module: "libx264.so.164", ns: 400 * ms, totalNs: 400 * ms },
    { name: "x264_encoder_encode", module: "libx264.so.164", ns: 100 * ms, totalNs: 600 * ms },
  ],
};

export const seen: Seen = { target, summary, functions: null };

/** As many elements, one as busy as the next. */
export function manyElements(n: number): Seen {
  const many = Array.from({ length: n }, (_, i) => ({ name: `id${i}`, cpuNs: (n - i) * ms, buffersIn: 10 }));
  return { target, summary: summaryOf({ rows: many, durationNs: 2 * second }), functions: null };
}
