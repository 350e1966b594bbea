// Is what a person types found as text and as a regular expression, and does a wrong one break nothing?
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
