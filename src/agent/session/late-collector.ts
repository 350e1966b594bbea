// When is OpenTelemetry loaded? Before the first export, which comes after one interval: a start has enough to load.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../../model/batch.js";
import type { Sink } from "./sink.js";

/** Cells that ended before; with so many there is reason enough. */
const MOST_GONE = 1000;

export class LateCollector implements Sink {
  readonly #load: () => Promise<Sink>;
  readonly #failed: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #gone: (readonly CellSnapshot[])[] = [];
  #goneCells = 0;
  #opening: Promise<Sink> | undefined;
  #sink: Sink | undefined;

  /** `load`: makes a sink that exports each `intervalMs`, first after one; `failed` hears why it cannot. */
  constructor(load: () => Promise<Sink>, intervalMs: number, failed: (error: Error) => void) {
    this.#load = load;
    this.#failed = failed;
    this.#timer = setTimeout(() => void this.flush(intervalMs), intervalMs).unref();
  }

  gone(cells: readonly CellSnapshot[]): void {
    if (this.#sink !== undefined) this.#sink.gone?.(cells);
    else if (cells.length > 0) this.#remember(cells);
  }

  #remember(cells: readonly CellSnapshot[]): void {
    this.#gone.push(cells);
    this.#goneCells += cells.length;
    if (this.#goneCells > MOST_GONE) void this.#open();
  }

  async flush(ms: number): Promise<unknown> {
    const end = performance.now() + ms;
    return (await this.#open())?.flush(Math.max(1, end - performance.now()));
  }

  async close(ms: number): Promise<unknown> {
    const end = performance.now() + ms;
    return (await this.#open())?.close(Math.max(1, end - performance.now()));
  }

  async #open(): Promise<Sink | undefined> {
    clearTimeout(this.#timer);
    this.#opening ??= this.#load();
    try {
      const sink = await this.#opening;
      this.#sink ??= this.#hand(sink);
      return sink;
    } catch (error) {
      this.#failed(error as Error);
      return undefined;
    }
  }

  #hand(sink: Sink): Sink {
    for (const cells of this.#gone.splice(0)) sink.gone?.(cells);
    return sink;
  }
}
