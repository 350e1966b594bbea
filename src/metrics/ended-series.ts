// Why does no series go back when what it counted ends? Ended hops go on in the series of their labels. Pure.
//
// Of more than a thousand series the one that was not counted in for longest goes: its counts move to the sum of what ended.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import { addCell } from "../model/cells.js";
import { EndedCells } from "../model/ended.js";
import type { LabelledCell, MetricLabels, PadLabels } from "./series.js";

const MOST = 1000;

/** Their labels tell of both ends. */
const withPeer = ["latency", "transit"];

export class EndedSeries {
  readonly #cells = new EndedCells(MOST);
  readonly #labels = new Map<string, { pad: PadLabels; peer: PadLabels }>();
  /** Those that were added to since are made anew: an equal object tells that nothing was. */
  readonly #hops = new Map<string, LabelledCell>();

  add(cell: CellSnapshot, labels: MetricLabels): void {
    if (cell.kind === "state") return;
    const names = { pad: labels.pad(cell.pad), peer: labels.pad(cell.peer) };
    const name = JSON.stringify([cell.kind, names.pad, withPeer.includes(cell.kind) ? names.peer : null]);
    if (!this.#labels.has(name)) this.#labels.set(name, names);
    this.#cells.add(name, cell);
    this.#hops.delete(name);
    for (const dropped of this.#cells.drop()) {
      this.#labels.delete(dropped);
      this.#hops.delete(dropped);
    }
  }

  hops(): LabelledCell[] {
    return [...this.#cells.kept].flatMap(([name, cell]) => {
      const hop = this.#hops.get(name) ?? this.#hopOf(name, cell);
      return hop === undefined ? [] : [hop];
    });
  }

  #hopOf(name: string, cell: CellSnapshot): LabelledCell | undefined {
    const names = this.#labels.get(name);
    if (names === undefined) return undefined;
    const hop = { cell: { ...cell }, labels: { pad: (id: number) => (id === cell.pad ? names.pad : names.peer) } };
    this.#hops.set(name, hop);
    return hop;
  }

  /** Of the hops among `ended`, the target's totals, what is in no series. */
  rest(ended: readonly CellSnapshot[]): CellSnapshot | null {
    const [first, ...others] = this.#cells.rest(ended.filter(({ kind }) => kind === "chain" || kind === "pull"));
    if (first === undefined) return null;
    for (const cell of others) addCell(first, cell);
    return first;
  }
}
