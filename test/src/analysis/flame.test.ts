// Does the flame graph keep every nanosecond, whatever is folded?
import { describe, expect, test } from "vitest";
import { flameTree, LOOP, WORKERS } from "../../../src/analysis/flame.js";
import { foldCallers } from "../../../src/analysis/fold-callers.js";
import { packTrees, unpackTree } from "../../../src/page/packed-tree.js";
import { check, frames, samples, total, tree } from "../../helpers/random-tree.js";

describe("the tree", () => {
  test("goes from all over pipeline, element and thread to native frames", () => {
    expect([tree.name, tree.children[0]?.name]).toEqual(["all", "p"]);
    const element = tree.children[0]?.children[0];
    expect(element?.name).toMatch(/^e\d$/);
    expect(element?.children[0]?.name).toMatch(/^t\d$/);
    expect(element?.children[0]?.children[0]?.name).toBe("f0");
    expect(check(tree)).toBe(total);
  });

  test("has each element once, with exactly its samples", () => {
    for (const node of tree.children[0]?.children ?? []) {
      expect(node.ns).toBe(samples.filter((s) => s.path === `p/${node.name}`).reduce((ns, s) => ns + s.ns, 0));
    }
  });

  test("comes back from its packed form", () => {
    const { strings, trees } = packTrees([foldCallers(tree, 3)]);
    const [flame] = trees as [(typeof trees)[number]];
    expect(new Set(strings).size).toBe(strings.length);
    expect(unpackTree(strings, JSON.parse(JSON.stringify(flame)))).toEqual(foldCallers(tree, 3));
  });
});

test("frames say how much of their time lies in stacks with an inferred caller, packed and unpacked", () => {
  const some = samples.map((sample, i) => ({ ...sample, inferred: i % 4 === 0 }));
  const place = () => ({ pipeline: "p", name: "e", element: 0 });
  const marked = flameTree(some as never, frames, place);
  const inferred = some.filter((one) => one.inferred).reduce((ns, one) => ns + one.ns, 0);
  const first = marked.children[0]?.children[0]?.children[0]?.children[0];
  expect(first?.name).toBe("f0");
  const threads = marked.children[0]?.children[0]?.children ?? [];
  expect(threads.reduce((ns, thread) => ns + (thread.children[0]?.inferredNs ?? 0), 0)).toBe(inferred);
  const { strings, trees } = packTrees([marked]);
  expect(unpackTree(strings, trees[0] as never)).toEqual(marked);
});

test("callers that led only to one frame are folded into it, by name, without loss", () => {
  const folded = foldCallers(tree, 3);
  const first = folded.children[0]?.children[0]?.children[0]?.children[0];
  expect(first).toMatchObject({ name: "f4", callers: ["f0", "f1", "f2", "f3"] });
  expect(check(folded)).toBe(total);
});

test("the loop and the threads of an element stand inside of it, and callers below their threads are folded alike", () => {
  const stack = [0, 1, 2, 3, 4, 5];
  const one = { ...(samples[0] as (typeof samples)[number]), thread: "t", stack, ns: 7 };
  const whole = flameTree([one, { ...one, path: "loop" }, { ...one, path: "worker" }], frames, ({ path }) => ({
    pipeline: "p",
    name: "e",
    element: 0,
    ...(path === "loop" && { part: LOOP }),
    ...(path === "worker" && { part: WORKERS }),
  }));
  const folded = { ...whole, children: whole.children.map((child) => foldCallers(child, 2)) };
  const element = folded.children[0]?.children[0];
  expect([element?.name, element?.ns]).toEqual(["e", 21]);
  expect(element?.children.map(({ name, ns }) => [name, ns])).toEqual([
    ["t", 7],
    [LOOP, 7],
    [WORKERS, 7],
  ]);
  const threads = [element?.children[0], element?.children[1]?.children[0], element?.children[2]?.children[0]];
  for (const thread of threads)
    expect([thread?.name, thread?.children[0]?.name, thread?.children[0]?.callers.length]).toEqual(["t", "f5", 5]);
});
