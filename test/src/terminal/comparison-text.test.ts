// Is a comparison readable in a terminal, a narrow one too, and in colours only where there are some?
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { compare } from "../../../src/compare/comparison.js";
import { judgeGate, parseGate } from "../../../src/compare/gates.js";
import { cellWidth } from "../../../src/terminal/columns.js";
import { comparisonText } from "../../../src/terminal/comparison-text.js";
import { sideOf, usualCpu } from "../../helpers/compared-sides.js";

const comparison = compare(sideOf("a"), sideOf("b", { cpuNs: { ...usualCpu, h264: 6_000_000 }, seed: 2 }));
const gates = ["cpu.perBuffer(h264) > +10%", "cpu.perBuffer(conv) > +10%"].map((text) =>
  judgeGate(parseGate(text), comparison),
);
const text = (columns: number, more = {}) =>
  comparisonText(comparison, gates, { columns, colour: false, all: false, ...more });

it("says first what changed, then the table, then the conditions", () => {
  const lines = text(100).split("\n");
  expect(lines[0]).toMatch(/^h264 takes .* more CPU time per buffer/);
  const table = lines.findIndex((line) => line.startsWith("CHANGED"));
  expect(lines[table]).toMatch(/^CHANGED +FIGURE +BEFORE +AFTER +CHANGE +RANGE$/);
  expect(lines[table + 1]).toMatch(/^h264 +CPU\/buffer +\S+ ms +\S+ ms +\+\d+ % +\+\d+ % … \+\d+ %$/);
  expect(lines.at(-3)).toMatch(/^fires: /);
  expect(lines.at(-2)).toMatch(/^passes: /);
});

it("what did not change is counted, and shown where that is asked for", () => {
  const hidden = Number(/and (\d+) more figures \(--all\)/.exec(text(100))?.[1]);
  expect(hidden).toBeGreaterThan(3);
  expect(text(100, { all: true })).not.toContain("--all");
  expect(text(100, { all: true }).split("\n").length).toBeGreaterThan(text(100).split("\n").length + 2);
});

it.each([40, 60, 80])("no line is wider than %d cells", (columns) => {
  for (const line of text(columns, { all: true }).split("\n")) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
});

it("names that would move the cursor are shown as what they are", () => {
  const evil = "evil\u001b[2Jname";
  const hostile = compare(
    sideOf("a", { cpuNs: { [evil]: 1e6, out: 1e6 } }),
    sideOf("b", { cpuNs: { [evil]: 4e6, out: 1e6 }, seed: 2 }),
  );
  const shown = comparisonText(hostile, [], { columns: 100, colour: false, all: true });
  expect(shown).not.toContain("\u001b");
  expect(shown).toContain("evil·[2Jname");
});

it("colours say nothing that words do not", () => {
  const coloured = text(100, { colour: true });
  expect(coloured).toContain("\u001b[");
  expect(stripVTControlCharacters(coloured)).toBe(text(100));
});
