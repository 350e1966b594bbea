// How are stacks written for other flame graph tools? One line a stack: its functions with ";" between them, and its nanoseconds. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CountedStack, FunctionIndex } from "./functions.js";

/** A name may have in it what parts functions and lines. */
const word = (name: string): string => name.replace(/[;\r\n]/g, ":");

/** The thread is the outermost frame; equal lines are added up. */
export function collapsed(index: FunctionIndex, stacks: readonly (CountedStack & { thread: string })[]): string {
  const lines = new Map<string, number>();
  for (const { thread, stack, ns } of stacks) {
    const names = index.path(stack).map((number) => index.functions[number]?.name ?? "");
    const line = [thread, ...names].map(word).join(";");
    lines.set(line, (lines.get(line) ?? 0) + ns);
  }
  return [...lines].map(([line, ns]) => `${line} ${Math.round(ns)}\n`).join("");
}
