// What part has an element in the thread that runs it? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Distribution, ElementSummary } from "../model/element-summary.js";

export const sumOf = (h: Distribution | null): number => h?.sumNs ?? 0;

export const isQueue = (e: ElementSummary): boolean => e.queueWait !== null || e.queueLevel !== null;

/** It pushes in a thread of its own, and not only the last buffers when an event asks it to. */
export const drives = (e: ElementSummary): boolean => e.driver !== null && e.driver.count > e.buffersOut / 2;

/** Without a wall profile the reason of a wait is not known, and an element is not blamed for it. */
export const waitsForClock = (e: ElementSummary): boolean =>
  e.sync && e.wallNs !== null && (e.blockedNs ?? e.wallNs - e.cpuNs) > e.wallNs / 2;
