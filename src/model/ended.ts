// What became of hops whose cells were given to others? Their last counts are kept by name, up to a bound, and then in one sum. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CellKind, CellSnapshot } from "./batch.js";
import { addCell, copyCell, subtractCell } from "./cells.js";

/** Stands for all hops that ended and are not kept: as an element and as a pad. No target gives out this number. */
export const ENDED_ID = 2 ** 30;
export const ENDED = "(ended)";

/** Ended hops by some name; of the oldest only the sum is known. */
export class EndedCells {
  readonly #most: number;
  readonly #kept = new Map<string, CellSnapshot>();
  /** All that is kept, by kind. */
  readonly #sums = new Map<CellKind, CellSnapshot>();

  constructor(most: number) {
    this.#most = most;
  }

  add(name: string, cell: CellSnapshot): void {
    const last = cell.kind === "queue" ? { ...cell, level: 0 } : cell; // nothing is inside any more
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    this.#kept.set(name, sumOf(known, last));
    this.#sums.set(cell.kind, sumOf(this.#sums.get(cell.kind), last));
  }

  /** Names beyond the bound, the oldest first; they are in the sum from now on. */
  drop(): string[] {
    const names = [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - this.#most));
    for (const name of names) {
      const cell = this.#kept.get(name);
      const sum = cell && this.#sums.get(cell.kind);
      if (sum !== undefined && cell !== undefined) subtractCell(sum, cell);
      this.#kept.delete(name);
    }
    return names;
  }

  get kept(): ReadonlyMap<string, CellSnapshot> {
    return this.#kept;
  }

  /** Of each kind what is not kept by name. `ended`: the target's totals. */
  rest(ended: readonly CellSnapshot[]): CellSnapshot[] {
    return ended
      .map((total) => {
        const rest = { ...copyCell(total), pad: ENDED_ID, peer: 0 };
        const sum = this.#sums.get(total.kind);
        if (sum !== undefined) subtractCell(rest, sum);
        return rest;
      })
      .filter(({ invocations, buffers, nested }) => invocations + buffers + nested > 0);
  }
}

function sumOf(sum: CellSnapshot | undefined, cell: CellSnapshot): CellSnapshot {
  if (sum === undefined) return copyCell(cell);
  addCell(sum, cell);
  return sum;
}
