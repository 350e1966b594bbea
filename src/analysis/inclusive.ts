// How much CPU time did an element, a bin or a pipeline cause: in itself, in what lies inside of it, in what it called? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Recording } from "../model/recording.js";
import { elementPath, withParents } from "./paths.js";

/**
 * Nanoseconds by path of elements, bins and pipelines. A sample counts once for everything that it was inside of: elements
 * whose functions were on the stack, the one that drove the thread, and all bins around them. null when no stack named any.
 */
export function inclusiveCpu(capture: Pick<Recording, "cpu" | "topology">): Map<string, number> | null {
  const samples = capture.cpu?.stacks.samples ?? [];
  if (!samples.some(({ chain }) => chain.length > 0)) return null;
  const paths = new Map(capture.topology.elements.map(({ id, path }) => [id, path]));
  // Many samples share their chain: what lies inside of what is asked once for each.
  const times = new Map<readonly number[], Map<string, number>>();
  for (const { chain, path, ns } of samples) {
    const own = times.get(chain) ?? new Map<string, number>();
    if (own.size === 0) times.set(chain, own);
    own.set(path, (own.get(path) ?? 0) + ns);
  }
  const total = new Map<string, number>();
  for (const [chain, own] of times) {
    for (const [path, ns] of own) {
      const elements = [...chain.map((id) => paths.get(id) ?? ""), elementPath(path)].filter((one) => one !== "");
      for (const inside of new Set(elements.flatMap(withParents))) total.set(inside, (total.get(inside) ?? 0) + ns);
    }
  }
  return total;
}
