// Is what a person types found as text and as a regular expression, and does a wrong or a costly one break nothing?
import { expect, test } from "vitest";
import { patternOf } from "../../../src/page/browser/pattern.js";

test("text and regular expressions match in any case; a name with signs of expressions matches as it stands", () => {
  expect(patternOf("PAD_push").matches("gst_pad_push")).toBe(true);
  expect(patternOf("^gst_.*push$").matches("gst_pad_push")).toBe(true);
  expect(patternOf("^push").matches("gst_pad_push")).toBe(false);
  expect(patternOf("libx264.so+fn@0x1c").matches("libx264.so+fn@0x1c")).toBe(true);
  expect(patternOf(" push ").text).toBe("push");
});

test("what is no regular expression is told, and looked for as text", () => {
  for (const text of ["operator()(", "[", "*", "a{2,1}", "\\"]) {
    const pattern = patternOf(text);
    expect(pattern.problem, text).toMatch(/^No regular expression \(.+\): searched for as plain text\.$/);
    expect(pattern.matches(`x${text}y`)).toBe(true);
    expect(pattern.matches("other")).toBe(false);
  }
  expect(patternOf("a|b").problem).toBe("");
});

test("expressions that cannot be searched for in one look at each character are told, and are text", () => {
  for (const text of ["(a)\\1", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "\\07", `a{1000}${"b{900}".repeat(3)}`]) {
    const pattern = patternOf(text);
    expect(pattern.problem, text).toMatch(/^Regular expressions like this .+ \(.+\): searched for as plain text\.$/);
    expect(pattern.matches(`x${text.toUpperCase()}y`)).toBe(true);
    expect(pattern.matches("aab")).toBe(false);
  }
});

test("what takes too long for the names that there are is told, and is text from then on", () => {
  const pattern = patternOf("(?:a|b)*a(?:a|b){400}c");
  let state = 1;
  const bit = (): number => {
    state = (state * 48_271) % 0x7fffffff;
    return state & 64;
  };
  const name = (): string => Array.from({ length: 1000 }, () => (bit() === 0 ? "a" : "b")).join("");
  expect(pattern.problem).toBe("");
  for (let i = 0; i < 200; i++) expect(pattern.matches(name())).toBe(false);
  expect(pattern.problem).toMatch(/^This expression takes too long here: searched for as plain text\. Type one with/);
  expect(pattern.matches(`x${pattern.text}`)).toBe(true);
});
