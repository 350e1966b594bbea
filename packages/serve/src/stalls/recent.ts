// Which windows of a stream's pipelines are at hand? The last minutes of each in memory, so that a stall is judged without reading them again.
// SPDX-License-Identifier: MPL-2.0
import type { StallStore, WindowRow } from "../store/stall-port.js";

/** What V's baseline and the interval of a stall need. */
export const RECENT_MS = 240_000;
/** Elements in all windows in memory: some 100 bytes each. */
const MOST_ELEMENTS = 1_000_000;
const MOST_READ = 600;

interface Recent {
  rows: Map<string, WindowRow>;
  elements: number;
  /** What the store had before the start was read. */
  loaded: Promise<void> | null;
}

const elementsOf = ({ window }: WindowRow): number => window.elements.length + 1;

export class RecentWindows {
  readonly #store: Pick<StallStore, "windows">;
  readonly #now: () => number;
  /** The longest untouched first. */
  readonly #streams = new Map<string, Recent>();
  #elements = 0;

  constructor(store: Pick<StallStore, "windows">, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** With the first one of a stream those of before the start are read, too: a stall shall not have to wait for them. */
  put(rows: readonly WindowRow[]): void {
    for (const row of rows) {
      const recent = this.#of(row.project, row.window.stream_id);
      this.#add(recent, row);
      recent.loaded ??= this.#load(row.project, row.window.stream_id, recent);
    }
    this.#shrink();
  }

  /** Oldest first. */
  async of(project: string, streamId: string): Promise<WindowRow[]> {
    const recent = this.#of(project, streamId);
    recent.loaded ??= this.#load(project, streamId, recent);
    await recent.loaded;
    return [...recent.rows.values()].sort((a, b) => a.fromMs - b.fromMs);
  }

  /** End of the newest window of each pipeline of the stream; empty: none. */
  ends(project: string, streamId: string): number[] {
    const ends = new Map<string, number>();
    for (const { window, toMs } of this.#of(project, streamId).rows.values())
      ends.set(window.pipeline, Math.max(ends.get(window.pipeline) ?? 0, toMs));
    return [...ends.values()];
  }

  async #load(project: string, streamId: string, recent: Recent): Promise<void> {
    const range = { fromMs: this.#now() - RECENT_MS, untilMs: this.#now() + RECENT_MS, limit: MOST_READ };
    try {
      for (const row of await this.#store.windows(project, streamId, range))
        if (!recent.rows.has(keyOf(row))) this.#add(recent, row);
    } catch {
      recent.loaded = null; // asked again next time
    }
  }

  #of(project: string, streamId: string): Recent {
    const key = `${project}\n${streamId}`;
    const recent = this.#streams.get(key) ?? { rows: new Map(), elements: 0, loaded: null };
    this.#streams.delete(key);
    this.#streams.set(key, recent);
    return recent;
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
    for (const [key, { elements }] of this.#streams) {
      if (this.#elements <= MOST_ELEMENTS || this.#streams.size === 1) return;
      this.#streams.delete(key);
      this.#elements -= elements;
    }
  }
}

const keyOf = ({ window, ownFromMs }: WindowRow): string => `${window.run_id}\n${ownFromMs}`;
