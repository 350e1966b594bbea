// When is it time to write down what was counted so far? Often enough to draw how it changed, seldom enough to cost nothing.
// SPDX-License-Identifier: MPL-2.0

const FIRST_MS = 1000;
/** A sixtieth of the time that passed: the lines of a capture grow with the logarithm of its length. */
const PARTS = 60;
/** Hops for which a second is enough; more of them are written less often. */
const HOPS_A_SECOND = 50;

/** Milliseconds until the next moment. */
export function nextMoment(passedMs: number, hops: number): number {
  return Math.max(FIRST_MS, passedMs / PARTS, (hops / HOPS_A_SECOND) * 1000);
}

/** How often we look whether something is urgent: a request, an end, a ring that fills. */
const GLANCE_MS = 100;
/** The target waits for room. */
const REUSE_MS = 10;

/** In milliseconds. `drained`: nothing was left behind. */
export function nextGlance(drained: boolean, reuseDue: boolean): number {
  if (!drained) return 0;
  return reuseDue ? REUSE_MS : GLANCE_MS;
}
