// Which cells make up one series, and is it as it was at the look before? Cells are added up once, as long as none of them moves.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../model/batch.js";
import { addCell, copyCell } from "../model/cells.js";
import {
  type CellNames,
  type LabelledCell,
  type NamedPer,
  namesOf,
  type PadLabels,
  type Place,
  pers,
  placesOf,
  type Series,
} from "./series.js";

interface KnownSeries extends Series {
  cells: readonly CellSnapshot[];
}

interface KnownCell {
  names: CellNames | null;
  places: readonly Place[];
}

/** A cell that did not move is the same object at the next look (CellLook), so its series is. */
export class SeriesTable {
  /** Of the last look: cells come in the order of their claims, until one is given to another pair. */
  #known = new Map<string, KnownSeries>();
  readonly #cells = new WeakMap<CellSnapshot, KnownCell>();

  /** In the order of their first cells. A series that did not change is the same object as the last time. */
  group(hops: Iterable<LabelledCell>): Record<NamedPer, Series[]> {
    const series = Object.fromEntries(pers.map((per): [NamedPer, Series[]] => [per, []])) as Record<NamedPer, Series[]>;
    const known = new Map<string, KnownSeries>();
    for (const [name, { place, cells }] of this.#gathered(hops)) {
      const before = this.#known.get(name);
      const one = before !== undefined && areSame(before.cells, cells) ? before : added(place, cells, before);
      known.set(name, one);
      series[place.per].push(one);
    }
    this.#known = known;
    return series;
  }

  #gathered(hops: Iterable<LabelledCell>): Map<string, { place: Place; cells: CellSnapshot[] }> {
    const gathered = new Map<string, { place: Place; cells: CellSnapshot[] }>();
    for (const hop of hops) {
      for (const place of this.#placesOf(hop)) {
        const others = gathered.get(place.name);
        if (others === undefined) gathered.set(place.name, { place, cells: [hop.cell] });
        else others.cells.push(hop.cell);
      }
    }
    return gathered;
  }

  /** What a pad is called can change without its cell. */
  #placesOf(hop: LabelledCell): readonly Place[] {
    const names = namesOf(hop);
    const known = this.#cells.get(hop.cell);
    if (known !== undefined && areEqual(known.names, names)) return known.places;
    const places = placesOf(hop.cell, names);
    this.#cells.set(hop.cell, { names, places });
    return places;
  }
}

/** Its start stays what it was. */
function added(place: Place, cells: readonly CellSnapshot[], before: KnownSeries | undefined): KnownSeries {
  const [first, ...others] = cells as [CellSnapshot, ...CellSnapshot[]];
  const sum = others.length === 0 ? { ...first } : copyCell(first);
  for (const cell of others) addCell(sum, cell);
  sum.startUnixNs = before?.sum.startUnixNs ?? first.startUnixNs;
  return { attributes: place.attributes, sum, cells };
}

const areSame = (a: readonly object[], b: readonly object[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

const parts: readonly (keyof PadLabels)[] = ["pipeline", "element", "factory", "pad"];

const areEqual = (a: CellNames | null, b: CellNames | null): boolean =>
  a === b || (a !== null && b !== null && a.source === b.source && parts.every((part) => a.pad[part] === b.pad[part]));
