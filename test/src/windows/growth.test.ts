// Is what each hop counted since the last look the same that its cells say, whatever became of the hop meanwhile?
import { expect, test } from "vitest";
import type { CellSnapshot } from "../../../src/model/batch.js";
import { failures, GROWN_WIDTH, Growth, grownColumns } from "../../../src/windows/growth.js";
import { cellOf, flow, histogramOf } from "../../helpers/cells.js";

type Column = keyof typeof grownColumns;

/** By hop, in the order of the cells. */
function look(growth: Growth, cells: readonly CellSnapshot[]) {
  growth.look(cells);
  return growth.hops.map((hop, i) => {
    const of = (column: number): number => growth.grown[i * GROWN_WIDTH + column] ?? Number.NaN;
    const columns = Object.entries(grownColumns).map(([name, at]) => [name, of(at)]);
    const failed = failures.map((name, at) => [name, of(grownColumns.failures + at)]);
    return {
      ...(Object.fromEntries(columns) as Record<Column, number>),
      ...{ hop, flow: Object.fromEntries(failed), level: growth.levels[i], highest: growth.highest[i] },
    };
  });
}

test("counts, times and flow returns are those since the look before", () => {
  const growth = new Growth([cellOf(7, [10, 20])]);
  const failed = flow({ ok: 3, error: 2 });
  const cells = [cellOf(7, [10, 20, 30, 40, 50], { flow: failed, dropped: 4 })];
  const [grown] = look(growth, cells);
  expect(grown).toMatchObject({ hop: { pad: 7, peer: 0, kind: "chain" }, buffers: 3, bytes: 300, dropped: 4 });
  expect([grown?.inclusiveNs, grown?.exclusiveNs]).toEqual([120, 60]);
  expect(grown?.flow).toMatchObject({ error: 2, eos: 0 });
  expect(growth.get(7)).toEqual({ buffers: 3, bytes: 300 });
  const hops = growth.hops;
  expect(look(growth, cells)[0]).toMatchObject({ buffers: 0, dropped: 0, inclusiveNs: 0, flow: { error: 0 } });
  expect(growth.hops).toBe(hops);
  expect([growth.get(7), growth.get(8)]).toEqual([{ buffers: 0, bytes: 0 }, undefined]);
});

test("a hop that ended and came again is one: what both counted is added up", () => {
  const growth = new Growth([cellOf(7, [10], { kind: "queue" })]);
  const ended = cellOf(7, [10, 10], { startUnixNs: 1n, kind: "queue", level: 9 });
  const again = cellOf(7, [5], { startUnixNs: 2n, kind: "queue", level: 3 });
  expect(look(growth, [ended, again])).toMatchObject([{ buffers: 2, inclusiveNs: 15, level: 3 }]);
  expect(look(growth, [again, ended])).toMatchObject([{ buffers: 0, level: 3 }]);
});

test("a hop that came again in the place of its former self takes nothing away, and adds nothing twice", () => {
  const growth = new Growth([cellOf(7, Array(100).fill(1)), cellOf(7, Array(50).fill(1), { startUnixNs: 1n })]);
  const named = cellOf(7, Array(150).fill(1), { startUnixNs: 1n });
  expect(look(growth, [cellOf(7, Array(5).fill(1), { startUnixNs: 9n ** 20n }), named])).toMatchObject([
    { buffers: 5 },
  ]);
});

test("hops that come and go leave the others as they are", () => {
  const growth = new Growth([cellOf(7, [10]), cellOf(8, [10, 10])]);
  const grown = look(growth, [cellOf(9, [1]), cellOf(8, [10, 10, 10]), cellOf(6, [1, 1], { kind: "pull", peer: 5 })]);
  expect(grown.map(({ hop, buffers }) => [hop.pad, buffers])).toEqual([
    [9, 1],
    [8, 1],
    [6, 2],
  ]);
  expect([growth.get(5)?.buffers, growth.get(6)]).toEqual([2, undefined]);
});

test("a hop that is no more, or counts less than before, takes nothing away", () => {
  const growth = new Growth([cellOf(7, [10, 10])]);
  expect(look(growth, [cellOf(7, [10])])).toMatchObject([{ buffers: 0, inclusiveNs: 0 }]);
  expect(look(growth, [])).toEqual([]);
});

test("the most that was in a queue is that of the window, where it is known", () => {
  const queue = (level: number, highestLevel: number) => cellOf(7, [10], { kind: "queue", level, highestLevel });
  const growth = new Growth([]);
  expect(look(growth, [queue(2, 6)])).toMatchObject([{ level: 2, highest: 6 }]);
  expect(look(growth, [queue(4, 6)])).toMatchObject([{ level: 4, highest: 4 }]);
  expect(look(growth, [cellOf(1, [1]), queue(1, 8)])[1]).toMatchObject({ level: 1, highest: 8 });
  expect(look(growth, [cellOf(1, [1]), queue(2, 8)])[1]).toMatchObject({ level: 2, highest: 2 });
});

test("what no window asks for is left out", () => {
  const others = (["event", "query", "link", "state", "latency", "transit", "reported"] as const).map((kind) =>
    cellOf(8, [10], { kind, exclusive: histogramOf([10]) }),
  );
  expect(look(new Growth([]), [...others, cellOf(7, [1])])).toHaveLength(1);
});
