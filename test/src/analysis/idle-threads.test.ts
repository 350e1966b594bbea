// Does hiding what only waited hide no work, and no time of another thread?
import { describe, expect, it } from "vitest";
import { type FlameNode, flameTree, LOOP } from "../../../src/analysis/flame.js";
import { hasIdle, idleThreads, markIdle, withoutIdle } from "../../../src/analysis/idle-threads.js";
import type { StackSample } from "../../../src/model/recorded-profiles.js";
import { sampleAt } from "../../helpers/recordings.js";

const wait = (thread: string, ns: number, change: Partial<StackSample> = {}) =>
  sampleAt("p/e", ns, { thread, blockedOn: "futex", ...change });
const work = (thread: string, ns: number) => sampleAt("p/e", ns, { thread });

/** Names and times from the root on, as "a 3 > b 2". */
const lines = (node: FlameNode, above = ""): string[] => {
  const here = `${above}${node.name} ${node.ns}`;
  return node.children.length === 0 ? [here] : node.children.flatMap((child) => lines(child, `${here} > `));
};
function marked(samples: StackSample[]): FlameNode {
  const tree = flameTree(samples, [], ({ path }) => ({
    pipeline: "p",
    name: path,
    element: 0,
    ...(path === "p/loop" && { part: LOOP }),
  }));
  const idle = idleThreads(samples);
  return { ...tree, children: tree.children.map((child) => markIdle(child, 2, idle)) };
}

describe("a thread", () => {
  it("is idle when all of its samples waited", () => {
    expect([...idleThreads([wait("pool", 5), wait("pool", 5), work("q", 1), wait("q", 9)])]).toEqual(["pool"]);
  });

  it("is not idle when it was ready to run: it lacked a CPU, not work", () => {
    expect([...idleThreads([wait("q", 5), wait("q", 1, { blockedOn: "cpu" })])]).toEqual([]);
  });
});

describe("a tree without idle threads", () => {
  it("lacks their time everywhere above, and no other", () => {
    const tree = marked([wait("pool", 50), wait("q", 3), work("q", 2), wait("pool", 7, { path: "p/loop" })]);
    expect(hasIdle(tree)).toBe(true);
    const without = withoutIdle(tree);
    expect(without && lines(without)).toEqual(["all 5 > p 5 > p/e 5 > q 5"]);
    expect(without && hasIdle(without)).toBe(false);
  });

  it("is the same tree where no thread was idle", () => {
    const tree = marked([wait("q", 3), work("q", 2)]);
    expect(hasIdle(tree)).toBe(false);
    expect(withoutIdle(tree)).toEqual(tree);
  });

  it("is nothing where all threads were", () => {
    expect(withoutIdle(marked([wait("pool", 3)]))).toBeNull();
  });

  it("finds a thread below its loop too", () => {
    const tree = marked([wait("loop", 7, { path: "p/loop" }), work("q", 2)]);
    const without = withoutIdle(tree);
    expect(without && lines(without)).toEqual(["all 2 > p 2 > p/e 2 > q 2"]);
  });
});
