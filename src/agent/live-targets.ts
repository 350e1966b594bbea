// Which targets of this agent can be looked at? Those that are served, and the last of those that ended.
// SPDX-License-Identifier: MPL-2.0

import type { LiveTarget } from "../live/live-target.js";

/** Each may hold the memory of its last ten minutes. */
const MOST_ENDED = 4;

export class LiveTargets {
  /** True: windows are kept of each target from its begin to its end, whether somebody looks or not. Set before a target is opened. */
  pinned = false;
  readonly #targets: LiveTarget[] = [];
  #numbers = 0;

  /** The number of the next target, from 1. */
  nextId(): number {
    return ++this.#numbers;
  }

  add(target: LiveTarget): void {
    this.#targets.push(target);
    const ended = this.#targets.filter((one) => one.status().state === "ended");
    for (const old of ended.slice(0, -MOST_ENDED)) this.#targets.splice(this.#targets.indexOf(old), 1);
  }

  /** In the order in which they came. */
  all(): readonly LiveTarget[] {
    return [...this.#targets];
  }
}
