// How far is the clock of a pipeline's machine from ours? The smallest difference of its last uploads: what is on its way only adds to it.
// SPDX-License-Identifier: MPL-2.0

/** Below this, the way takes as long as the difference: times are taken as they are. */
export const CORRECTED_MS = 1000;
/** Uploads of this time are compared: a clock may be set. */
const REMEMBERED_MS = 300_000;
const MOST_AGENTS = 5000;

interface Agent {
  /** Differences with the time when they were seen, smallest last: only those that are still of use. */
  seen: { atMs: number; differenceMs: number }[];
}

export class AgentClocks {
  readonly #agents = new Map<string, Agent>();

  /** What to add to times of this agent; 0: they agree. `agent`: any name for one machine. */
  offset(agent: string, sentMs: number, receivedMs: number): number {
    const known = this.#agents.get(agent) ?? { seen: [] };
    const differenceMs = receivedMs - sentMs;
    const recent = known.seen.filter((one) => receivedMs - one.atMs < REMEMBERED_MS && !isOther(one, differenceMs));
    known.seen = [...recent.filter((one) => one.differenceMs < differenceMs), { atMs: receivedMs, differenceMs }];
    this.#agents.delete(agent);
    this.#agents.set(agent, known);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > MOST_AGENTS && oldest !== undefined) this.#agents.delete(oldest);
    const smallest = Math.min(...known.seen.map((one) => one.differenceMs));
    return Math.abs(smallest) > CORRECTED_MS ? smallest : 0;
  }
}

/** No upload takes so long: the clock was set back in between. */
const SET_MS = 60_000;
const isOther = (one: { differenceMs: number }, differenceMs: number): boolean =>
  differenceMs - one.differenceMs > SET_MS;
