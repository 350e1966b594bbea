// Is a place in a text found where it is, whichever was asked for before?
import { describe, expect, it } from "vitest";
import { harmlessValueEnd, Places, valueEnd } from "../../../src/redact/places.js";
import { random } from "../../helpers/sample-capture.js";

describe("what was found once", () => {
  it("is the answer of a plain search, for any order of questions", () => {
    const next = random(17);
    const signs = "ab@ \n\"'";
    for (let round = 0; round < 40; round++) {
      const text = Array.from({ length: 40 }, () => signs[Math.floor(next() * signs.length)]).join("");
      const places = new Places(text);
      for (let ask = 0; ask < 20; ask++) {
        const from = Math.floor(next() * 41);
        const sign = signs[Math.floor(next() * signs.length)] ?? "a";
        const found = text.indexOf(sign, from);
        expect(places.next(sign, from)).toBe(found < 0 ? text.length : found);
        const blank = text.slice(from).search(/[ \n]/);
        expect(places.nextBlank(from)).toBe(blank < 0 ? text.length : from + blank);
        const end = from + Math.floor(next() * (41 - from));
        const last = text.slice(0, end).lastIndexOf("@");
        expect(places.lastAt(from, end)).toBe(last >= from ? last : -1);
      }
    }
  });
});

describe("a chunk", () => {
  it("ends at a blank, or at the quote that it is in; a line only at its end or the quote", () => {
    const places = new Places('key "one two" x\nnext');
    expect(places.quoteBefore(5)).toBe('"');
    expect([places.chunkEnd(5, '"'), places.chunkEnd(9, '"'), places.chunkEnd(9, "")]).toEqual([8, 12, 13]);
    expect([places.lineEnd(5, '"'), places.lineEnd(5, "")]).toEqual([12, 15]);
    expect(places.lineEnd(16, "")).toBe(20);
  });

  it("begins at the begin of the text, after blanks, quotes, and what opens a value", () => {
    const text = "a b=c,(d'e-f";
    const begins = [...text].flatMap((_, at) => (new Places(text).chunkBegins(at) ? [at] : []));
    expect(begins.map((at) => text[at]).join("")).toBe("abc(de");
  });

  it("may be a URL, in quotes too; a colon alone is none", () => {
    const begins = (text: string) => new Places(text).urlBegins(0);
    expect(["http://h", '"rtsp://h', "a.b-c+d"].map(begins)).toEqual([true, true, false]);
    expect(["://h", "http:/h", "", `${"a".repeat(25)}://h`].map(begins)).toEqual([false, false, false, false]);
  });
});

it("quotes are taken with the backslash before them", () => {
  const places = new Places('\\"a" b');
  expect([places.quoteAt(0), places.quoteAt(3), places.quoteAt(2), places.quoteAt(6)]).toEqual(['\\"', '"', "", ""]);
  expect([places.quoteBefore(0), places.quoteBefore(2), places.quoteBefore(3)]).toEqual(["", '"', ""]);
});

describe("a secret's value", () => {
  const rest = (text: string, enclosing = "", stopAtQuote = false) =>
    text.slice(valueEnd(text, 0, enclosing, stopAtQuote));

  it("ends at the blank behind it, not at one in quotes or brackets", () => {
    expect(rest("abc def")).toBe(" def");
    expect(rest('"a b" c')).toBe(" c");
    expect(rest("[a b] c")).toBe(" c");
    expect(rest("{a (b c) d} e")).toBe(" e");
    expect(rest('\\"a b\\" c')).toBe(" c");
  });

  it("ends at the quote around key and value", () => {
    expect(rest('abc" def', '"')).toBe('" def');
    expect(rest('"a b", "next": 1', "", true)).toBe(', "next": 1');
  });

  it("that is never closed goes to the end of the text: nothing of it may be shown", () => {
    expect([rest('"a b c'), rest("(a b c"), rest("")]).toEqual(["", "", ""]);
  });
});

describe("a harmless value", () => {
  const taken = (text: string, quote = "") => text.slice(0, harmlessValueEnd(new Places(text), 0, quote));

  it.each([
    "5000",
    "-1",
    "1.5s",
    "50%",
    "30/1",
    "1920x1080",
    "true",
    "NONE",
    "/tmp/x.mp4",
    "./a",
    "(int)7",
    "(string)high",
  ])("%s is shown", (text) =>
    expect([taken(text), taken(`${text} next=1`), taken(`${text},next=1`)]).toEqual([text, text, text]),
  );

  it.each([
    "abc",
    "1234abcd",
    "/secret/x",
    "/tmp/a:b@h",
    "12345678901234567890123",
    "7abcd",
    "5000,next",
    "true/x",
    "(int)abc",
  ])("%s is not one", (text) => expect(taken(text)).toBe(""));

  it("ends at a comma only where another key follows, a few blanks behind it at most", () => {
    expect([taken("5000,  next=1"), taken("5000; next=1"), taken("5000,=1"), taken("5000,")]).toEqual([
      "5000",
      "5000",
      "",
      "",
    ]);
    expect(taken(`5000,${" ".repeat(5)}next=1`)).toBe("");
    expect(taken(`5000,${"k".repeat(70)}=1`)).toBe("");
  });

  it("ends at the quote that it is in, and at what closes the text", () => {
    expect(taken('5000" x', '"')).toBe("5000");
    expect([taken("5000) x"), taken("5000)"), taken("5000)x")]).toEqual(["5000", "5000", ""]);
  });
});
