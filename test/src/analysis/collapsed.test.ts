// Are stacks written as other tools read them, whatever is in a name, with no time lost?
import { expect, test } from "vitest";
import { collapsed } from "../../../src/analysis/collapsed.js";
import { FunctionIndex } from "../../../src/analysis/functions.js";

const index = new FunctionIndex([
  { name: "main", module: "a" },
  { name: "two;parts\nand lines", module: "a" },
]);

test("a line a stack, from its thread on; equal ones are added up", () => {
  const stacks = [
    { thread: "t", ns: 3, stack: [0, 1] },
    { thread: "t", ns: 4, stack: [0, 1] },
    { thread: "u", ns: 5, stack: [] },
  ];
  expect(collapsed(index, stacks)).toBe("t;main;two:parts:and lines 7\nu;(no stack) 5\n");
  expect(collapsed(index, [])).toBe("");
});
