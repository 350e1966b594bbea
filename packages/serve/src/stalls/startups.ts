// Did a viewer wait unusually long for the first picture? More than twice the median of the stream's last hundred.
// SPDX-License-Identifier: MPL-2.0
import type { Player } from "./player.js";
import type { Streams } from "./streams.js";

const MOST = 100;
/** With fewer there is no median. */
const FEWEST = 5;
/** A shorter wait is none that a viewer would speak of. */
const LEAST_MS = 1000;
const MOST_STREAMS = 5000;

/** How long a player waited, as it was stored. */
export interface Started {
  player: Player;
  ms: number;
}

export class Startups {
  readonly #streams = new Map<string, number[]>();

  /** Those of before a restart, oldest first. */
  remember(started: readonly Started[], streams: Pick<Streams, "of">): void {
    for (const { player, ms } of started) {
      const stream = streams.of(player);
      if (stream !== null && ms >= 0) this.isLong(`${player.project}\n${stream.streamId}`, ms);
    }
  }

  /** `stream`: any name for one. true: unusually long. */
  isLong(stream: string, ms: number): boolean {
    const known = this.#streams.get(stream) ?? [];
    const sorted = [...known].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
    this.#streams.delete(stream);
    this.#streams.set(stream, [...known, ms].slice(-MOST));
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MOST_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    return known.length >= FEWEST && ms >= LEAST_MS && ms > 2 * median;
  }
}
