// Does each column of an element's row hold its own figure, and a dash where nothing was measured?
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../src/analysis/headline.js";
import { legend, shortColumns, wideColumns } from "../../../src/terminal/element-columns.js";
import { ms, type Row, second, summaryOf, times } from "../../helpers/summary-tables.js";

const paint = pico.createColors(false);
const full: Row = {
  ...{ name: "enc", path: "p/bin/enc", factory: "x264enc", buffersIn: 300, buffersOut: 290, drops: 3 },
  ...{ cpuNs: 2 * second, cpuInclusiveNs: 3 * second, wallNs: 5 * second, readyNs: 1 * second, blockedNs: 2 * second },
  ...{
    exclusive: { ...times(99, 10 * ms, 500 * ms), p99Ns: 80 * ms },
    inclusive: times(100, 20 * ms),
    queueWait: times(10, 7 * ms),
  },
  ...{ blockedOn: { poll: 0.5 * second, futex: 1.5 * second }, flow: { ok: 300, eos: 1 } },
};
const rest: Row = { name: "rest", cpuNs: 2 * second };
const wall = { readyNs: 1 * second, blockedNs: 2 * second };

function cells(row: Row, { counts = true, watched = true, others = [rest] } = {}): Record<string, string> {
  const summary = summaryOf({ rows: [row, ...others], wall: watched ? wall : null });
  const [element] = elementsOf(summary);
  if (element === undefined) throw new Error("no element");
  const wide = wideColumns(summary, { counts }, paint).map((column) => [column.title, column.cell(element)]);
  const short = shortColumns(summary, { counts }, paint).map((column) => [`${column.title}*`, column.cell(element)]);
  return Object.fromEntries([...wide, ...short]);
}

describe("a row", () => {
  it("holds each figure of its element in its own column", () => {
    expect(cells(full)).toMatchObject({
      ...{ ELEMENT: "bin/enc", FACTORY: "x264enc", "CPU %": "50.0", "CPU ms": "2,000", "TOTAL %": "75.0" },
      ...{ "EXCL MEAN": "14.9 ms", P50: "10.0 ms", P99: "80.0 ms", MAX: "500 ms", "INCL MEAN": "20.0 ms" },
      ...{ "QUEUE P50": "7.00 ms", IN: "300", OUT: "290", "PER SECOND": "30.0", FLOW: "dropped 3, eos 1" },
      ...{ READY: "20 %", BLOCKED: "40 %", ON: "futex" },
    });
  });

  it("after a run has the name alone, and the buffers", () => {
    expect(cells(full)).toMatchObject({
      "ELEMENT*": "enc",
      "CPU %*": "50.0",
      "EXCL P99*": "80.0 ms",
      "BUFFERS*": "300",
    });
  });

  it("of a source has its loop's time and the buffers that it sends", () => {
    const source = { name: "src", buffersOut: 50, driver: times(50, 3 * ms) };
    expect(cells(source)).toMatchObject({
      "EXCL MEAN": "3.00 ms",
      MAX: "3.00 ms",
      IN: "0",
      OUT: "50",
      "BUFFERS*": "50",
    });
  });

  it("has dashes for what was not measured, and zeros for what was and did not happen", () => {
    const nothing = cells({ name: "idle" }, { counts: false, watched: false, others: [] });
    expect(Object.entries(nothing).filter(([, text]) => text !== "-")).toEqual([
      ...[
        ["ELEMENT", "idle"],
        ["FACTORY", "x"],
        ["FLOW", ""],
        ["ELEMENT*", "idle"],
      ],
    ]);
    expect(cells({ name: "idle" })).toMatchObject({ "CPU %": "0.0", IN: "0", "PER SECOND": "-", "EXCL MEAN": "-" });
  });

  it("says nothing of waits that were watched for less than twenty samples", () => {
    const short = { ...full, wallNs: 199 * ms };
    expect(cells(short)).toMatchObject({ READY: "-", BLOCKED: "-", ON: "-" });
  });
});

describe("columns", () => {
  const summary = summaryOf({ rows: [full, rest], wall });

  it("of waits are there only where a wall profile is", () => {
    const titles = (watched: boolean) =>
      wideColumns(summaryOf({ rows: [full], wall: watched ? wall : null }), { counts: true }, paint).map(
        (c) => c.title,
      );
    expect(titles(true).filter((title) => !titles(false).includes(title))).toEqual(["READY", "BLOCKED", "ON"]);
  });

  it("are all explained but the name and the factory", () => {
    const said = legend(summary, { counts: true }, paint);
    const explained = wideColumns(summary, { counts: true }, paint).filter(({ title }) => said.includes(` ${title}: `));
    expect(wideColumns(summary, { counts: true }, paint).length - explained.length).toBe(2);
    expect(said).toMatch(/^Columns: CPU %: .*; FLOW: .*\.$/);
  });

  it("paint a share of a quarter and more", () => {
    const colours = pico.createColors(true);
    const elements = elementsOf(
      summaryOf({
        rows: [
          { name: "a", cpuNs: 25 },
          { name: "b", cpuNs: 24 },
          { name: "c", cpuNs: 51 },
        ],
      }),
    );
    const table = summaryOf({
      rows: [
        { name: "a", cpuNs: 25 },
        { name: "b", cpuNs: 24 },
        { name: "c", cpuNs: 51 },
      ],
    });
    const share = shortColumns(table, { counts: true }, colours).find(({ title }) => title === "CPU %");
    expect(elements.map((e) => share?.paint?.("x", e))).toEqual([colours.yellow("x"), "x", colours.yellow("x")]);
  });
});
