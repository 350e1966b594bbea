// Is each row of the table of options one that its readers can take?
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/config/option-values.js";
import { type OptionRow, optionTable, variableOf } from "../../../src/config/options.js";

describe("the table", () => {
  test("every default is a value of its own option", () => {
    for (const row of optionTable as readonly OptionRow[]) {
      expect(parse(row, row.default, undefined).problem, row.name).toBeUndefined();
      if (row.runDefault !== undefined) expect(parse(row, row.runDefault, undefined).problem, row.name).toBeUndefined();
    }
  });

  test("names and variables occur once", () => {
    const rows: readonly OptionRow[] = optionTable;
    const names = rows.flatMap((row) => [
      row.name,
      variableOf(row.name),
      ...(row.aliases ?? []).map((a) => a.variable),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("a secret is no flag and no tracer parameter: both show in the list of processes", () => {
    for (const row of optionTable as readonly OptionRow[]) {
      if (row.secret) expect([row.commands.length, row.parameter], row.name).toEqual([0, false]);
    }
  });
});

test("a variable is the option's name in capitals, behind ours", () => {
  expect(variableOf("server-url")).toBe("GST_PYROSCOPE_SERVER_URL");
});

test("words are there where a choice is, ranges where a number is, and each row says what it is for", () => {
  for (const row of optionTable as readonly OptionRow[]) {
    expect(row.values !== undefined, row.name).toBe(row.type === "enum" || row.type === "list");
    if (row.min !== undefined || row.max !== undefined)
      expect(["int", "duration", "size"], row.name).toContain(row.type);
    expect(row.min ?? 0, row.name).toBeLessThanOrEqual(row.max ?? Number.POSITIVE_INFINITY);
    expect(row.help, row.name).toMatch(/^\S.{10,}/);
    expect(row.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  }
});

test("a number outside of its range is refused at both ends, and taken at them", () => {
  for (const row of optionTable as readonly OptionRow[]) {
    if (row.type !== "int" || row.min === undefined || row.max === undefined) continue;
    expect([parse(row, String(row.min), undefined), parse(row, String(row.max), undefined)]).toEqual([
      { value: row.min },
      { value: row.max },
    ]);
    expect(parse(row, String(row.min - 1), undefined).value, row.name).toBeUndefined();
    expect(parse(row, String(row.max + 1), undefined).value, row.name).toBeUndefined();
  }
});
