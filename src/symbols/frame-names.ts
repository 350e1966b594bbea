// How is a frame called after what is known of its address? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { FrameLine, FrameName, SymbolAnswer } from "../model/symbol.js";
import type { ModuleInfo } from "../model/topology.js";

/** Names of all offsets of one answer, in their order. */
export function frameNames(module: ModuleInfo, offsets: Float64Array, answer: SymbolAnswer | null): FrameName[] {
  let next = 0;
  return Array.from(offsets, (offset, i) => {
    const count = answer?.lineCounts[i] ?? 0;
    const lines = answer === null || count === 0 ? undefined : linesOf(answer, next, count);
    next += count;
    const name = frameName(module, offset, answer, i);
    return lines === undefined ? name : { ...name, lines };
  });
}

function linesOf({ lines, texts }: SymbolAnswer, from: number, count: number): FrameLine[] {
  return Array.from({ length: count }, (_, i) => {
    const at = 3 * (from + i);
    return { name: texts[lines[at] ?? -1] ?? "", file: texts[lines[at + 1] ?? -1] ?? "", line: lines[at + 2] ?? 0 };
  });
}

function frameName(module: ModuleInfo, offset: number, answer: SymbolAnswer | null, i: number): FrameName {
  const symbol = answer?.names[i] ?? "";
  if (symbol !== "") return { name: symbol, named: true };
  const start = answer?.starts[i] ?? -1;
  if (start < 0) return bare(module, offset);
  // Code that neither symbols nor unwind data describe is one block, by its start: assembly, mostly.
  const what = answer?.inFunction[i] === 1 ? "fn" : "code";
  return { name: `${fileName(module)}+${what}@0x${start.toString(16)}`, named: false };
}

/** All that is known without a file. */
export const bare = (module: ModuleInfo, offset: number): FrameName => ({
  name: `${fileName(module)}+0x${offset.toString(16)}`,
  named: false,
});

const fileName = (module: ModuleInfo): string =>
  module.path.replace(/ \(deleted\)$/, "").replace(/^.*\//, "") || "[unknown]";
