// Does the window beside that of the uploads have each sample that came while it was open, once, with its names?
import { expect, it } from "vitest";
import { LiveSource } from "../../../../src/agent/session/live-source.js";
import { loadNative } from "../../../../src/native.js";
import { batchOf, type SampleRow } from "../../../helpers/batches.js";

function source() {
  let closed = 0;
  const named: number[] = [];
  const live = new LiveSource({
    native: loadNative(),
    name: async ({ rows }) => void named.push(rows.length),
    own: async () => {},
    naming: {
      labels: () => [["thread_name", "t"]],
      wait: () => "futex",
      name: () => ({ name: "f", named: true }),
      module: () => undefined,
    },
    closed: () => closed++,
  });
  const add = (...rows: SampleRow[]) => live.add(batchOf(rows), new Float64Array(rows.length));
  return { live, add, named, closed: () => closed };
}

it("each cut has what came since the one before, and what comes while names are asked for is in the next", async () => {
  const { live, add, named, closed } = source();
  for (const weights of [[1e6, 2e6], [4e6]]) add(...weights.map((weightNs) => ({ weightNs })));
  const first = live.cut();
  add({ weightNs: 8e6 });
  const sums = [await first, await live.cut()].map(({ stacks }) => stacks.reduce((sum, { ns }) => sum + ns, 0));
  expect(sums).toEqual([7e6, 8e6]);
  expect(named).toEqual([1, 1]);
  live.close();
  expect(closed()).toBe(1);
});

it("has stacks while they are wanted: at once where no sample came yet, else from the next cut on", async () => {
  const { live, add, named } = source();
  const frames = [[1, 0x10]] as const;
  const sample = () => add({ weightNs: 1e6, element: 7, frames });
  const cut = async () => {
    const { stacks, frames } = await live.cut();
    return [stacks.map(({ stack, ns }) => [stack.length, ns]), frames.length];
  };
  sample();
  live.wants("owners");
  sample();
  expect(await cut()).toEqual([[[0, 2e6]], 0]);
  sample();
  live.wants("stacks");
  sample();
  expect(await cut()).toEqual([[[0, 2e6]], 0]);
  expect(named).toEqual([]);
  sample();
  expect(await cut()).toEqual([[[1, 1e6]], 1]);
  live.wants("owners");
  live.wants("stacks");
  sample();
  expect(await cut()).toEqual([[[1, 1e6]], 1]);
});
