// How does an agent stay small for as long as it runs? It gives back, now and then, what only its start or a burst has needed.
// SPDX-License-Identifier: MPL-2.0

import type { NativeAddon } from "../native.js";

/** When the start is over: the first windows and exports are made. */
const FIRST_MS = 20_000;
/** What is needed after all is mapped again at its next use, page by page. */
const EVERY_MS = 60_000;

/** Returns what ends it; it keeps no process alive. */
export function staySmall(native: Pick<NativeAddon, "limitHeaps" | "releaseMemory">): () => void {
  native.limitHeaps();
  let timer = setTimeout(again, FIRST_MS).unref();
  function again(): void {
    native.releaseMemory();
    timer = setTimeout(again, EVERY_MS).unref();
  }
  return () => clearTimeout(timer);
}
