// Is there room for a second heap and for WebAssembly? Where the address space is limited, Node does not fail to begin a thread: it aborts.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { attempt } from "../model/attempt.js";

/** WebAssembly reserves ten of them around its memory. */
const ENOUGH_BYTES = 16 * 2 ** 30;

const limits = (): string => attempt(() => readFileSync("/proc/self/limits", "utf8"), "");

/** Why not, as a part of a sentence; "" = there is. */
export function addressSpaceProblem(text = limits()): string {
  const [, soft = "Infinity"] = /^Max address space\s+(\d+)/m.exec(text) ?? [];
  return Number(soft) < ENOUGH_BYTES ? "the limit of address space (ulimit -v) leaves no room for a thread" : "";
}
