// Who waits for whom: is each thread's part of a pipeline found, and blamed for what is its own?
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../src/analysis/headline.js";
import { waitsForClock } from "../../../src/analysis/stage-elements.js";
import { Stages } from "../../../src/analysis/stages.js";
import type { Verdict } from "../../../src/analysis/verdict.js";
import { ms, type Row, second, summaryOf, times } from "../../helpers/summary-tables.js";

const stagesOf = (rows: Row[]) => {
  const elements = elementsOf(summaryOf({ rows }));
  const find = (name: string) => {
    const found = elements.find((e) => e.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  return { stages: new Stages(elements), find };
};
/** [kind, whom it blames or is about]. */
const said = (verdicts: Verdict[]) =>
  verdicts.map((v) => [
    v.kind,
    v.kind === "clock" ? v.sink.name : v.kind === "undersized-queue" ? v.queue.name : v.element.name,
  ]);

const source = (feeds: string, eachNs: number): Row => ({
  ...{ name: "src", buffersOut: 1000, feeds: [feeds], driver: times(999, eachNs) },
});
/** What fills it waits `backpressure` in it, its own thread waits `starvation` for buffers: seconds. */
const queue = (
  name: string,
  feeds: string,
  backpressure: number,
  starvation: number,
  more: Partial<Row> = {},
): Row => ({
  ...{ name, buffersIn: 1000, buffersOut: 1000, feeds: [feeds], queueLevel: { last: 0, highest: 6 } },
  ...{ exclusive: times(1000, backpressure * ms), driver: times(1000, starvation * ms), ...more },
});
const element = (name: string, feeds: string[], seconds: number, more: Partial<Row> = {}): Row => ({
  ...{ name, buffersIn: 1000, buffersOut: 1000, feeds, exclusive: times(1000, seconds * ms), ...more },
});

describe("a queue", () => {
  const line = (backpressure: number, starvation: number) =>
    stagesOf([source("q", 1 * ms), queue("q", "slow", backpressure, starvation), element("slow", [], 5)]);

  it("holds up what fills it for its share of that thread's time", () => {
    const { stages, find } = line(3, 1);
    // The source's loop 0.999 s, and 3 s in the queue.
    expect(stages.backpressure(find("q"))).toBeCloseTo(3 / 3.999, 10);
    // Its own thread: 1 s waiting for buffers, 5 s in what lies behind.
    expect(stages.starvation(find("q"))).toBeCloseTo(1 / 6, 10);
  });

  it("that is always full is not to blame: what lies behind it is", () => {
    const { stages } = line(4, 0.1);
    expect(said(stages.verdicts())).toEqual([["limited", "slow"]]);
  });

  it("both sides of which wait in turns is too small", () => {
    const { stages } = stagesOf([source("q", 3 * ms), queue("q", "slow", 2, 2), element("slow", [], 3)]);
    expect(said(stages.verdicts())).toEqual([["undersized-queue", "q"]]);
  });

  it("is nobody's reason where what fills it hardly waits", () => {
    expect(line(0.1, 0.1).stages.verdicts()).toEqual([]);
  });

  it("that nobody was seen to fill, or no thread empties, has no share of anything", () => {
    const { stages, find } = stagesOf([queue("q", "slow", 5, 0, { driver: null }), element("slow", [], 1)]);
    expect([stages.backpressure(find("q")), stages.starvation(find("q"))]).toEqual([0, 0]);
    expect(stages.verdicts()).toEqual([]);
  });

  it("that threw buffers away is said to drop, by the element behind it", () => {
    const leaky = queue("q", "slow", 0, 0, { leaky: true, drops: 12 });
    const { stages } = stagesOf([source("q", 1 * ms), leaky, element("slow", [], 5)]);
    expect(said(stages.verdicts())).toEqual([["dropping", "slow"]]);
  });
});

describe("full queues one behind the other", () => {
  it("are followed to the element that is slow", () => {
    const { stages } = stagesOf([
      source("q1", 0.1 * ms),
      ...[queue("q1", "a", 4, 0), element("a", ["q2"], 0.2), queue("q2", "b", 3.5, 0), element("b", [], 4)],
    ]);
    const verdicts = stages.verdicts();
    expect(said(verdicts)).toEqual([
      ["limited", "b"],
      ["limited", "b"],
    ]);
    expect(verdicts.map((v) => (v.kind === "limited" ? v.queue.name : ""))).toEqual(["q2", "q2"]);
  });

  it("in a circle end", () => {
    const rows = [source("q1", 0.1 * ms), queue("q1", "q2", 4, 0), queue("q2", "q1", 4, 0)];
    expect(stagesOf(rows).stages.verdicts()).toEqual([]);
  });
});

describe("the clock", () => {
  const sink = (blocked: number): Row =>
    element("sink", [], 5, { buffersOut: 0, sync: true, wallNs: 5 * second, blockedNs: blocked * second });

  it("is what a pipeline waits for where its sink is blocked for long", () => {
    const { stages } = stagesOf([source("sink", 1 * ms), sink(4)]);
    const [verdict] = stages.verdicts();
    expect(verdict).toMatchObject({ kind: "clock" });
    expect(verdict?.kind === "clock" ? verdict.waits : 0).toBeCloseTo(4 / 5.999, 10);
  });

  it("is not where the sink works", () => {
    expect(stagesOf([source("sink", 1 * ms), sink(0.5)]).stages.verdicts()).toEqual([]);
  });

  it("keeps a sink from being blamed for the queue before it", () => {
    const { stages } = stagesOf([source("q", 0.1 * ms), queue("q", "sink", 4, 0), sink(4.5)]);
    expect(said(stages.verdicts())).toEqual([["clock", "sink"]]);
  });

  it("is what a sink waits for by its CPU time, where nobody looked what it waits for", () => {
    const { find } = stagesOf([sink(0)]);
    const row = find("sink");
    expect(waitsForClock({ ...row, blockedNs: null, cpuNs: 1 * second })).toBe(true);
    expect(waitsForClock({ ...row, blockedNs: null, cpuNs: 4 * second })).toBe(false);
    expect(waitsForClock({ ...row, sync: false, blockedNs: 5 * second })).toBe(false);
    expect(waitsForClock({ ...row, wallNs: null })).toBe(false);
  });
});

it("what is only asked for buffers is a part of the thread that asks", () => {
  // demux pulls from the file, in its own thread; the queue behind it is full.
  const rows = [
    element("file", ["demux"], 2, { buffersIn: 0 }),
    element("demux", ["q"], 0, { exclusive: null, driver: times(1000, 1 * ms) }),
    ...[queue("q", "slow", 1, 0), element("slow", [], 3)],
  ];
  const { stages, find } = stagesOf(rows);
  expect(stages.backpressure(find("q"))).toBeCloseTo(1 / 4, 10);
});

it("what is pushed to a thread of its own is no part of that thread: another one has it already", () => {
  const rows = [
    source("parse", 1 * ms),
    element("parse", ["demux"], 7),
    element("demux", ["q"], 0, { exclusive: null, driver: times(1000, 1 * ms) }),
    ...[queue("q", "slow", 1, 0), element("slow", [], 3)],
  ];
  const { stages, find } = stagesOf(rows);
  expect(stages.backpressure(find("q"))).toBeCloseTo(1 / 2, 10);
});

it("says whose threads run an element, or fill it", () => {
  const rows = [source("q", 1), queue("q", "enc", 0.1, 0.1), element("enc", ["out"], 0.5), element("out", [], 0.1)];
  const { stages, find } = stagesOf(rows);
  const drivers = stages.drivers();
  expect(drivers.get(find("src").path)).toEqual([find("src").path]);
  expect(drivers.get(find("q").path)).toEqual([find("src").path, find("q").path]);
  expect(drivers.get(find("out").path)).toEqual([find("q").path]);
});
