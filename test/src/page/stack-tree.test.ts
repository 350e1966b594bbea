// Are call stacks with equal beginnings one branch, with their times added up and nothing lost?
import { describe, expect, test } from "vitest";
import { stackTree } from "../../../src/page/stack-tree.js";

describe("the tree of call stacks", () => {
  test("joins equal beginnings, and adds their times up", () => {
    const tree = stackTree(
      [
        { frames: ["main", "encode", "search"], ms: 2 },
        { frames: ["main", "encode"], ms: 0.5 },
        { frames: ["main", "copy"], ms: 1 },
        { frames: ["main", "encode", "search"], ms: 1 },
      ],
      "enc",
    );
    expect([tree.name, tree.ns]).toEqual(["enc", 4.5e6]);
    const [main] = tree.children;
    expect([main?.name, main?.ns]).toEqual(["main", 4.5e6]);
    expect(main?.children.map(({ name, ns }) => [name, ns])).toEqual([
      ["encode", 3.5e6],
      ["copy", 1e6],
    ]);
    expect(main?.children[0]?.children.map(({ name, ns }) => [name, ns])).toEqual([["search", 3e6]]);
  });

  test("keeps a function that calls itself apart from itself", () => {
    const tree = stackTree([{ frames: ["walk", "walk", "walk"], ms: 1 }], "enc");
    expect(tree.children[0]?.children[0]?.children[0]?.name).toBe("walk");
  });

  test("folds what all stacks begin with", () => {
    const begin = ["a", "b", "c", "d", "e"];
    const tree = stackTree(
      ["x", "y"].map((leaf) => ({ frames: [...begin, leaf], ms: 1 })),
      "enc",
    );
    expect(tree.children.map(({ name, callers }) => [name, callers])).toEqual([["e", ["a", "b", "c", "d"]]]);
  });

  test("of no stacks is the element alone", () => {
    expect(stackTree([], "enc")).toMatchObject({ name: "enc", ns: 0, children: [] });
  });
});
