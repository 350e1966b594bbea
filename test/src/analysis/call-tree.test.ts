// Does a tree of chosen stacks hold all their time, downwards and inverted, however large it would become?
import { describe, expect, it } from "vitest";
import { callTree, treeOfWalks } from "../../../src/analysis/call-tree.js";
import type { FlameNode } from "../../../src/analysis/flame.js";
import { FunctionIndex } from "../../../src/analysis/functions.js";

const frames = ["main", "walk", "leaf"].map((name) => ({ name, module: "app" }));
const stacks = [
  { ns: 5, stack: [0, 1, 2], element: 1 },
  { ns: 3, stack: [0, 2], element: 1 },
  { ns: 1, stack: [0, 1], element: -1 },
];
const drawn = (node: FlameNode): unknown => [`${node.name} ${node.ns}`, ...node.children.map(drawn)];
const tree = (to: "calls" | "inverted") => callTree("all", new FunctionIndex(frames), stacks, to);

describe("a tree of stacks", () => {
  it("leads from the threads' first functions to what they called", () => {
    expect(drawn(tree("calls"))).toEqual(["all 9", ["main 9", ["walk 6", ["leaf 5"]], ["leaf 3"]]]);
  });

  it("leads, inverted, from what ran itself to its callers, and the first level is the self time", () => {
    expect(drawn(tree("inverted"))).toEqual(["all 9", ["leaf 8", ["walk 5", ["main 5"]], ["main 3"]], ["walk 1", ["main 1"]]]); // biome-ignore format: a tree
  });

  it("belongs to an element where no other shares a branch", () => {
    const [leaf, walk] = tree("inverted").children;
    expect([leaf?.element, walk?.element, tree("inverted").element]).toEqual([1, -1, -1]);
  });

  it("loses no time where there are more branches than it has room for", () => {
    const walks = Array.from({ length: 300 }, (_, i) => ({ ns: 1, element: -1, path: [i % 3, i % 2, i % 3, i % 2] }));
    const index = new FunctionIndex(frames);
    index.path([0, 1, 2]);
    const sum = (node: FlameNode): number => node.children.reduce((ns, child) => ns + sum(child), 0) || node.ns;
    const large = treeOfWalks({ name: "all", module: "" }, index, walks, 5);
    expect(large.ns).toBe(300);
    expect(sum(large)).toBe(300);
    expect(JSON.stringify(large)).toContain("(other stacks)");
  });
});
