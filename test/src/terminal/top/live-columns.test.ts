// Are the columns of `top` those of the report, in the order of gst-top, and can rows be ordered by each?
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../../src/analysis/headline.js";
import { table } from "../../../../src/terminal/columns.js";
import { wideColumns } from "../../../../src/terminal/element-columns.js";
import { liveColumns, ordered, sortNames, titleOf } from "../../../../src/terminal/top/live-columns.js";
import { rowNames } from "../../../../src/terminal/top/rows.js";
import { summary } from "../../../helpers/top-data.js";

const paint = pico.createColors(false);
const elements = elementsOf(summary);
const columns = liveColumns(summary, { counts: true }, paint, rowNames(summary, elements));
const named = (name: string) => elements.find((e) => e.name === name) as (typeof elements)[number];
const cells = (name: string) => Object.fromEntries(columns.map((column) => [column.title, column.cell(named(name))]));

describe("the columns of top", () => {
  it("begin with what gst-top has: element, share of a core, share of all CPU time, time", () => {
    expect(columns.slice(0, 4).map(({ title }) => title)).toEqual(["ELEMENT", "CORE %", "CPU %", "CPU ms"]);
    expect(cells("enc")).toMatchObject({ ELEMENT: "enc", "CORE %": "35.0", "CPU %": "76.1", "CPU ms": "700" });
  });

  it("hold the rate, exclusive times, the level of a queue, and how long it was blocked", () => {
    expect(cells("enc")).toMatchObject({
      "BUFFERS/S": "30.0",
      "EXCL P50": "11.0 ms",
      "EXCL P99": "90.0 ms",
      BLOCKED: "10 %",
    });
    expect(cells("queue0")).toMatchObject({ LEVEL: "3/16", BLOCKED: "-" });
    expect(cells("sink")).toMatchObject({ LEVEL: "-", BLOCKED: "75 %", ON: "poll" });
  });

  it("say what the report says: every cell of a column that both have is the same", () => {
    const wide = new Map(wideColumns(summary, { counts: true }, paint).map((column) => [column.title, column]));
    const report = { "BUFFERS/S": "PER SECOND", "EXCL P50": "P50", "EXCL P99": "P99", "EXCL MAX": "MAX" };
    const both = columns.flatMap((column) => {
      const other = wide.get((report as Record<string, string>)[column.title] ?? column.title);
      return other === undefined ? [] : [{ column, other }];
    });
    expect(both.length).toBe(columns.length - 2); // CORE % and LEVEL are of top alone
    for (const { column, other } of both)
      expect(elements.map((e) => column.cell(e))).toEqual(elements.map((e) => other.cell(e)));
  });

  it("are given up from the right where the terminal is narrow", () => {
    const heads = [40, 60, 80, 100, 140, 250].map((width) => table(columns, elements, width)[0]?.trim().split(/ {2,}/));
    const all = columns.map(({ title }) => title);
    for (const head of heads) expect(head).toEqual(all.slice(0, head?.length));
    expect(heads.map((head) => head?.at(-1))).toEqual(["CPU ms", "EXCL P50", "LEVEL", "ON", "TOTAL %", "FLOW"]);
  });

  it("keep their width while figures change", () => {
    const [head] = table(columns, [named("enc")], 200);
    expect(table(columns, [named("queue0")], 200)[0]).toBe(head);
  });
});

describe("the order of rows", () => {
  const by = (sort: string, reversed = false) => ordered(elements, sort, reversed, summary).map(({ name }) => name);

  it("is the largest first, of names the alphabet, and the other way round when reversed", () => {
    expect(by("cpu")).toEqual(["enc", "source", "sink", "queue0"]);
    expect(by("name")).toEqual(["enc", "queue0", "sink", "source"]);
    expect(by("name", true)).toEqual(["source", "sink", "queue0", "enc"]);
    expect(by("p50")).toEqual(["sink", "enc", "source", "queue0"]);
  });

  it("has what has no such figure at its end, reversed too", () => {
    expect(by("level").at(0)).toBe("queue0");
    expect(by("level", true).at(0)).toBe("queue0");
    expect(by("blocked")).toEqual(["sink", "enc", "source", "queue0"]);
    expect(by("blocked", true).slice(0, 2)).toEqual(["enc", "sink"]);
  });

  it("can be by every column that there is", () => {
    for (const sort of sortNames) expect(by(sort)).toHaveLength(elements.length);
    expect(columns.map(({ title }) => title)).toEqual(sortNames.map(titleOf));
  });
});
