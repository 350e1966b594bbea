// Do two windows become one without losing a nanosecond, a buffer or a call?
import { expect, it } from "vitest";
import {
  addCounts,
  foldElements,
  mergeWindows,
  OTHER_ELEMENTS,
  type RecordedElement,
  unknownMachine,
} from "../../../src/model/recorded-windows.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";

it("counts of the same bucket are added, others keep their place", () => {
  expect(addCounts([1, 10, 5, 1], [0, 2, 5, 3, 9, 1])).toEqual([0, 2, 1, 10, 5, 4, 9, 1]);
  expect(addCounts([], [3, 1])).toEqual([3, 1]);
});

it("a machine that nobody looked at stays unknown, and says nothing of one that was", () => {
  const unknown = windowAt(0, { machine: unknownMachine });
  expect(mergeWindows(unknown, unknown).machine).toEqual({ load: null, cpus: null, steal: null, pressure: null });
  expect(mergeWindows(windowAt(0), unknown).machine).toEqual(windowAt(0).machine);
  expect(mergeWindows(unknown, windowAt(1)).machine).toEqual(windowAt(1).machine);
});

it("two windows are one: sums, the later level, the highest of both, and means of the machine by their lengths", () => {
  const a = windowAt(0, {
    elements: [
      elementOf("p/a", { cpuNs: 3, level: 9, highestLevel: 12, own: [4, 1] }),
      elementOf("p/only-a", { drops: 2 }),
    ],
    latency: [{ source: "p/s", sink: "p/t", sumNs: 7, times: [1, 1] }],
  });
  const b = windowAt(1, {
    durationNs: 3e9,
    machine: { load: 6, cpus: 4, steal: 0.5, pressure: null },
    elements: [
      elementOf("p/b", { buffersIn: 1 }),
      elementOf("p/a", { cpuNs: 4, level: 2, highestLevel: 5, own: [4, 2] }),
    ],
    latency: [{ source: "p/s", sink: "p/t", sumNs: 1, times: [1, 2] }],
  });
  const both = mergeWindows(a, b);
  expect(both).toMatchObject({ atNs: 0, durationNs: 4e9, merged: 2, processCpuNs: 1e9, otherCpuNs: 2e7 });
  expect(both.machine).toEqual({ load: 5, cpus: 4, steal: 0.4, pressure: null });
  expect(both.elements).toEqual([
    elementOf("p/a", { cpuNs: 7, level: 2, highestLevel: 12, own: [4, 3] }),
    elementOf("p/only-a", { drops: 2 }),
    elementOf("p/b", { buffersIn: 1 }),
  ]);
  expect(both.latency).toEqual([{ source: "p/s", sink: "p/t", sumNs: 8, times: [1, 3] }]);
});

it("of many elements the busiest stay, the rest is one row, and folding again loses nothing", () => {
  const many = Array.from({ length: 50 }, (_, i) => elementOf(`p/e${i}`, { cpuNs: i, buffersIn: 1, level: 3 }));
  const total = (rows: readonly RecordedElement[]) => [
    rows.reduce((n, e) => n + e.cpuNs, 0),
    rows.reduce((n, e) => n + e.buffersIn, 0),
  ];
  const ten = foldElements(many, 10);
  expect(ten.map(({ path }) => path)).toEqual([
    ...[49, 48, 47, 46, 45, 44, 43, 42, 41].map((i) => `p/e${i}`),
    OTHER_ELEMENTS,
  ]);
  const three = foldElements(ten, 3);
  expect(three.map(({ path }) => path)).toEqual(["p/e49", "p/e48", OTHER_ELEMENTS]);
  expect([total(ten), total(three)]).toEqual([total(many), total(many)]);
  expect(three.at(-1)?.level).toBe(0);
});
