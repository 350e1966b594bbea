// How is a frame called after what is known of its address? Pure.
// SPDX-License-Identifier: MPL-2.0

import { moduleName } from "../model/module-name.js";
import type { FrameLine, FrameName, SymbolAnswer } from "../model/symbol.js";
import type { ModuleInfo } from "../model/topology.js";

/** Names of all offsets of one answer, in their order. */
export function frameNames(module: ModuleInfo, offsets: Float64Array, answer: SymbolAnswer | null): FrameName[] {
  let next = 0;
  return Array.from(offsets, (offset, i) => {
    const count = answer?.lineCounts[i] ?? 0;
    const lines = answer === null || count === 0 ? undefined : linesOf(answer, next, count);
    next += count;
    const frame = frameName(module, offset, answer, i);
    // Lines come from debug files, which know the function better than its class does: no start.
    return lines === undefined ? frame : { name: frame.name, named: frame.named, lines };
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
  const place = `@0x${start.toString(16)}`;
  if (answer?.inFunction[i] === 1) return { name: `${fileName(module)}+fn${place}`, named: false, start };
  // Code that neither symbols nor unwind data describe is one block, by its start: assembly, mostly.
  return { name: `${fileName(module)}+code${place}`, named: false };
}

/** All that is known without a file. */
export const bare = (module: ModuleInfo, offset: number): FrameName => ({
  name: `${fileName(module)}+0x${offset.toString(16)}`,
  named: false,
});

const fileName = ({ path }: ModuleInfo): string => moduleName(path) || "[unknown]";
