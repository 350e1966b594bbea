// Does a flame graph arrive at the page as it was, with each name once?
import { describe, expect, it } from "vitest";
import type { FlameNode } from "../../../src/analysis/flame.js";
import { packTrees, unpackTree } from "../../../src/page/packed-tree.js";
import { random } from "../../helpers/sample-capture.js";

const node = (name: string, change: Partial<FlameNode> = {}): FlameNode => ({
  ...{ name, ns: 1, element: -1, module: "", callers: [], children: [] },
  ...change,
});
/** Packed, written, read and unpacked. */
function travel(...roots: FlameNode[]): FlameNode[] {
  const { strings, trees } = JSON.parse(JSON.stringify(packTrees(roots))) as ReturnType<typeof packTrees>;
  return trees.map((tree) => unpackTree(strings, tree));
}
function randomTree(next: () => number, depth: number): FlameNode {
  const name = `f${Math.floor(next() * 5)}`;
  const children = depth === 0 ? [] : Array.from({ length: Math.floor(next() * 4) }, () => randomTree(next, depth - 1));
  const callers = next() < 0.3 ? [name, `g${depth}`] : [];
  const inferred = next() < 0.3 ? { inferredNs: Math.round(next() * 100) } : {};
  const origin = next() < 0.3 ? { origin: next() < 0.5 ? ("type" as const) : ("role" as const) } : {};
  const idle = next() < 0.2 ? { idle: true as const } : {};
  return node(name, {
    ns: Math.round(next() * 1e9),
    element: Math.floor(next() * 9) - 1,
    module: next() < 0.5 ? "" : "m",
    ...{ children, callers },
    ...inferred,
    ...origin,
    ...idle,
  });
}

describe("a packed tree", () => {
  it("is the same tree again", () => {
    const next = random(11);
    for (let i = 0; i < 50; i++) {
      const [cpu, wall] = [randomTree(next, 4), randomTree(next, 4)];
      expect(travel(cpu, wall)).toEqual([cpu, wall]);
    }
  });

  it("has each name once, whichever tree, module or caller has it", () => {
    const tree = node("a", { module: "b", callers: ["a", "c"], children: [node("b"), node("a", { module: "a" })] });
    const { strings } = packTrees([tree, node("c")]);
    expect(strings).toEqual([...new Set(strings)]);
    expect([...strings].sort()).toEqual(["a", "b", "c"]);
  });

  it("has a name as it is shown: asked once for each, and two that are shown alike are one", () => {
    const asked: string[] = [];
    const shown = (name: string): string => {
      asked.push(name);
      return name.slice(0, 3);
    };
    const tree = node("long name", {
      module: "lonely",
      callers: ["caller", "c"],
      children: [node("long name"), node("lon"), node("", { module: "lonely", idle: true })],
    });
    const packed = packTrees([tree, tree], shown);
    expect(packed.strings).toEqual([...new Set(packed.strings)]);
    expect([...packed.strings].sort()).toEqual(["", "c", "cal", "lon"]);
    expect([...asked].sort()).toEqual(["", "c", "caller", "lon", "lonely", "long name"]);
    const [root] = packed.trees.map((one) => unpackTree(packed.strings, one));
    expect(root).toMatchObject({ name: "lon", module: "lon", callers: ["cal", "c"] });
    expect(root?.children.map(({ name, module }) => [name, module])).toEqual([
      ["lon", ""],
      ["lon", ""],
      ["", "lon"],
    ]);
  });

  it("is short where a node has neither callers nor a part that was inferred, and a symbol or no name", () => {
    const { trees } = packTrees([node("a"), node("a", { inferredNs: 0.4 })]);
    expect(trees.map((tree) => tree.length)).toEqual([5, 7]);
    expect(trees[1]?.[6]).toBe(0);
  });

  it("keeps names that are keys of every object", () => {
    const names = ["__proto__", "constructor", "", "toString"];
    const tree = node("root", { children: names.map((name) => node(name)) });
    expect(travel(tree)).toEqual([tree]);
  });

  it("that was damaged has empty names, and ends", () => {
    expect(unpackTree([], [7, 1, -1, 9, [], [3]])).toEqual(node("", { callers: [""] }));
  });
});
