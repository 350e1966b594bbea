// Does a table fit its width whatever is in it, and what does it give up first?
import { describe, expect, it } from "vitest";
import { andMore, type Column, cellWidth, cut, firstRows, table, wrap } from "../../../src/terminal/columns.js";
import { hostileNames } from "../../helpers/sample-elements.js";

type Row = readonly string[];
const column = (at: number, title: string, change: Partial<Column<Row>> = {}): Column<Row> => ({
  ...{ title, align: at === 0 ? "left" : "right", priority: at, cell: (row) => row[at] ?? "" },
  ...change,
});

describe("the width of a text", () => {
  it("is counted in cells of a terminal: wide characters are two, combining ones none", () => {
    expect(["", "abc", "日本", "e\u0301", "🎬", "a\u200bb"].map(cellWidth)).toEqual([0, 3, 4, 1, 2, 2]);
  });
});

describe("a text that is cut", () => {
  it("keeps both its ends and fits", () => {
    expect(cut("日本語テキスト", 7)).toBe("日本…ト");
    expect(cut("abcdefgh", 5)).toBe("ab…gh");
    expect([cut("abc", 3), cut("abcd", 1), cut("abcd", 0), cut("日本", 2)]).toEqual(["abc", "…", "", "…"]);
  });

  it("is never wider than it may be, whatever it is", () => {
    for (const name of hostileNames)
      for (const width of [0, 1, 2, 3, 7, 20]) expect(cellWidth(cut(name, width))).toBeLessThanOrEqual(width);
  });
});

describe("a table", () => {
  const columns = [column(0, "NAME"), column(1, "N"), column(2, "MORE"), column(3, "LEAST")];

  it("keeps numbers under one another", () => {
    const rows = [
      ["日本", "5"],
      ["x", "1,000"],
    ];
    expect(table(columns.slice(0, 2), rows, 40)).toEqual(["NAME      N", "日本      5", "x     1,000"]);
  });

  it("gives up the column of the highest priority first, then cuts names", () => {
    const rows = [["a name of twenty-five cells", "1", "22", "333"]];
    const heads = (width: number) => table(columns, rows, width)[0]?.split(/ +/);
    expect(heads(80)).toEqual(["NAME", "N", "MORE", "LEAST"]);
    expect(heads(28)).toEqual(["NAME", "N", "MORE", "LEAST"]);
    expect(heads(27)).toEqual(["NAME", "N", "MORE"]);
    expect(heads(20)).toEqual(["NAME", "N"]);
    for (const width of [15, 20, 25, 40, 80])
      for (const line of table(columns, rows, width)) expect(cellWidth(line)).toBeLessThanOrEqual(width);
  });

  it("keeps a column of priority 0 where there is hardly room", () => {
    const both = [column(0, "NAME"), column(1, "N", { priority: 0 })];
    expect(table(both, [["abcdefgh", "1,234"]], 10)).toEqual(["N…E      N", "a…h  1,234"]);
  });

  it("shows every name printable, and paints what is printed", () => {
    const painted = column(1, "N", { paint: (text, row) => `<${row[0]?.length}${text}>` });
    const rows = [["a\u001b[2J\u202eb", "5"]];
    expect(table([column(0, "NAME"), painted], rows, 40)).toEqual(["NAME     N", "a·[2J·b  <75>"]);
  });

  it("keeps the width of a column that has a least one, whatever its cells", () => {
    const fixed = [column(0, "NAME", { leastWidth: 8 }), column(1, "N", { leastWidth: 5 })];
    expect(table(fixed, [["x", "5"]], 40)).toEqual(["NAME          N", "x             5"]);
    expect(table(fixed, [["x", "1,234"]], 40)[0]).toBe("NAME          N");
  });

  it("of nothing is its head", () => {
    expect(table(columns, [], 40)).toEqual(["NAME  N  MORE  LEAST"]);
  });
});

describe("of more rows than a terminal is a place for", () => {
  it("the first thousand are shown, and how many there are besides", () => {
    const rows = Array.from({ length: 1002 }, (_, i) => [`row${i}`]);
    const lines = firstRows([column(0, "NAME")], rows, "element", 40);
    expect(lines).toHaveLength(1 + 1000 + 1);
    expect(lines.slice(-2)).toEqual(["row999", "and 2 more elements"]);
  });

  it("nothing is said where there are no more", () => {
    expect([andMore(0, "way"), andMore(-5, "way"), andMore(1, "way")]).toEqual([[], [], ["and 1 more way"]]);
  });
});

describe("a long sentence", () => {
  it("is broken between words", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("日本 語 x", 6)).toEqual(["日本", "語 x"]);
  });

  it("has a line of its own for a word that is too long, and loses none", () => {
    expect(wrap("a /a/very/long/path b", 6)).toEqual(["a", "/a/very/long/path", "b"]);
  });

  it("cannot break lines itself", () => {
    expect(wrap("one\ntwo\u2028three", 40)).toEqual(["one·two·three"]);
  });
});
