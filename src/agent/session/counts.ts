// What has the target counted so far? Hops that live, those that ended, by name as long as there is room, and the rest in a sum.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../../input/drain.js";
import type { CellKind, CellSnapshot } from "../../model/batch.js";
import { EndedCells } from "../../model/ended.js";
import type { Topology } from "../../model/topology.js";

/** Ended hops that a capture has by name. */
export const MOST_NAMED = 1000;

/** Kinds whose sum over different hops still has a meaning. */
const SUMMED: readonly CellKind[] = ["chain", "pull", "driver", "queue"];

export class Counts {
  /** Those in the segment. */
  cells: CellSnapshot[] = [];
  /** By kind, what cells counted that were given to others since. */
  ended: CellSnapshot[] = [];
  readonly #named = new EndedCells(MOST_NAMED);
  /** Ended since `cells` were looked at, where they still are. */
  #pending = new EndedCells(MOST_NAMED);
  readonly #topology: Topology;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  take({ cells, gone, ended }: Tick): void {
    for (const cell of gone) this.#pending.add(`${cell.kind} ${cell.pad} ${cell.peer}`, cell);
    this.#pending.drop();
    if (cells === null) return;
    this.cells = cells;
    this.ended = ended ?? [];
    for (const [name, cell] of this.#pending.kept) this.#named.add(name, cell);
    this.#named.drop();
    this.#pending = new EndedCells(MOST_NAMED);
  }

  /** All that was ever counted, once. */
  all(): CellSnapshot[] {
    const rest = this.#named.rest(this.ended.filter(({ kind }) => SUMMED.includes(kind)));
    if (rest.length > 0) this.#topology.addEnded();
    return [...this.cells, ...this.#named.kept.values(), ...rest];
  }
}
