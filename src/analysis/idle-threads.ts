// Which threads did nothing but wait? A pool at rest, a main loop without work: most of a wall profile, and seldom what is looked for.
// SPDX-License-Identifier: MPL-2.0

import type { StackSample } from "../model/recorded-profiles.js";
import { type FlameNode, isPart } from "./flame.js";

const waits = ({ blockedOn }: StackSample): boolean => blockedOn !== "" && blockedOn !== "cpu";

/** Names of threads of which no sample ran or was ready to run. Of several threads of one name all must have waited. */
export function idleThreads(samples: readonly StackSample[]): Set<string> {
  const idle = new Set(samples.map(({ thread }) => thread));
  for (const sample of samples) if (!waits(sample)) idle.delete(sample.thread);
  return idle;
}

/** Marks their frames, which are `depth` levels below the children of `root`, without "(its loop)" and "(its own threads)". */
export function markIdle(root: FlameNode, depth: number, idle: ReadonlySet<string>): FlameNode {
  if (depth > 0)
    return {
      ...root,
      children: root.children.map((child) => markIdle(child, isPart(child) ? depth : depth - 1, idle)),
    };
  return idle.has(root.name) ? { ...root, idle: true } : root;
}

/** Without them, in times too; null where nothing is left. */
export function withoutIdle(node: FlameNode): FlameNode | null {
  if (node.idle) return null;
  const children = node.children.flatMap((child) => withoutIdle(child) ?? []);
  const gone = sum(node.children) - sum(children);
  if (gone > 0 && children.length === 0 && gone >= node.ns) return null;
  return { ...node, ns: node.ns - gone, children };
}

const sum = (nodes: readonly FlameNode[]): number => nodes.reduce((ns, child) => ns + child.ns, 0);

export const hasIdle = (node: FlameNode): boolean => node.idle === true || node.children.some(hasIdle);
