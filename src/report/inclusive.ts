// How much CPU time did an element, a bin or a pipeline cause: in itself, in what lies inside of it, in what it called? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Capture } from "../capture/reader.js";
import { elementPath, withParents } from "./paths.js";

/**
 * Nanoseconds by path of elements, bins and pipelines. A sample counts once for everything that it was inside of: elements
 * whose functions were on the stack, the one that drove the thread, and all bins around them. null when no stack named any.
 */
export function inclusiveCpu(capture: Capture): Map<string, number> | null {
  const samples = capture.cpu?.stacks.samples ?? [];
  if (!samples.some(({ chain }) => chain.length > 0)) return null;
  const paths = new Map(capture.topology.elements.map(({ id, path }) => [id, path]));
  const total = new Map<string, number>();
  for (const { chain, path, ns } of samples) {
    const elements = [...chain.map((id) => paths.get(id) ?? ""), elementPath(path)].filter((one) => one !== "");
    for (const inside of new Set(elements.flatMap(withParents))) total.set(inside, (total.get(inside) ?? 0) + ns);
  }
  return total;
}
