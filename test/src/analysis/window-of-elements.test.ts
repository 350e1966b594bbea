// Is everything that hops and samples say of a window booked on the element that did it, once?
import { expect, it } from "vitest";
import { type GrownHop, WindowOfElements } from "../../../src/analysis/window-of-elements.js";
import type { NamedSamples } from "../../../src/model/named-samples.js";
import { elementOf } from "../../helpers/recorded-windows.js";

const paths = new Map([
  [1, "p/src"],
  [2, "p/conv"],
  [3, "p/conv"],
  [4, "p/q"],
  [5, "p/q"],
  [6, "p/out"],
]);
const places = { ofPad: (pad: number) => paths.get(pad) };
const none = { sumNs: 0, buckets: [] };

const hop = (more: Partial<GrownHop>): GrownHop => ({
  ...{ kind: "chain", pad: 0, peer: 0, buffers: 0, bytes: 0, invocations: 0, dropped: 0, level: 0, highestLevel: 0 },
  ...{ inclusive: none, exclusive: none },
  ...more,
});

const stack = (path: string, blockedOn: string, ns: number): NamedSamples["stacks"][number] => ({
  owner: { path, pipeline: "p", factory: "f", thread: "t", blockedOn, inferred: false, chain: [] },
  stack: [],
  ns,
});

const windowOf = (hops: GrownHop[], stacks: NamedSamples["stacks"] = []) => {
  const window = new WindowOfElements(places);
  for (const one of hops) window.addHop(one);
  window.addSamples({ stacks });
  return window.sums();
};

it("a chain function's buffers came from its peer, and its time is its own", () => {
  const own = { sumNs: 500, buckets: [7, 2] };
  expect(windowOf([hop({ pad: 2, peer: 1, buffers: 2, bytes: 64, exclusive: own })]).elements).toEqual([
    elementOf("p/conv", { ownNs: 500, own: [7, 2], buffersIn: 2, bytesIn: 64 }),
    elementOf("p/src", { buffersOut: 2 }),
  ]);
});

it("a pulled buffer went the other way", () => {
  const [src, conv] = windowOf([hop({ kind: "pull", pad: 1, peer: 2, buffers: 3, bytes: 9 })]).elements;
  expect([src?.buffersOut, conv?.buffersIn, conv?.bytesIn]).toEqual([3, 3, 9]);
});

it("levels of a queue with several ways in are added, and how long buffers stayed", () => {
  const stays = hop({ kind: "queue", pad: 4, peer: 5, dropped: 1, level: 2, highestLevel: 6 });
  const times = { sumNs: 1, buckets: [9, 4] };
  const { elements } = windowOf([
    { ...stays, inclusive: times },
    { ...stays, pad: 5, inclusive: times },
  ]);
  expect(elements).toEqual([elementOf("p/q", { drops: 2, level: 4, highestLevel: 6, wait: [9, 8] })]);
});

it("samples are CPU time, ready or blocked; what an element's own threads are blocked in is not its", () => {
  const { elements, otherCpuNs } = windowOf(
    [],
    [
      stack("p/conv", "", 10),
      stack("(driver:p/conv)", "", 5),
      stack("(worker:p/conv)", "", 3),
      stack("(worker:p/conv)", "futex", 100),
      stack("(worker:p/conv)", "cpu", 20),
      stack("p/conv", "cpu", 7),
      stack("p/conv", "poll", 2),
      stack("(factory:x264enc)", "", 4),
      stack("", "", 1),
      stack("", "poll", 1000),
    ],
  );
  expect(elements).toEqual([elementOf("p/conv", { cpuNs: 18, readyNs: 27, blockedNs: 2 })]);
  expect(otherCpuNs).toBe(5);
});

it("a latency is of its pair of elements, unless most buffers were not found again", () => {
  const one = hop({
    kind: "latency",
    pad: 6,
    peer: 1,
    invocations: 4,
    buffers: 4,
    inclusive: { sumNs: 8, buckets: [5, 4] },
  });
  expect(windowOf([one, { ...one, invocations: 100 }]).latency).toEqual([
    { source: "p/src", sink: "p/out", sumNs: 8, times: [5, 4] },
  ]);
});

it("a loop's time is the driver's, and a pad that nobody knows is left out", () => {
  const { elements } = windowOf([
    hop({ kind: "driver", pad: 1, exclusive: { sumNs: 9, buckets: [1, 1] } }),
    hop({ kind: "driver", pad: 99, exclusive: { sumNs: 9, buckets: [1, 1] } }),
    hop({ kind: "event", pad: 1, exclusive: { sumNs: 9, buckets: [] } }),
  ]);
  expect(elements).toEqual([elementOf("p/src", { driverNs: 9 })]);
});
