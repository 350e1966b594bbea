// Is a text one word for a shell, whatever is in it?
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { quote } from "../../../src/model/shell-word.js";

test.each(["plain-1.0/path", "two words", "it's", '$(id) `id` \\ "', "a\nb", "*", "~", ""])(
  "%j is one word for a shell",
  (text) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quote(text)}`], { encoding: "utf8" })).toBe(text);
  },
);

test("what a shell takes as it is stays as a person typed it", () => {
  expect(quote("/tmp/my-capture,2:a@b%c+d")).toBe("/tmp/my-capture,2:a@b%c+d");
});
