// Does a look that fails give the value that stands for it, and one that succeeds its own?
import { expect, test } from "vitest";
import { attempt } from "../../../src/model/attempt.js";

test("a look that succeeds gives what it saw, also where that is nothing", () => {
  expect(attempt(() => 7, null)).toBe(7);
  expect(attempt<number | undefined, null>(() => undefined, null)).toBeUndefined();
});

test("a look that throws gives the other value, whatever was thrown", () => {
  expect(attempt(() => JSON.parse("{"), null)).toBeNull();
  const thrower = () => {
    throw "no error at all";
  };
  expect(attempt(thrower, "otherwise")).toBe("otherwise");
});
