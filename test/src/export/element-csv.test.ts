// Does python's csv read a row an element with the report's figures, and is no cell a formula?
import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { summarize } from "../../../src/analysis/summary.js";
import { elementCsv } from "../../../src/export/element-csv.js";
import { printable } from "../../../src/model/printable.js";
import type { Summary } from "../../../src/model/summary.js";
import { bytesOf, sourceOf, writeExportCapture } from "../../helpers/export-capture.js";

const script =
  "import csv, io, json, sys; print(json.dumps(list(csv.reader(io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline='')))))";
let rows: string[][] = [];
let summary: Summary;
beforeAll(async () => {
  const source = await sourceOf((await writeExportCapture()).dir);
  summary = summarize(source.capture);
  const input = await bytesOf(await elementCsv(source));
  rows = JSON.parse(execFileSync("python3", ["-c", script], { input, encoding: "utf8", maxBuffer: 1 << 26 }));
});

describe("the table", () => {
  test("has a head with units, and a row for each element", () => {
    const elements = summary.pipelines.flatMap((pipeline) => pipeline.elements);
    expect(rows).toHaveLength(1 + elements.length);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    for (const head of rows[0]?.slice(5) ?? []) expect(head).toMatch(/ \[(ns|buffers|bytes|calls)\]$/);
  });

  test("has the report's sums in each column", () => {
    const sum = (head: string): number =>
      rows.slice(1).reduce((total, row) => total + Number(row[rows[0]?.indexOf(head) ?? -1]), 0);
    const elements = summary.pipelines.flatMap((pipeline) => pipeline.elements);
    expect(sum("CPU time [ns]")).toBe(elements.reduce((ns, e) => ns + e.cpuNs, 0));
    expect(sum("buffers in [buffers]")).toBe(elements.reduce((n, e) => n + e.buffersIn, 0));
    expect(sum("exclusive sum [ns]")).toBe(elements.reduce((ns, e) => ns + (e.exclusive?.sumNs ?? 0), 0));
  });

  test("has an empty cell for what was not measured, which is no zero", () => {
    const source = rows.find((row) => row[1] === "src");
    expect(source?.[rows[0]?.indexOf("exclusive [calls]") ?? -1]).toBe("");
  });

  test("has no formula, nothing unseen, no cell over two lines", () => {
    for (const cell of rows.flat()) {
      expect(cell).not.toMatch(/^\s*[=+\-@]/);
      expect(cell).toBe(printable(cell));
    }
    expect(rows.flat().filter((cell) => cell.startsWith("'=cmd|"))).not.toHaveLength(0);
  });
});
