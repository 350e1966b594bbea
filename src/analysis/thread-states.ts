// Did a thread run, was it ready and waited for a CPU, or was it blocked? The wall profile's time, kept apart in one way everywhere.
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import type { StackSample } from "../model/recorded-profiles.js";
import { isWorker } from "./paths.js";

/** What a sample waits in whose thread could have run: its turn on a CPU. */
export const READY = "cpu";

export interface ThreadStates {
  runningNs: number;
  readyNs: number;
  blockedNs: number;
  /** Sums to blockedNs. */
  blockedOn: Record<string, number>;
}

/** Without a prototype: a capture from elsewhere may call a wait "constructor". */
export const noStates = (): ThreadStates => ({
  runningNs: 0,
  readyNs: 0,
  blockedNs: 0,
  blockedOn: Object.create(null),
});

type Timed = Pick<StackSample, "blockedOn" | "ns">;

function addState(states: ThreadStates, { blockedOn: on, ns }: Timed): void {
  if (on === "") states.runningNs += ns;
  else if (on === READY) states.readyNs += ns;
  else {
    states.blockedNs += ns;
    states.blockedOn[on] = (states.blockedOn[on] ?? 0) + ns;
  }
}

/** Of all threads; the longest wait first. */
export function statesOf(samples: Iterable<Timed>): ThreadStates {
  const states = noStates();
  for (const sample of samples) addState(states, sample);
  return { ...states, blockedOn: Object.fromEntries(Object.entries(states.blockedOn).sort(([, a], [, b]) => b - a)) };
}

/** Of threads that worked for elements: a pool that waits for work delays no buffer. */
export class ElementStates {
  readonly #states = new Map<ElementSummary, ThreadStates>();

  add(element: ElementSummary, sample: StackSample): void {
    if (isWorker(sample.path)) return;
    const states = this.#states.get(element) ?? noStates();
    this.#states.set(element, states);
    addState(states, sample);
  }

  /** Every element gets a sum, most of them 0. */
  book(element: ElementSummary): void {
    const { readyNs, blockedNs, blockedOn } = this.#states.get(element) ?? noStates();
    Object.assign(element, { readyNs, blockedNs, blockedOn });
  }

  /** Time of the threads that worked for it, whatever they did; of a call that has not returned too. */
  seenNs(element: ElementSummary): number {
    const { runningNs, readyNs, blockedNs } = this.#states.get(element) ?? noStates();
    return runningNs + readyNs + blockedNs;
  }
}
