// Are callers and callees of a function those that Go's pprof names, and do both trees around it hold its time once?
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { FlameNode } from "../../../src/analysis/flame.js";
import { FunctionIndex } from "../../../src/analysis/functions.js";
import { type Edge, sandwich } from "../../../src/analysis/sandwich.js";
import { Stacks } from "../../../src/capture/stacks.js";
import { hasGo } from "../../helpers/go.js";
import { goPeek } from "../../helpers/go-pprof.js";
import { random } from "../../helpers/sample-capture.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const frames = ["main", "walk", "step", "leaf"].map((name) => ({ name, module: "app" }));
const [main, walk, step, leaf] = [0, 1, 2, 3];
const around = (name: string, stacks: { ns: number; stack: number[]; element?: number }[]) =>
  sandwich(
    new FunctionIndex(frames),
    stacks.map((one) => ({ element: -1, ...one })),
    { name, module: "app" },
  );
const edges = (some: readonly Edge[] = []) => some.map(({ name, ns }) => [name, ns]);
/** "name ns" of each node, deeper ones further in. */
const drawn = (node?: FlameNode): unknown => node && [`${node.name} ${node.ns}`, ...node.children.map(drawn)];

describe("the sandwich of a function", () => {
  const stacks = [
    { ns: 5, stack: [main, walk, leaf] },
    { ns: 3, stack: [main, step, walk] },
    { ns: 2, stack: [main, step, walk, leaf] },
    { ns: 9, stack: [main, step] },
  ];

  it("has callers above and callees below, and leaves out where the function is not", () => {
    const found = around("walk", stacks);
    expect([found?.ns, found?.totalNs]).toEqual([3, 10]);
    expect(edges(found?.callers)).toEqual([["main", 5], ["step", 5]]); // biome-ignore format: pairs
    expect(edges(found?.callees)).toEqual([["leaf", 7]]);
    expect(drawn(found?.above)).toEqual(["walk 10", ["main 5"], ["step 5", ["main 5"]]]);
    expect(drawn(found?.below)).toEqual(["walk 10", ["leaf 7"]]);
  });

  it("counts time of a function that calls itself once, from its outermost call on", () => {
    const found = around("walk", [{ ns: 4, stack: [main, walk, step, walk, walk, leaf] }]);
    expect([found?.ns, found?.totalNs]).toEqual([0, 4]);
    expect(edges(found?.callers)).toEqual([["main", 4], ["step", 4]]); // biome-ignore format: pairs
    expect(edges(found?.callees)).toEqual([["leaf", 4], ["step", 4]]); // biome-ignore format: pairs
    expect(drawn(found?.above)).toEqual(["walk 4", ["main 4"]]);
    expect(drawn(found?.below)).toEqual(["walk 4", ["step 4", ["walk 4", ["walk 4", ["leaf 4"]]]]]);
  });

  it("has the colour of an element where all its time is that element's", () => {
    const found = around("walk", [
      { ns: 4, stack: [main, walk, step], element: 2 },
      { ns: 4, stack: [main, walk, leaf], element: 3 },
    ]);
    expect(found?.below.element).toBe(-1);
    expect(found?.below.children.map(({ element }) => element)).toEqual([2, 3]);
  });

  it("is none where the function is on no stack", () => {
    expect(around("leaf", [{ ns: 9, stack: [main, step] }])).toBeNull();
    expect(around("nobody", stacks)).toBeNull();
    expect(around("walk", [])).toBeNull();
  });

  it.skipIf(!hasGo)(
    "is that of go tool pprof -peek for three functions of random stacks",
    () => {
      const next = random(11);
      const name = (): string => `lib.so!function${Math.floor(next() * 12)}`;
      const made = Array.from({ length: 200 }, () => ({
        stack: ["app!main", ...Array.from({ length: 1 + Math.floor(next() * 12) }, name)],
        ns: 1 + Math.floor(next() * 1e7),
        labels: {},
      }));
      const file = `${scratch()}.pb.gz`;
      const profile = gzipSync(samplePprof(made));
      writeFileSync(file, profile);
      const read = new Stacks();
      read.add(profile);
      const samples = read.samples.map(({ ns, stack }) => ({ ns, stack, element: -1 }));
      for (const [function_, module] of [
        ["main", "app"],
        ["function3", "lib.so"],
        ["function7", "lib.so"],
      ] as const) {
        // biome-ignore format: pairs
        const found = sandwich(new FunctionIndex(read.frames), samples, { name: function_, module });
        const go = goPeek([file], function_);
        expect(go.callees.size).toBeGreaterThan(5);
        expect(new Map((found?.callers ?? []).map((edge) => [edge.name, edge.ns]))).toEqual(go.callers);
        expect(new Map((found?.callees ?? []).map((edge) => [edge.name, edge.ns]))).toEqual(go.callees);
      }
    },
    300_000,
  );
});
