// Does the search find what the browser's own expressions find, and in a time that grows with the text and not with the ways through it?
import { expect, test } from "vitest";
import { BoundedSearch, TooMuchWork } from "../../../src/page/browser/bounded-search.js";

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
}

const atoms = ["a", "b", "A", "_", " ", ".", "[ab]", "[^a]", "[a-c_]", "\\w", "\\W", "\\d", "\\s", "[\\]b-]", "\\x41", "\\u0062", "\\.", "[]", "[^]", "]"]; // biome-ignore format: one row
const conditions = ["^", "$", "\\b", "\\B"];
const counts = ["*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}", "*?", "+?", "??", "{1,2}?"];

function expressionOf(next: (below: number) => number, depth: number): string {
  const any = <T>(of: readonly T[]): T => of[next(of.length)] as T;
  const part = (): string => {
    const kind = next(10);
    if (kind === 0) return any(conditions);
    const atom = kind < 3 && depth > 0 ? `(${any(["", "?:"])}${expressionOf(next, depth - 1)})` : any(atoms);
    return next(3) === 0 ? atom + any(counts) : atom;
  };
  const sequence = (): string => Array.from({ length: next(4) }, part).join("");
  return Array.from({ length: 1 + next(3) }, sequence).join("|");
}

test("finds the same as the browser's own expressions, in any case", () => {
  const next = numbers(7);
  const signs = ["a", "b", "A", "B", "c", "_", " ", ".", "1", "\n", "]", "-", "é", "K"];
  let found = 0;
  for (let i = 0; i < 3000; i++) {
    const source = expressionOf(next, 2);
    const [own, search] = [new RegExp(source, "i"), new BoundedSearch(source)];
    for (let j = 0; j < 8; j++) {
      const text = Array.from({ length: next(9) }, () => signs[next(signs.length)]).join("");
      expect(search.test(text), `/${source}/ in ${JSON.stringify(text)}`).toBe(own.test(text));
      if (own.test(text)) found++;
    }
  }
  expect(found).toBeGreaterThan(3000);
});

test("finds what people type", () => {
  const finds = (source: string, text: string): boolean => new BoundedSearch(source).test(text);
  expect(finds("^(walk|mem.*)$", "memcpy")).toBe(true);
  expect(finds("^(walk|mem.*)$", "wmemcpy")).toBe(false);
  expect(finds("\\bpush\\b", "gst::push(int)")).toBe(true);
  expect(finds("\\bpush\\b", "gst_push")).toBe(false);
  expect(finds("x26[45]", "libX265.so")).toBe(true);
  expect(finds("{", "operator{")).toBe(true);
  expect(finds("(?<name>a)b", "ab")).toBe(true);
});

test("looks at each character once, however many ways lead through an expression", () => {
  for (const source of ["(a+)+$", "^(a|a)*$", "(a*)*b", "a*a*a*a*a*a*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"]) {
    const search = new BoundedSearch(source);
    // With 2 ways at each of 50,000 characters an expression that tries one after the other has no end.
    expect(search.test(`${"a".repeat(50_000)}!`), source).toBe(false);
  }
});

test("gives up when it took too much work, and does so from then on", () => {
  const search = new BoundedSearch("(?:a|b)*a(?:a|b){400}c");
  const next = numbers(3);
  const long = Array.from({ length: 100_000 }, () => (next(2) === 0 ? "a" : "b")).join("");
  expect(() => search.test(long)).toThrow(TooMuchWork);
  expect(() => search.test(long)).toThrow(TooMuchWork);
});
