// Is each element compared with itself, or with the one that a person names?
import { describe, expect, it } from "vitest";
import { match, named } from "../../../src/compare/matching.js";

const paths = (...all: string[]) => new Set(all);

it("the same path is the same element; what only one side has is told", () => {
  const { pairs, onlyA, onlyB } = match(paths("p/a", "p/old"), paths("p/a", "p/new"), []);
  expect([...pairs]).toEqual([["p/a", "p/a"]]);
  expect([onlyA, onlyB]).toEqual([["p/old"], ["p/new"]]);
});

it("a map comes first, by path or by name", () => {
  const { pairs, onlyA, onlyB } = match(paths("p/a", "p/b"), paths("p/a", "p/bin/c"), ["a=c", "p/b=p/a"]);
  expect([...pairs]).toEqual([
    ["p/a", "p/bin/c"],
    ["p/b", "p/a"],
  ]);
  expect([onlyA, onlyB]).toEqual([[], []]);
});

describe("a map that is wrong is said", () => {
  it.each([
    ["a", /--map a: old=new is meant/],
    ["=a", /old=new is meant/],
    ["a=b=c", /old=new is meant/],
    ["nothing=a", /the first recording has no element nothing/],
    ["a=nothing", /the second recording has no element nothing/],
    ["twice=a", /the first recording has several elements twice: p\/x\/twice, p\/y\/twice/],
  ])("%s", (map, sentence) => {
    expect(() => match(paths("p/a", "p/x/twice", "p/y/twice"), paths("p/a"), [map])).toThrow(sentence);
  });
});

it("a name may have an equals sign", () => {
  const { pairs } = match(paths("p/a=b", "p/c"), paths("p/a=b", "p/d"), ["a=b=a=b", "c=d"]);
  expect([...pairs]).toEqual([
    ["p/a=b", "p/a=b"],
    ["p/c", "p/d"],
  ]);
});

it("an element is mapped once, and to one element", () => {
  const both = paths("p/a", "p/b", "p/c");
  expect(() => match(both, both, ["a=b", "a=c"])).toThrow(/--map a=c: a of the first recording is mapped already/);
  expect(() => match(both, both, ["a=b", "p/c=p/b"])).toThrow(
    /--map p\/c=p\/b: another element is mapped to p\/b of the second recording already/,
  );
  expect([...match(both, both, ["a=b", "b=a"]).pairs]).toContainEqual(["p/b", "p/a"]);
});

it("a name is looked for as a whole path, then below the pipeline, then alone", () => {
  const all = ["p/a", "p/b/a", "a/a"];
  expect(named(all, "p/a")).toEqual(["p/a"]);
  expect(named(all, "b/a")).toEqual(["p/b/a"]);
  expect(named(all, "a")).toEqual(["p/a", "a/a"]);
  expect(named(["p/x/deep"], "deep")).toEqual(["p/x/deep"]);
  expect(named(all, "z")).toEqual([]);
});
