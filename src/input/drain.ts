// What happened in the target since the last look? One tick: everything that a segment has to say, in the right order.
// SPDX-License-Identifier: MPL-2.0

import type { CellLook, CellSnapshot, DirectoryEntry, SampleBatch } from "../model/batch.js";
import type { SegmentState } from "../model/segment-state.js";
import type { Topology } from "../model/topology.js";

/** The part of the addon's reader that takes; the agent brings it. */
export interface SampleSource {
  state(): SegmentState;
  drain(maxRecords: number): SampleBatch;
  look(whole: boolean): CellLook;
  directory(): DirectoryEntry[];
  /** A number for what went in the target so far; it uses that again once it is acknowledged. */
  retired(): number;
  acknowledge(retired: number): void;
  /** The target waits for it. */
  isReuseDue(): boolean;
}

export interface Tick {
  /** As it was *before* anything was taken: what a flush request or an end refers to is in this tick. */
  state: SegmentState;
  batches: SampleBatch[];
  /** Samples in all batches. */
  samples: number;
  /** null when not asked for. */
  cells: CellSnapshot[] | null;
  /** What became of cells since the last look at them: as they ended, before they were given to others. */
  gone: CellSnapshot[];
  /** By kind: all that ended so; null with the cells. */
  ended: CellSnapshot[] | null;
  /** False: the ring held more than one tick takes; come back soon. */
  drained: boolean;
}

export interface TickLimits {
  /** Samples per call of the addon: about a millisecond of work. */
  batch: number;
  /** Samples per tick. */
  samples: number;
}

export const tickLimits: TickLimits = { batch: 2000, samples: 60_000 };

/** Stage: pulls from one reader into one topology. */
export class SegmentInput {
  readonly #reader: SampleSource;
  readonly #topology: Topology;
  readonly #limits: TickLimits;

  constructor(reader: SampleSource, topology: Topology, limits = tickLimits) {
    this.#reader = reader;
    this.#topology = topology;
    this.#limits = limits;
  }

  tick(want: { cells: boolean }): Tick {
    const retired = this.#reader.retired();
    const state = this.#reader.state();
    const taken = this.#drain();
    const look = want.cells || this.#reader.isReuseDue() ? this.#reader.look(want.cells) : null;
    // Last: ids are published before what carries them, so everything above is explained now.
    this.#topology.add(this.#reader.directory());
    if (look !== null && taken.drained) this.#reader.acknowledge(retired);
    return { state, ...taken, ...(look ?? { cells: null, ended: null, gone: [] }) };
  }

  #drain(): Pick<Tick, "batches" | "samples" | "drained"> {
    const batches: SampleBatch[] = [];
    let samples = 0;
    while (samples < this.#limits.samples) {
      const batch = this.#reader.drain(Math.min(this.#limits.batch, this.#limits.samples - samples));
      samples += batch.count;
      if (batch.count > 0) batches.push(batch);
      if (batch.drained) return { batches, samples, drained: true };
      // A ring that has more but gives nothing does not make us spin.
      if (batch.count === 0) break;
    }
    return { batches, samples, drained: false };
  }
}
