// Which windows of a stream's pipelines are at hand? The last minutes of each in memory, so that a stall is judged without reading them again.
// SPDX-License-Identifier: MPL-2.0
import type { StallStore, WindowRow } from "../store/stall-port.js";
import type { Newest } from "./told.js";

/** What a baseline and the interval of a stall need. */
export const RECENT_MS = 240_000;
/** Elements in all windows in memory, some 600 bytes each; streams beyond that are read from the store when one of them stalls. */
const MOST_ELEMENTS = 100_000;
const MOST_READ = 600;
/** With or without windows: players make up names. */
const MOST_STREAMS = 5000;

interface Recent {
  rows: Map<string, WindowRow>;
  elements: number;
  /** What the store had before was read. */
  loaded: Promise<void> | null;
}

const elementsOf = ({ window }: WindowRow): number => window.elements.length + 1;
const keyOf = ({ window, ownFromMs }: WindowRow): string => `${window.run_id}\n${ownFromMs}`;
const streamKey = (project: string, streamId: string): string => `${project}\n${streamId}`;

export class RecentWindows {
  readonly #store: Pick<StallStore, "windows">;
  readonly #now: () => number;
  /** The one that was asked for longest ago first. */
  readonly #streams = new Map<string, Recent>();
  /** Of all streams: the newest window of each run of a pipeline; `name`: of its process and itself. */
  readonly #newest = new Map<string, Map<string, Newest & { name: string }>>();
  readonly #most: number;
  #elements = 0;

  constructor(store: Pick<StallStore, "windows">, now: () => number, most = MOST_ELEMENTS) {
    this.#store = store;
    this.#now = now;
    this.#most = most;
  }

  /** With the first one of a stream those of before the start are read, too: a stall shall not have to wait for them. */
  put(rows: readonly WindowRow[]): void {
    for (const row of rows) {
      const { project, window } = row;
      this.#note(row);
      const known = this.#streams.get(streamKey(project, window.stream_id));
      if (known !== undefined) this.#add(known, row);
      else if (this.#elements < this.#most) this.#open(project, window.stream_id);
    }
  }

  /** Oldest first. */
  async of(project: string, streamId: string): Promise<WindowRow[]> {
    const recent = this.#open(project, streamId);
    await recent.loaded;
    this.#shrink();
    return [...recent.rows.values()].sort((a, b) => a.fromMs - b.fromMs);
  }

  /** The newest window of each run of the stream's pipelines that there was lately; empty: none. */
  newest(project: string, streamId: string): Newest[] {
    const oldestMs = this.#now() - RECENT_MS;
    const all = [...(this.#newest.get(streamKey(project, streamId))?.values() ?? [])];
    return all.filter(({ toMs }) => toMs >= oldestMs);
  }

  /** Several processes of one name may run at once; one that has ended, and is there again, is not waited for. */
  #note({ project, window, toMs, receivedMs }: WindowRow): void {
    const oldestMs = this.#now() - RECENT_MS;
    const key = streamKey(project, window.stream_id);
    const runs = this.#newest.get(key) ?? new Map<string, Newest & { name: string }>();
    const { host, service, pipeline, run_id, state } = window;
    const [name, run] = [JSON.stringify([host, service, pipeline]), `${host}\n${run_id}`];
    for (const [other, one] of runs)
      if (one.toMs < oldestMs || (one.ended && one.name === name && other !== run)) runs.delete(other);
    const known = runs.get(run) ?? { toMs: 0, receivedMs: 0, ended: false };
    const ended = known.ended || state === "ended";
    const newest = { toMs: Math.max(known.toMs, toMs), receivedMs: Math.max(known.receivedMs, receivedMs) };
    runs.set(run, { name, ...newest, ended });
    this.#newest.set(key, runs);
  }

  #open(project: string, streamId: string): Recent {
    const key = streamKey(project, streamId);
    const recent = this.#streams.get(key) ?? { rows: new Map(), elements: 0, loaded: null };
    this.#streams.delete(key);
    this.#streams.set(key, recent);
    recent.loaded ??= this.#load(project, streamId, recent);
    return recent;
  }

  async #load(project: string, streamId: string, recent: Recent): Promise<void> {
    const range = { fromMs: this.#now() - RECENT_MS, untilMs: this.#now() + RECENT_MS, limit: MOST_READ };
    try {
      for (const row of await this.#store.windows(project, streamId, range)) {
        if (recent.rows.has(keyOf(row))) continue;
        this.#note(row);
        this.#add(recent, row);
      }
    } catch {
      recent.loaded = null; // asked again next time
    }
  }

  #add(recent: Recent, row: WindowRow): void {
    this.#drop(recent, keyOf(row));
    recent.rows.set(keyOf(row), row);
    recent.elements += elementsOf(row);
    this.#elements += elementsOf(row);
    const oldestMs = this.#now() - RECENT_MS;
    for (const [key, { toMs }] of recent.rows) {
      if (toMs >= oldestMs) break; // in the order of their coming, which is nearly that of their times
      this.#drop(recent, key);
    }
  }

  #drop(recent: Recent, key: string): void {
    const row = recent.rows.get(key);
    if (row === undefined) return;
    recent.rows.delete(key);
    recent.elements -= elementsOf(row);
    this.#elements -= elementsOf(row);
  }

  #shrink(): void {
    for (const [key, recent] of this.#streams) {
      const fits = this.#elements <= this.#most && this.#streams.size <= MOST_STREAMS;
      if (fits || this.#streams.size === 1) return;
      this.#streams.delete(key);
      for (const row of recent.rows.keys()) this.#drop(recent, row);
    }
  }
}
