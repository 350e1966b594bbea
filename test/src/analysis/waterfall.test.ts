// Is every span of a slow buffer shown, in its place, with what it took itself?

import { expect, test } from "vitest";
import { largestParts, slowBuffers } from "../../../src/analysis/waterfall.js";
import type { Capture } from "../../../src/capture/reader.js";
import type { RecordedSpan } from "../../../src/model/recorded-traces.js";

const span = (id: string, parent: string | null, startNs: number, durationNs: number, tid = 1): RecordedSpan => ({
  id,
  parent,
  startNs,
  durationNs,
  pad: Number(id),
  thread: `t${tid}`,
  tid,
  bytes: 0,
  flow: "ok",
  slow: false,
});

function shown(spans: RecordedSpan[]) {
  const element = (id: number) => ({ id, path: `p/e${id}`, pipeline: "p" });
  const capture = {
    topology: {
      pipelines: ["p"],
      elements: [1, 2, 3].map(element),
      pads: [1, 2, 3].map((id) => ({ id, element: id, name: "sink" })),
    },
    traces: {
      traces: 1,
      spans: spans.length,
      broken: 0,
      slowest: [{ id: "a", startUnixNs: 5n, atNs: null, durationNs: 100, spans, more: 0 }],
    },
  };
  const [buffer] = slowBuffers(capture as unknown as Capture)?.slowest ?? [];
  return buffer ?? expect.fail("nothing is shown");
}

test("children stand below their parent; what waited between two threads waited in the parent's element", () => {
  const buffer = shown([span("1", null, 0, 30), span("2", "1", 10, 15), span("3", "2", 60, 40, 2)]);
  expect(
    buffer.spans.map(({ element, depth, ownNs, waitedNs, waitedIn }) => [element, depth, ownNs, waitedNs, waitedIn]),
  ).toEqual([
    ["p/e1", 0, 15, 0, ""],
    ["p/e2", 1, 15, 0, ""],
    ["p/e3", 2, 40, 35, "p/e2"],
  ]);
  expect(largestParts(buffer, 2)).toEqual([
    { element: "p/e3", ns: 40, what: "in" },
    { element: "p/e2", ns: 35, what: "waiting in" },
  ]);
});

test("without its parent a span stands outside, and parents in a circle are shown too", () => {
  const lost = shown([span("2", "9", 0, 5), span("3", "2", 1, 2)]);
  expect(lost.spans.map(({ element, depth }) => [element, depth])).toEqual([
    ["p/e2", 0],
    ["p/e3", 1],
  ]);
  const circle = shown([span("1", "2", 0, 5), span("2", "1", 0, 5), span("3", null, 0, 5)]);
  expect(circle.spans.map(({ element }) => element).sort()).toEqual(["p/e1", "p/e2", "p/e3"]);
});
