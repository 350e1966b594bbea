// How long does a page wait before it connects again, and when does it ask at intervals instead?
// SPDX-License-Identifier: MPL-2.0

const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 30_000;
const FAILURES_BEFORE_POLLING = 3;

/** `failures`: of connections in a row; one that ended is the first. */
export const waitMs = (failures: number): number => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));

export const asksAtIntervals = (failures: number): boolean => failures >= FAILURES_BEFORE_POLLING;

/** `final`: it makes no sense to try again. `lived`: it had begun, and ended. */
export type Outcome = "final" | "lived" | "failed";

/** `waiting` is told of the failures in a row. */
export async function persist(attempt: () => Promise<Outcome>, waiting: (failures: number) => void): Promise<void> {
  for (let failures = 0; ; ) {
    const outcome = await attempt();
    if (outcome === "final") return;
    failures = outcome === "lived" ? 1 : failures + 1;
    waiting(failures);
    await new Promise((done) => setTimeout(done, waitMs(failures)));
  }
}
