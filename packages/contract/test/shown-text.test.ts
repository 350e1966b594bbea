// Is a sentence with hostile names read in its order, and is its JSON still the same value?
import { expect, test } from "vitest";
import { shownJson, shownText } from "../src/shown-text.js";

test.each([
  ["enc\u202e (cnec462x) dedeen", "enc\\u202e (cnec462x) dedeen"],
  ["a\u2066b\u2069\u200f\u061c", "a\\u2066b\\u2069\\u200f\\u061c"],
  ["line\nnext\u2028last\u0000", "line\\u000anext\\u2028last\\u0000"],
  ["lone \ud800 half", "lone \\ud800 half"],
  ["אנקודר needed 1.31 s, 👩‍💻", "אנקודר needed 1.31 s, 👩‍💻"],
])("%j is shown as %s", (text, shown) => {
  expect(shownText(text)).toBe(shown);
});

test("JSON is of the same value, on its lines", () => {
  const value = { name: "enc\u202e\n", list: [1, "\ud800", "\\u202e"] };
  expect(shownJson(value)).not.toContain("\u202e");
  expect(shownJson(value).split("\n").length).toBeGreaterThan(5);
  expect(JSON.parse(shownJson(value))).toEqual(value);
});
