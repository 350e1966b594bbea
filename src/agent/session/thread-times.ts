// For how long did the target's threads run, wait for a CPU, or wait for something else? Sums over windows, for the metrics.
// SPDX-License-Identifier: MPL-2.0

import { ON_CPU, type Row } from "../../profile/window.js";

/** What a sample waits in whose thread could have run. */
const READY = "cpu";

export class ThreadTimes {
  readonly ns = { running: 0, ready: 0, blocked: 0 };
  readonly #waits: Readonly<Record<string, string>>;

  /** `waits`: what threads wait in, by the number in a row. */
  constructor(waits: Readonly<Record<string, string>>) {
    this.#waits = waits;
  }

  add(rows: Iterable<Pick<Row, "wait" | "weightNs">>): void {
    for (const { wait, weightNs } of rows) {
      const state = wait === ON_CPU ? "running" : this.#waits[wait] === READY ? "ready" : "blocked";
      this.ns[state] += weightNs;
    }
  }
}
