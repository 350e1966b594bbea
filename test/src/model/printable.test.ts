// Does a text from outside leave a terminal alone, and does a program still get it whole?
import { describe, expect, it } from "vitest";
import { jsonText, printable } from "../../../src/model/printable.js";
import { hostileNames } from "../../helpers/sample-elements.js";

const unseen = [
  ...Array.from({ length: 32 }, (_, n) => String.fromCharCode(n)),
  ...Array.from({ length: 33 }, (_, n) => String.fromCharCode(0x7f + n)),
  ...[
    "\u00ad",
    "\u061c",
    "\u115f",
    "\u180e",
    "\u200b",
    "\u200d",
    "\u200f",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2060",
    "\u2066",
  ],
  ...["\u3164", "\ufe0f", "\ufeff", "\ufff9", "\ud800", "\udfff", "\u{e0001}", "\u{e0041}", "\u{1d173}"],
];

describe("a text that is shown", () => {
  it("has a mark for each character that is not seen, and no more", () => {
    for (const one of unseen) expect([...printable(`a${one}b`)]).toEqual(["a", "·", "b"]);
  });

  it("is one line, of as many characters as before", () => {
    for (const name of hostileNames) {
      expect(printable(name)).not.toMatch(/[\n\r\u2028\u2029]/);
      expect([...printable(name)]).toHaveLength([...name].length);
    }
  });

  it("that is seen already is left as it is, in every script", () => {
    for (const text of ["", "x264enc0", "übung é", "שלום مرحبا", "日本語", "🎬", "a\u00a0b", "<b>&\"'"])
      expect(printable(text)).toBe(text);
  });
});

describe("the same for a program", () => {
  it("is the value again, whatever its texts have in them", () => {
    const value = {
      names: hostileNames,
      all: unseen.join("x"),
      n: 1.5,
      nothing: null,
      "\u202ekey\u0000": ["\n", "\\n"],
    };
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  it("has no character in it that is not seen, but the ends of its own lines", () => {
    const text = jsonText({ all: unseen, [unseen.join("x")]: 1 });
    for (const one of unseen) if (one !== "\n") expect(text.includes(one), JSON.stringify(one)).toBe(false);
    expect(jsonText(["a\nb"])).toBe('[\n  "a\\nb"\n]');
  });

  it("is one line where that is asked for", () => {
    const value = { names: hostileNames, list: [1, "a\nb"] };
    expect(jsonText(value, 0)).not.toMatch(/\n/);
    expect(JSON.parse(jsonText(value, 0))).toEqual(value);
  });

  it("writes characters beyond sixteen bits as the two halves that JSON knows", () => {
    expect(jsonText("\u{e0041}")).toBe('"\\udb40\\udc41"');
  });
});
