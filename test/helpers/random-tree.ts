// What is a flame graph of thousands of random stacks, the same in every run, and is a tree one whose times sum up?
import { expect } from "vitest";
import { type FlameNode, flameTree } from "../../src/analysis/flame.js";
import { random } from "./sample-capture.js";

const next = random(3);
export const frames = Array.from({ length: 60 }, (_, i) => ({ name: `f${i}`, module: `m${i % 5}` }));
export const samples = Array.from({ length: 6000 }, (_, i) => ({
  path: `p/e${i % 9}`,
  pipeline: "p",
  factory: "x",
  thread: `t${i % 3}`,
  blockedOn: "",
  inferred: false,
  chain: [],
  ns: 1 + Math.floor(next() * 1e7),
  stack: [0, 1, 2, 3, 4, ...Array.from({ length: Math.floor(next() * 12) }, () => 5 + Math.floor(next() * 55))],
}));
export const total = samples.reduce((ns, s) => ns + s.ns, 0);
export const tree = flameTree(samples, frames, (s) => ({
  pipeline: "p",
  name: s.path.slice(2),
  element: Number(s.path.slice(3)),
}));

/** Children never exceed their parent; returns the sum of self times. */
export function check(node: FlameNode): number {
  const inside = node.children.reduce((ns, child) => ns + child.ns, 0);
  expect(inside).toBeLessThanOrEqual(node.ns);
  return node.ns - inside + node.children.reduce((ns, child) => ns + check(child), 0);
}
