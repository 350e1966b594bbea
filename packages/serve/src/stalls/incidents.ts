// Which stalls belong together? Those of one stream that are within ten seconds of each other.
// SPDX-License-Identifier: MPL-2.0
import { randomUUID } from "node:crypto";
import type { StallStore } from "../store/stall-port.js";
import type { Stall } from "./stall.js";

const TOGETHER_MS = 10_000;
/** A stall that goes on, or seems to, holds its incident open for so long. */
const OPEN_MS = 60_000;
const MOST = 8;
/** In memory; those of others are read again. */
const MOST_STREAMS = 5000;

interface Incident {
  id: string;
  fromMs: number;
  /** End of those that are over. */
  endedMs: number;
  /** Ids of those that go on. */
  open: Set<number>;
  /** When the newest that goes on, or did, began. */
  openedMs: number;
}

type Part = Pick<Stall, "id" | "atMs" | "lastedMs"> & { view: { incident_id: string } | null };

const untilOf = ({ endedMs, open, openedMs }: Incident): number =>
  open.size === 0 ? endedMs : Math.max(endedMs, openedMs + OPEN_MS);

export class Incidents {
  readonly #store: Pick<StallStore, "incidents" | "openStalls">;
  readonly #streams = new Map<string, Incident[]>();

  constructor(store: Pick<StallStore, "incidents" | "openStalls">) {
    this.#store = store;
  }

  /** The id of the incident that a stall is part of; makes one where there is none. Asked again, it notes the stall's end. */
  async of(project: string, streamId: string, stall: Part): Promise<string> {
    const { atMs, lastedMs, view } = stall;
    const known = await this.#known(project, streamId);
    const untilMs = atMs + (lastedMs ?? OPEN_MS);
    const isNear = (one: Incident): boolean =>
      atMs <= untilOf(one) + TOGETHER_MS && untilMs >= one.fromMs - TOGETHER_MS;
    const found = known.find((one) => (view === null ? isNear(one) : one.id === view.incident_id));
    if (found !== undefined) return note(found, stall);
    if (view !== null) return view.incident_id; // so long ago that nothing joins it
    const fresh = { id: randomUUID(), fromMs: atMs, endedMs: atMs, open: new Set<number>(), openedMs: atMs };
    known.push(fresh);
    if (known.length > MOST) known.shift();
    return note(fresh, stall);
  }

  /** Those of before a start are read once. */
  async #known(project: string, streamId: string): Promise<Incident[]> {
    const key = `${project}\n${streamId}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#streams.keys();
    if (this.#streams.size >= MOST_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    const rows = await this.#store.incidents(project, { limit: MOST, stream: streamId });
    const read = rows.map(({ id, fromMs, untilMs, worstMs }): Incident => {
      return { id, fromMs, endedMs: untilMs ?? fromMs + worstMs, open: new Set(), openedMs: fromMs };
    });
    const isOpen = rows.some(({ untilMs }) => untilMs === null);
    for (const { id, atMs, view } of isOpen ? await this.#store.openStalls() : []) {
      const one = read.find((incident) => incident.id === view.incident_id);
      if (one !== undefined) note(one, { id, atMs, lastedMs: null, view });
    }
    this.#streams.set(key, read.reverse());
    return read;
  }
}

function note(incident: Incident, { id, atMs, lastedMs }: Part): string {
  incident.fromMs = Math.min(incident.fromMs, atMs);
  if (lastedMs === null) {
    incident.open.add(id);
    incident.openedMs = Math.max(incident.openedMs, atMs);
  } else {
    incident.open.delete(id);
    incident.endedMs = Math.max(incident.endedMs, atMs + lastedMs);
  }
  return incident.id;
}
