// Is what each hop counted since the last look the same that its cells say, whatever became of the hop meanwhile?
import { expect, test } from "vitest";
import { Growth } from "../../../src/windows/growth.js";
import { cellOf, flow, histogramOf } from "../../helpers/cells.js";

test("counts, times and flow returns are those since the look before", () => {
  const growth = new Growth([cellOf(7, [10, 20])]);
  const failed = flow({ ok: 3, error: 2 });
  const [grown] = growth.look([cellOf(7, [10, 20, 30, 40, 50], { flow: failed, dropped: 4 })]);
  expect(grown).toMatchObject({ pad: 7, kind: "chain", buffers: 3, bytes: 300, invocations: 3, dropped: 4 });
  expect([grown?.inclusive.sumNs, grown?.exclusive.sumNs]).toEqual([120, 60]);
  expect(grown?.flow).toMatchObject({ ok: 1, error: 2, eos: 0 });
  expect(growth.look([cellOf(7, [10, 20, 30, 40, 50], { flow: failed, dropped: 4 })])[0]).toMatchObject({
    ...{ buffers: 0, invocations: 0, dropped: 0 },
    inclusive: { sumNs: 0 },
  });
});

test("a hop that ended and came again is one: what both counted is added up", () => {
  const growth = new Growth([cellOf(7, [10])]);
  const ended = cellOf(7, [10, 10], { startUnixNs: 1n, kind: "queue", level: 9 });
  const again = cellOf(7, [5], { startUnixNs: 2n, kind: "queue", level: 3 });
  expect(growth.look([ended, again])).toMatchObject([{ buffers: 3, inclusive: { sumNs: 25 }, level: 3 }]);
  expect(growth.look([ended, again])).toMatchObject([{ buffers: 0, level: 3 }]);
});

test("a hop that is no more, or counts less than before, takes nothing away", () => {
  const growth = new Growth([cellOf(7, [10, 10])]);
  expect(growth.look([cellOf(7, [10])])).toMatchObject([{ buffers: 0, inclusive: { sumNs: 0 } }]);
  expect(growth.look([])).toEqual([]);
});

test("the most that was in a queue is that of the window, where it is known", () => {
  const queue = (level: number, highestLevel: number) => cellOf(7, [10], { kind: "queue", level, highestLevel });
  const growth = new Growth([]);
  expect(growth.look([queue(2, 6)])).toMatchObject([{ level: 2, highestLevel: 6 }]);
  expect(growth.look([queue(4, 6)])).toMatchObject([{ level: 4, highestLevel: 4 }]);
  expect(growth.look([queue(1, 8)])).toMatchObject([{ level: 1, highestLevel: 8 }]);
});

test("what an element reports of its latency stays, and what no window asks for is left out", () => {
  const reported = cellOf(7, [], { kind: "reported", bytes: 1, level: 5, highestLevel: 9 });
  const others = (["event", "query", "link", "state", "latency", "transit"] as const).map((kind) =>
    cellOf(8, [10], { kind, exclusive: histogramOf([10]) }),
  );
  const growth = new Growth([reported]);
  expect(growth.look([reported, ...others])).toMatchObject([{ kind: "reported", bytes: 1, level: 5, highestLevel: 9 }]);
});
