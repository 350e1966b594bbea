// Where is the next frame that matches? Steps through those of all graphs that are shown, from the left, round and round.
// SPDX-License-Identifier: MPL-2.0

import { byId } from "./dom.js";
import type { Flame } from "./flame.js";

export class MatchSteps {
  readonly #flames: () => readonly Flame[];
  #at = -1;
  #of = 0;

  constructor(flames: () => readonly Flame[]) {
    this.#flames = flames;
    byId("match-next").addEventListener("click", () => this.step(1));
    byId("match-previous").addEventListener("click", () => this.step(-1));
  }

  /** Another pattern: the first step leads to the first match. */
  begin(): void {
    this.#at = -1;
    this.offer();
  }

  /** The graphs may be other ones: it goes on where it was, if there are as many matches. */
  offer(): void {
    const { length } = this.#matches();
    if (length !== this.#of) this.#at = -1;
    this.#of = length;
    byId("match-steps").hidden = length === 0;
    this.#say();
  }

  step(by: 1 | -1): void {
    const all = this.#matches();
    if (all.length === 0) return;
    this.#at = this.#at < 0 && by < 0 ? all.length - 1 : (this.#at + by + all.length) % all.length;
    const { flame, frame } = all[this.#at] as (typeof all)[number];
    flame.point(frame);
    this.#say();
  }

  #say(): void {
    byId("match-place").textContent = this.#at < 0 ? "" : `${this.#at + 1} of ${this.#of}`;
  }

  #matches() {
    return this.#flames().flatMap((flame) => flame.matching.map((frame) => ({ flame, frame })));
  }
}
