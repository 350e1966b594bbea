// What did each hop count since the last look? Sums alone: a window needs no distribution, and this is a fraction of the work.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, type CellSnapshot, type FlowName, type HistogramCounts, isHop } from "../model/batch.js";
import { flowNames } from "../model/wire.js";

/** Kinds that a window is made of. */
const wanted: readonly CellKind[] = ["driver", "queue", "reported"];

const counts = ["buffers", "bytes", "invocations", "nested", "dropped", "flushed"] as const;

/** Cumulative numbers of one hop. */
interface Seen {
  cell: CellSnapshot;
  numbers: number[];
}

export class Growth {
  #before: ReadonlyMap<string, Seen>;

  /** What these counted is not new. */
  constructor(cells: readonly CellSnapshot[]) {
    this.#before = summed(cells);
  }

  /** `cells`: all that was ever counted. What a hop that is in them no more had counted was new at an earlier look. */
  look(cells: readonly CellSnapshot[]): CellSnapshot[] {
    const before = this.#before;
    const now = summed(cells);
    this.#before = now;
    return [...now].map(([key, seen]) => grown(seen, before.get(key)));
  }
}

/** A hop that ended and came again has several cells. */
function summed(cells: readonly CellSnapshot[]): Map<string, Seen> {
  const found = new Map<string, Seen>();
  for (const cell of cells) {
    if (!isHop(cell) && !wanted.includes(cell.kind)) continue;
    const key = `${cell.kind} ${cell.pad} ${cell.peer}`;
    const known = found.get(key);
    const numbers = numbersOf(cell);
    if (known === undefined) found.set(key, { cell, numbers });
    else found.set(key, { cell: later(known.cell, cell), numbers: numbers.map((n, i) => n + (known.numbers[i] ?? 0)) });
  }
  return found;
}

/** Levels are those of the one that is there now. */
const later = (a: CellSnapshot, b: CellSnapshot): CellSnapshot => (a.startUnixNs > b.startUnixNs ? a : b);

function numbersOf(cell: CellSnapshot): number[] {
  const numbers = [cell.inclusive.sumNs, cell.exclusive.sumNs];
  for (const name of counts) numbers.push(cell[name]);
  for (const name of flowNames) numbers.push(cell.flow[name]);
  return numbers;
}

function grown({ cell, numbers }: Seen, before: Seen | undefined): CellSnapshot {
  const more = (i: number): number => Math.max(0, (numbers[i] ?? 0) - (before?.numbers[i] ?? 0));
  const flow = {} as Record<FlowName, number>;
  for (let i = 0; i < flowNames.length; i++) flow[flowNames[i] as FlowName] = more(FIRST_FLOW + i);
  const isFact = cell.kind === "reported"; // what an element says of itself is no count
  const isRaised = cell.highestLevel > (before?.cell.highestLevel ?? 0);
  return {
    pad: cell.pad,
    peer: cell.peer,
    kind: cell.kind,
    startUnixNs: cell.startUnixNs,
    flow,
    inclusive: sumOf(more(0)),
    exclusive: sumOf(more(1)),
    buffers: more(2),
    bytes: isFact ? cell.bytes : more(3),
    invocations: more(4),
    nested: more(5),
    dropped: more(6),
    flushed: more(7),
    level: cell.level,
    highestLevel: isFact || isRaised ? cell.highestLevel : cell.level,
  };
}

/** Behind two sums and `counts`. */
const FIRST_FLOW = 2 + counts.length;

/** Nobody asks how many calls they were, and how these were distributed. */
const [none, some] = [Float64Array.of(0), Float64Array.of(1)];
const sumOf = (sumNs: number): HistogramCounts => ({
  counts: sumNs > 0 ? some : none,
  sumNs,
  minNs: null,
  maxNs: null,
});
