// Does a pruned tree keep every nanosecond, and its limit?
import { expect, test } from "vitest";
import type { FlameNode } from "../../../src/analysis/flame.js";
import { countNodes, prune } from "../../../src/analysis/prune.js";
import { check, total, tree } from "../../helpers/random-tree.js";

test("pruning stays below its limit and says in each parent what went", () => {
  expect(countNodes(tree)).toBeGreaterThan(20_000);
  for (const most of [10, 100, 4000, 1e6]) {
    const pruned = prune(tree, most);
    expect(countNodes(pruned)).toBeLessThanOrEqual(most);
    expect(check(pruned)).toBe(total);
  }
  const pruned = prune(tree, 100);
  const others = (node: FlameNode): FlameNode[] => [
    ...(node.name.startsWith("(other: ") ? [node] : []),
    ...node.children.flatMap(others),
  ];
  expect(others(pruned).length).toBeGreaterThan(0);
  expect(prune(tree, 4000)).not.toEqual(tree);
  expect(prune(tree, 1e6)).toEqual(tree);
});

test("equal sizes do not defeat the limit", () => {
  const leaf = (i: number): FlameNode => ({
    name: `n${i}`,
    ns: 10,
    element: -1,
    module: "",
    callers: [],
    children: [],
  });
  const flat: FlameNode = {
    ...leaf(0),
    name: "all",
    ns: 50_000,
    children: Array.from({ length: 5000 }, (_, i) => leaf(i)),
  };
  const pruned = prune(flat, 400);
  expect(countNodes(pruned)).toBeLessThanOrEqual(400);
  expect(check(pruned)).toBe(50_000);
});
