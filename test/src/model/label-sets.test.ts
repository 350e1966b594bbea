// Do equal labels have equal numbers, and are there never too many values?
// SPDX-License-Identifier: MPL-2.0

import { expect, it } from "vitest";
import { labelCaps, OVERFLOW } from "../../../src/model/label-policy.js";
import { LabelSets } from "../../../src/model/label-sets.js";
import { Topology, threadOf } from "../../../src/model/topology.js";
import { Entries } from "../../helpers/entries.js";

function build() {
  const entries = new Entries();
  const pipeline = entries.pipeline("pipeline5");
  const element = entries.element(pipeline, "x264enc9", "x264enc");
  const threads = [entries.thread("queue1:src"), entries.thread("queue2:src"), entries.thread("main")];
  entries.element(pipeline, "queue1", "queue");
  const topology = new Topology();
  topology.add(entries.all);
  return { entries, topology, pipeline, element, threads: threads as [number, number, number] };
}

it("describes a sample by pipeline, element, factory and thread, with the real path beside", () => {
  const { topology, element, threads } = build();
  const sets = new LabelSets(topology);
  expect(sets.labels(sets.numberOf(element, threads[0]))).toEqual({
    pipeline: "pipeline0",
    element: "x264enc0",
    factory: "x264enc",
    thread: "queue:src",
    thread_name: "queue1:src",
    path: "pipeline5/x264enc9",
    chain: "",
  });
});

it("gives equal labels one number and different ones different numbers", () => {
  const { topology, element, threads } = build();
  const sets = new LabelSets(topology);
  const one = sets.numberOf(element, threads[0]);
  expect(sets.numberOf(element, threads[0])).toBe(one);
  expect(sets.numberOf(element, threads[2])).not.toBe(one);
  expect(sets.numberOf(0, threads[0])).not.toBe(one);
});

it("tells threads apart by their real names and numbers, which no server sees", () => {
  const { topology, element, threads } = build();
  const sets = new LabelSets(topology);
  const [one, two] = threads;
  const four = [threadOf(one, 0), threadOf(one, 1), threadOf(one, 2), two];
  const shown = four.map((thread) => sets.labels(sets.numberOf(element, thread)));
  expect(shown.map((labels) => labels.thread_name)).toEqual([
    "queue1:src",
    "queue1:src#2",
    "queue1:src#3",
    "queue2:src",
  ]);
  expect(new Set(shown.map((labels) => labels.thread))).toEqual(new Set(["queue:src"]));
  const workers = four.map((thread) => sets.labels(sets.numberOfWorker(element, thread)));
  expect(workers.map((labels) => labels.thread_name)).toEqual(shown.map((labels) => labels.thread_name));
});

it("leaves labels empty where nothing is known", () => {
  const { topology } = build();
  const sets = new LabelSets(topology);
  const nothing = { pipeline: "", element: "", factory: "", thread: "", thread_name: "", path: "", chain: "" };
  expect(sets.labels(sets.numberOf(0, 0))).toEqual(nothing);
  expect(sets.numberOf(4_000_000_000, 12345)).toBe(sets.numberOf(0, 0));
  expect(sets.labels(999)).toEqual(nothing);
});

it("shows what is beyond the cap as (other) and counts each value once", () => {
  const entries = new Entries();
  const pipeline = entries.pipeline("p");
  const ids = Array.from({ length: 10 }, (_, i) => entries.element(pipeline, `given-${i}`, "identity"));
  const topology = new Topology();
  topology.add(entries.all);
  const sets = new LabelSets(topology, { ...labelCaps, element: 3 });
  for (let round = 0; round < 3; round++) {
    const shown = ids.map((id) => sets.labels(sets.numberOf(id, 0)).element);
    expect(shown).toEqual(["given-0", "given-1", "given-2", ...Array(7).fill(OVERFLOW)]);
  }
  expect(sets.overflowed).toEqual({ pipeline: 0, element: 7, factory: 0, thread: 0, pad: 0, path: 0 });
  expect(new Set(ids.map((id) => sets.labels(sets.numberOf(id, 0)).path)).size).toBe(10);
});

it("remembers 20 000 numbers; what was given out before them is (other), and who still comes gets another", () => {
  const { topology, element } = build();
  const sets = new LabelSets(topology);
  const numbers = new Set<number>();
  for (let i = 0; i < 30_000; i++) numbers.add(sets.numberOf(element, 0, Uint32Array.of(i)));
  expect(numbers.size).toBe(30_000);
  const [oldest = -1] = numbers;
  expect(sets.labels(oldest)).toMatchObject({ pipeline: OVERFLOW, element: OVERFLOW, thread: OVERFLOW, path: "" });
  expect(sets.ids(oldest)).toEqual({ element: 0, thread: 0, chain: [] });
  const again = sets.numberOf(element, 0, Uint32Array.of(0));
  expect(sets.labels(again).chain).toBe("0");
  expect(sets.numberOf(element, 0, Uint32Array.of(0))).toBe(again);
  expect(sets.numberOf(element, 0, Uint32Array.of(29_999))).toBe(29_999);
});

it("has another version once a number may mean something else: names were learnt, or one was forgotten", () => {
  const { entries, topology, element } = build();
  const sets = new LabelSets(topology);
  const { version } = sets;
  for (let i = 0; i < 20_000; i++) sets.numberOf(element, 0, Uint32Array.of(i));
  expect(sets.version).toBe(version);
  sets.numberOf(element, 0, Uint32Array.of(20_000));
  const afterwards = sets.version;
  expect(afterwards).not.toBe(version);
  entries.thread("another");
  topology.add(entries.all.slice(-1));
  expect([version, afterwards]).not.toContain(sets.version);
});
