// Is the owner of each sample of a batch asked for once, and anew once what was said does not hold any more?
import { expect, it } from "vitest";
import { LabelSets } from "../../../src/model/label-sets.js";
import { Topology, threadOf } from "../../../src/model/topology.js";
import { loadNative } from "../../../src/native.js";
import { BatchLabels, type LabelSource } from "../../../src/profile/batch-labels.js";
import { batchOf } from "../../helpers/batches.js";
import { Entries } from "../../helpers/entries.js";

const native = loadNative();

/** Notes what it is asked, and gives the next number each time. */
function asked() {
  const questions: unknown[] = [];
  const source = {
    version: 0,
    numberOf: (element: number, thread: number, chain: Uint32Array) => questions.push([element, thread, ...chain]) - 1,
  } satisfies LabelSource;
  return { questions, source, labels: new BatchLabels(native, source) };
}

it("asks for each combination of element, thread and chain once, in their order", () => {
  const { questions, source, labels } = asked();
  const rows = [
    { element: 7, thread: 1 },
    { element: 7, thread: 1, threadNumber: 2, chain: [7, 9] },
    { element: 7, thread: 1 },
    { element: 0xffff_ffff, weightNs: 0 },
    { element: 0xffff_ffff },
  ];
  expect([...labels.setsOf(batchOf(rows))]).toEqual([0, 1, 0, 0, 2]);
  expect(questions).toEqual([
    [7, threadOf(1, 0)],
    [7, threadOf(1, 2), 7, 9],
    [0xffff_ffff, 0],
  ]);
  expect([...labels.setsOf(batchOf(rows.slice(0, 2)))]).toEqual([0, 1]);
  expect(questions).toHaveLength(3);
  source.version++;
  expect([...labels.setsOf(batchOf(rows.slice(0, 1)))]).toEqual([3]);
});

it("asks again for a batch of which something was forgotten while it was asked for", () => {
  let next = 0;
  const forgetting: LabelSource = {
    get version() {
      return next > 2 ? 1 : 0;
    },
    numberOf: () => next++,
  };
  const labels = new BatchLabels(native, forgetting);
  expect([...labels.setsOf(batchOf([1, 2, 3].map((element) => ({ element }))))]).toEqual([3, 4, 5]);
});

it("asks again after an answer that failed", () => {
  let fails = true;
  const labels = new BatchLabels(native, {
    version: 0,
    numberOf: (element) => {
      if (fails) throw new Error("not now");
      return element;
    },
  });
  expect(() => labels.setsOf(batchOf([{ element: 5 }]))).toThrow("not now");
  fails = false;
  expect([...labels.setsOf(batchOf([{ element: 5 }, { element: 6 }]))]).toEqual([5, 6]);
});

it("knows an element whose name came later from then on", () => {
  const entries = new Entries();
  const id = entries.element(entries.pipeline("p"), "first", "identity");
  const topology = new Topology();
  const sets = new LabelSets(topology);
  const labels = new BatchLabels(native, sets);
  const pathOf = () => sets.labels(labels.setsOf(batchOf([{ element: id }]))[0] ?? -1).path;
  expect(pathOf()).toBe("");
  topology.add(entries.all);
  expect(pathOf()).toBe("p/first");
});

it("refuses what are no records, no numbers, or not as many as it asked for", () => {
  const index = new native.LabelIndex();
  expect(() => index.look("x" as never, 0)).toThrow(TypeError);
  expect(() => index.look(new Uint8Array(), "x" as never)).toThrow(TypeError);
  index.look(batchOf([{ element: 1 }]).records, 0);
  for (const numbers of [undefined, [1], new Float64Array(2), new Float64Array(0)])
    expect(() => index.learn(numbers as never)).toThrow(TypeError);
  expect([...index.learn(Float64Array.of(9))]).toEqual([9]);
  const window = new native.SampleWindow(1e6, 10);
  for (const [records, sets] of [[undefined, new Float64Array(1)], [new Uint8Array(), [1]]]) // biome-ignore format: one line
    expect(() => window.add(records as never, sets as never)).toThrow(TypeError);
  for (const limits of [[], [-1, 1], [1, -1], [Number.NaN, 1], [1, 2 ** 33], ["1", 1]])
    expect(() => new native.SampleWindow(...(limits as [number, number]))).toThrow(TypeError);
  window.add(Buffer.from("these are no records, so nothing is taken of them, however long"), new Float64Array(5));
  expect(window.swap()).toMatchObject({ samples: 0, refused: 0 });
});
