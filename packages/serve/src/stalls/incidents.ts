// Which stalls belong together? Those of one stream that are within ten seconds of each other.
// SPDX-License-Identifier: MPL-2.0
import { randomUUID } from "node:crypto";
import type { StallStore } from "../store/stall-port.js";

const TOGETHER_MS = 10_000;
/** A stall that goes on, or seems to, holds its incident open for so long. */
const OPEN_MS = 60_000;
const MOST = 8;
/** In memory; those of others are read again. */
const MOST_STREAMS = 5000;

interface Incident {
  id: string;
  fromMs: number;
  untilMs: number;
}

export class Incidents {
  readonly #store: Pick<StallStore, "incidents">;
  readonly #streams = new Map<string, Incident[]>();

  constructor(store: Pick<StallStore, "incidents">) {
    this.#store = store;
  }

  /** The id of the incident that a stall is part of; makes one where there is none. */
  async of(project: string, streamId: string, stall: { atMs: number; lastedMs: number | null }): Promise<string> {
    const known = await this.#known(project, streamId);
    const untilMs = stall.atMs + Math.min(stall.lastedMs ?? OPEN_MS, OPEN_MS);
    const near = known.find((one) => stall.atMs <= one.untilMs + TOGETHER_MS && untilMs >= one.fromMs - TOGETHER_MS);
    if (near === undefined) {
      const fresh = { id: randomUUID(), fromMs: stall.atMs, untilMs };
      known.push(fresh);
      if (known.length > MOST) known.shift();
      return fresh.id;
    }
    near.fromMs = Math.min(near.fromMs, stall.atMs);
    near.untilMs = Math.max(near.untilMs, untilMs);
    return near.id;
  }

  /** Those of before a start are read once. */
  async #known(project: string, streamId: string): Promise<Incident[]> {
    const key = `${project}\n${streamId}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#streams.keys();
    if (this.#streams.size >= MOST_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    const rows = await this.#store.incidents(project, { limit: MOST, stream: streamId });
    const read = rows.map(({ id, fromMs, untilMs, openSinceMs }) => ({
      ...{ id, fromMs },
      untilMs: untilMs ?? (openSinceMs ?? fromMs) + OPEN_MS,
    }));
    this.#streams.set(key, read.reverse());
    return read;
  }
}
