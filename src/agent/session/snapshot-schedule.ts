// When is it time to write down what was counted so far? Often enough to draw how it changed, seldom enough to cost nothing.
// SPDX-License-Identifier: MPL-2.0

const FIRST_MS = 1000;
/** A sixtieth of the time that passed: the lines of a capture grow with the logarithm of its length. */
const PARTS = 60;
/** Hops for which a second is enough; more of them are written less often. */
const HOPS_A_SECOND = 50;

/** Milliseconds until the next snapshot of a capture that began `passedMs` ago. */
export function nextSnapshotDelayMs(passedMs: number, hops: number): number {
  return Math.max(FIRST_MS, passedMs / PARTS, (hops / HOPS_A_SECOND) * 1000);
}
