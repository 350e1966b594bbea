// Is a limit of address space seen, and its absence too?
import { expect, test } from "vitest";
import { addressSpaceProblem } from "../../../src/graph/address-space.js";

const limit = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax address space         ${soft}            unlimited            bytes     \n`;

test("a limit below what WebAssembly reserves is a problem, none and a large one are not", () => {
  expect(addressSpaceProblem(limit("1638400000"))).toContain("ulimit -v");
  expect(addressSpaceProblem(limit("unlimited"))).toBe("");
  expect(addressSpaceProblem(limit(String(2 ** 40)))).toBe("");
  expect(addressSpaceProblem("")).toBe("");
});
