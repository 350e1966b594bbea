// Does the history keep every count, in the columns of the time in which it can have happened?
import { describe, expect, it } from "vitest";
import { History } from "../../../src/capture/history.js";
import { HISTORY_COLUMNS, HISTORY_ROWS } from "../../../src/model/recorded-history.js";
import { cellOf } from "../../helpers/cells.js";
import { random } from "../../helpers/sample-capture.js";

const BEGIN = 1_790_000_000_000_000_000n;
const COLUMN_NS = 1e9;
const WHOLE_NS = HISTORY_COLUMNS * COLUMN_NS;
const at = (ns: number) => BEGIN + BigInt(ns);
const sum = (counts: Float64Array) => counts.reduce((total, n) => total + n, 0);
/** What each column of time holds, all durations together. */
const columns = (counts: Float64Array) =>
  Array.from({ length: HISTORY_COLUMNS }, (_, i) => sum(counts.subarray(i * HISTORY_ROWS, (i + 1) * HISTORY_ROWS)));

const began = (ns: number) => ({ startUnixNs: at(ns) });

describe("counts", () => {
  it("between two lines are spread evenly over the time between them", () => {
    const history = new History(BEGIN, WHOLE_NS);
    history.add(cellOf(7, new Array(10).fill(1000), began(0)), at(2 * COLUMN_NS));
    history.add(cellOf(7, new Array(40).fill(1000), began(0)), at(5 * COLUMN_NS));
    const { hops, moments } = history.all();
    expect(moments).toBe(2);
    const found = columns(hops[0]?.counts ?? new Float64Array());
    for (const [column, n] of [5, 5, 10, 10, 10, 0].entries()) expect(found[column]).toBeCloseTo(n, 9);
  });

  it("are all there, whatever the instants are", () => {
    const next = random(21);
    const history = new History(BEGIN, WHOLE_NS);
    let [ns, n] = [0, 0];
    for (let line = 0; line < 300; line++) {
      ns += next() * 0.5 * COLUMN_NS;
      n += Math.floor(next() * 5);
      history.add(cellOf(7, new Array(n).fill(1000), began(0)), at(Math.round(ns)));
    }
    expect(sum(history.all().hops[0]?.counts ?? new Float64Array())).toBeCloseTo(n, 6);
  });

  it("of a hop that began late are not before its start, of a capture longer than said in the last column", () => {
    const history = new History(BEGIN, WHOLE_NS);
    history.add(cellOf(7, [1000], began(6 * COLUMN_NS)), at(8 * COLUMN_NS));
    history.add(cellOf(8, [1000], began(0)), at(9 * WHOLE_NS));
    const [late, beyond] = history.all().hops.map(({ counts }) => columns(counts));
    expect(late?.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect((late?.[6] ?? 0) + (late?.[7] ?? 0)).toBeCloseTo(1, 9);
    expect(beyond?.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(beyond?.at(-1)).toBeGreaterThan(0.8);
  });

  it("are not negative when a line says less than the one before, or an earlier time", () => {
    const history = new History(BEGIN, WHOLE_NS);
    history.add(cellOf(7, [1000, 1000], began(0)), at(5 * COLUMN_NS));
    history.add(cellOf(7, [1000], began(0)), at(COLUMN_NS));
    const { hops, moments } = history.all();
    expect(Math.min(...(hops[0]?.counts ?? []))).toBe(0);
    expect([sum(hops[0]?.counts ?? new Float64Array()), moments]).toEqual([2, 1]);
  });

  it("of a capture without a length are in its columns too", () => {
    const history = new History(BEGIN, 0);
    history.add(cellOf(7, [1000], began(0)), BEGIN);
    expect(sum(history.all().hops[0]?.counts ?? new Float64Array())).toBe(1);
  });
});

it("only hops, drivers and queues have one: of a queue how long buffers stayed, of others what their own code took", () => {
  const history = new History(BEGIN, WHOLE_NS);
  const [slow, quick] = [cellOf(0, new Array(3).fill(1e6)).inclusive, cellOf(0, [10]).exclusive];
  for (const kind of ["chain", "driver", "queue", "event", "latency", "state", "transit"] as const)
    history.add(cellOf(7, [1], { kind, inclusive: slow, exclusive: quick, ...began(0) }), at(1));
  const { hops } = history.all();
  expect(hops.map(({ kind, counts }) => [kind, sum(counts)])).toEqual([
    ["chain", 1],
    ["driver", 1],
    ["queue", 3],
  ]);
});

it("two thousand hops have one; when one ended its place is another's", () => {
  const history = new History(BEGIN, WHOLE_NS);
  for (let pad = 1; pad <= 2001; pad++) history.add(cellOf(pad, [5], began(0)), at(1));
  expect(history.all().hops).toHaveLength(2000);
  history.remove(cellOf(1, [5], began(0)));
  history.add(cellOf(5000, [5], began(0)), at(2));
  const pads = history.all().hops.map(({ pad }) => pad);
  expect([pads.length, pads.includes(1), pads.includes(2001), pads.includes(5000)]).toEqual([2000, false, false, true]);
});
