// Is a regular expression read into a machine of bounded size, and refused where one look at each character is not enough?
import { expect, test } from "vitest";
import { machineOf } from "../../../src/page/browser/expression.js";

test("repetitions become states, up to a number of them", () => {
  expect(machineOf("a").states.length).toBe(2);
  expect(machineOf("a{50}").states.length).toBe(51);
  expect(machineOf("a{2,4}").states.length).toBe(1 + 2 + 4);
  expect(machineOf("").start).toBe(0);
  for (const source of ["a{2000}", "(a{100}){100}", "(?:){1000000000}", "((a{50}){50}){50}", "(?:){0,99999999}"])
    expect(() => machineOf(source), source).toThrow("it repeats too much");
  expect(() => machineOf("a".repeat(1001))).toThrow("longer than 1000 characters");
});

test("what looks elsewhere than at the next character is refused, by name", () => {
  for (const source of ["(?=a)", "(?!a)", "(?<=a)", "(?<!a)"])
    expect(() => machineOf(source)).toThrow("it looks ahead or behind");
  for (const source of ["(a)\\1", "(?<x>a)\\k<x>"])
    expect(() => machineOf(source)).toThrow("it refers back to a group");
  expect(() => machineOf("(?i:a)")).toThrow("it has flags inside");
  expect(() => machineOf("\\01")).toThrow("a backslash in it");
});
