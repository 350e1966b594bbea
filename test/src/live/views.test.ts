// Is what many ask for made once a window, the table without the flame graphs, and each as often as its share of a core allows?
import { describe, expect, it } from "vitest";
import { flameTurns, tableTurns, Views } from "../../../src/live/views.js";
import { isWithoutTrees } from "../../../src/page/packed-tree.js";
import type { PageData } from "../../../src/page/page-data.js";
import { FakeLive } from "../../helpers/live.js";
import { profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";

function target() {
  const live = new FakeLive(1);
  live.answer = recordingOf({ cpu: profilesOf([sampleAt("p/enc", 5e6)]) });
  live.second();
  return live;
}

it("the same view of the same range is made once until there is another window, or the target ends", () => {
  const [live, views] = [target(), new Views()];
  const range = { fromNs: 0, toNs: 1e9 };
  const first = views.text(live, "summary", range);
  expect(views.text(live, "summary", { ...range })).toBe(first);
  expect(live.ranges).toEqual([range]);
  views.text(live, "summary", undefined);
  live.second();
  views.text(live, "summary", range);
  live.end();
  views.text(live, "summary", range);
  expect(live.ranges).toHaveLength(4);
});

it("a client that asks for ever other ranges does not fill the memory", () => {
  const [live, views] = [target(), new Views()];
  for (let n = 1; n < 50; n++) views.text(live, "summary", { fromNs: 0, toNs: n });
  views.text(live, "summary", { fromNs: 0, toNs: 1 });
  expect(live.ranges.length).toBe(50);
});

it("the page has flame graphs, its table has the same elements without them", () => {
  const [live, views] = [target(), new Views()];
  const page = JSON.parse(views.text(live, "page", undefined)) as PageData;
  const table = JSON.parse(views.text(live, "table", undefined)) as PageData;
  expect(page.flame[1]).toBe(5e6);
  expect(table).toEqual({ ...page, strings: [""], flame: [0, 0, -1, -1, []], wallFlame: null });
  expect(JSON.parse(views.text(live, "summary", undefined))).toMatchObject({ version: 1 });
});

describe("pages that are kept open", () => {
  /** Each window a second after the one before; making a table or all of it takes so many milliseconds. */
  function simulated(tableMs: number | (() => number), wholeMs: number | (() => number)) {
    const cost = (ms: number | (() => number)): number => (typeof ms === "number" ? ms : ms());
    const live = target();
    let [now, cpu] = [0, 0];
    const recording = live.recording.bind(live);
    live.recording = (range, detail) => {
      cpu += cost(detail === "sums" ? tableMs : wholeMs);
      return recording(range, detail);
    };
    const views = new Views({ now: () => now, cpu: () => cpu });
    const got = { whole: 0, tables: 0, nothing: 0 };
    const ask = () => {
      const text = views.due(live, { fromNs: 0, toNs: 1e9 });
      if (text === null) got.nothing++;
      else got[isWithoutTrees(JSON.parse(text) as PageData) ? "tables" : "whole"]++;
    };
    const second = (pages: number) => {
      live.second();
      now += 1000;
      for (let page = 0; page < pages; page++) ask();
    };
    return { live, got, second, ask, spentMs: () => cpu };
  }

  it("get something each second where that is cheap, and the flame graph each other second", () => {
    const { got, second } = simulated(5, 7);
    for (let n = 0; n < 60; n++) second(1);
    expect(got).toEqual({ whole: 28, tables: 32, nothing: 0 }); // flame graphs begin more rarely
  });

  it("of a small pipeline have other values every two seconds and flame graphs every five, while nothing is compiled, too", () => {
    const wholeMs = [60, 20, 12];
    const [tables, wholes]: [number[], number[]] = [[], []];
    const { got, second } = simulated(
      () => 5,
      () => wholeMs.shift() ?? 7,
    );
    for (let n = 0; n < 120; n++) {
      const before = { ...got };
      second(1);
      if (got.whole > before.whole) wholes.push(n);
      if (got.nothing === before.nothing) tables.push(n);
    }
    const longest = (times: number[]): number => Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
    expect(tables.length).toBeGreaterThan(100);
    expect(longest(tables)).toBeLessThanOrEqual(2);
    expect(longest(wholes)).toBeLessThanOrEqual(5);
    expect(wholes.slice(0, 3)).toEqual([0, 4, 8]); // while nothing is compiled, not each other second
  });

  it("ten of them cost what one costs", () => {
    const [one, ten] = [simulated(5, 7), simulated(5, 7)];
    for (let n = 0; n < 60; n++) {
      one.second(1);
      ten.second(10);
    }
    expect(ten.spentMs()).toBe(one.spentMs());
    expect(ten.got.whole).toBe(10 * one.got.whole);
  });

  it("cost no more than their share of a core where there is very much to show, and are told that nothing is due", () => {
    const { got, second, spentMs } = simulated(40, 120);
    for (let n = 0; n < 600; n++) second(1);
    expect(got.whole).toBeLessThan(55);
    expect(got.nothing).toBeGreaterThan(200);
    const first = 3 * (40 + 120); // until it is known what they take
    expect(spentMs()).toBeLessThanOrEqual((flameTurns.share + tableTurns.share) * 600_000 + first);
  });

  it("have all of what a process was at its end, however short ago it was their turn", () => {
    const { live, got, second, ask } = simulated(40, 120);
    second(1);
    second(1);
    expect(got.whole).toBe(1);
    live.end();
    ask();
    expect(got.whole).toBe(2);
  });
});

it("a summary and a table are made without stacks, a page with them", () => {
  const [live, views] = [target(), new Views()];
  for (const view of ["summary", "table", "page", "functions"] as const) views.text(live, view, undefined);
  expect(live.details).toEqual(["sums", "sums", "all", "all"]);
});
