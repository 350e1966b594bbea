// What did each hop count since the last look? Sums alone, in columns: a window needs no distribution, and makes no object for a number.
// SPDX-License-Identifier: MPL-2.0

import { type CellKind, type CellSnapshot, type FlowName, isHop } from "../model/batch.js";
import { flowNames } from "../model/wire.js";

/** A pair of pads. Cells of one that ended and came again are one hop. */
export interface Hop {
  kind: CellKind;
  pad: number;
  peer: number;
}

/** Flow returns that are no success. */
export const failures = flowNames.filter((name) => name !== "ok");

/** Of a row. Failures follow, each by its place in the list. */
export const grownColumns = { inclusiveNs: 0, exclusiveNs: 1, buffers: 2, bytes: 3, dropped: 4, failures: 5 } as const;
const { inclusiveNs, exclusiveNs, buffers, bytes, dropped, failures: firstFailure } = grownColumns;
export const GROWN_WIDTH = firstFailure + failures.length;

/** Kinds that a window is made of. */
const isWanted = ({ kind }: Hop): boolean => kind === "driver" || kind === "queue" || isHop({ kind });

/** Cells of a look: which they are. */
interface Layout {
  hops: readonly Hop[];
  byKey: ReadonlyMap<string, number>;
  /** Of each cell; -1: of none. */
  hopOf: Int32Array;
  cells: readonly Hop[];
  /** By sink pad: hops whose buffers went into it. */
  into: ReadonlyMap<number, readonly number[]>;
}

const noLayout: Layout = { hops: [], byKey: new Map(), hopOf: new Int32Array(0), cells: [], into: new Map() };

export class Growth {
  #layout = noLayout;
  /** All that was counted, at the look before and at this one. */
  #before = new Float64Array(0);
  #now = new Float64Array(0);
  /** Of each hop the cell that began last: what is inside of a queue is inside of that one. */
  #latest = new Int32Array(0);
  #highestBefore = new Float64Array(0);
  /** Rows of GROWN_WIDTH numbers, a row a hop. */
  grown = new Float64Array(0);
  /** By hop: buffers inside of a queue now, and the most that are known to have been inside since the last look. */
  levels = new Float64Array(0);
  highest = new Float64Array(0);

  /** What these counted is not new. */
  constructor(cells: readonly CellSnapshot[]) {
    this.look(cells);
  }

  /** Another list, other hops. */
  get hops(): readonly Hop[] {
    return this.#layout.hops;
  }

  /** What a sink pad got; undefined: it has no hop. */
  get(pad: number): { buffers: number; bytes: number } | undefined {
    const hops = this.#layout.into.get(pad);
    if (hops === undefined) return undefined;
    const sum = (column: number): number =>
      hops.reduce((all, hop) => all + (this.grown[hop * GROWN_WIDTH + column] as number), 0);
    return { buffers: sum(buffers), bytes: sum(bytes) };
  }

  /** `cells`: all that was ever counted. What a hop that is in them no more had counted was new at an earlier look. */
  look(cells: readonly CellSnapshot[]): void {
    if (!this.#isLaidOut(cells)) this.#lay(cells);
    const { hopOf } = this.#layout;
    this.#now.fill(0);
    this.#latest.fill(-1);
    for (let i = 0; i < cells.length; i++) {
      const hop = hopOf[i] as number;
      if (hop >= 0) this.#add(hop, i, cells);
    }
    this.#compare();
    for (let hop = 0; hop < this.#latest.length; hop++) this.#level(hop, cells[this.#latest[hop] ?? 0]);
  }

  #isLaidOut(all: readonly CellSnapshot[]): boolean {
    const { cells } = this.#layout;
    if (all.length !== cells.length) return false;
    return all.every(({ pad, peer, kind }, i) => {
      const known = cells[i] as Hop;
      return pad === known.pad && peer === known.peer && kind === known.kind;
    });
  }

  /** What was counted before goes along by name. */
  #lay(all: readonly CellSnapshot[]): void {
    const former = this.#layout.byKey;
    this.#layout = layoutOf(all);
    const was = Array.from(this.#layout.byKey.keys(), (key) => former.get(key));
    const count = was.length;
    this.#before = carried(this.#before, was, GROWN_WIDTH);
    this.#highestBefore = carried(this.#highestBefore, was, 1);
    this.#latest = new Int32Array(count);
    [this.#now, this.grown] = [new Float64Array(count * GROWN_WIDTH), new Float64Array(count * GROWN_WIDTH)];
    [this.levels, this.highest] = [new Float64Array(count), new Float64Array(count)];
  }

  #add(hop: number, index: number, cells: readonly CellSnapshot[]): void {
    const cell = cells[index] as CellSnapshot;
    const { flow } = cell;
    const now = this.#now;
    const at = hop * GROWN_WIDTH;
    now[at + inclusiveNs] = (now[at + inclusiveNs] as number) + cell.inclusive.sumNs;
    now[at + exclusiveNs] = (now[at + exclusiveNs] as number) + cell.exclusive.sumNs;
    now[at + buffers] = (now[at + buffers] as number) + cell.buffers;
    now[at + bytes] = (now[at + bytes] as number) + cell.bytes;
    now[at + dropped] = (now[at + dropped] as number) + cell.dropped;
    for (let i = 0; i < failures.length; i++)
      now[at + firstFailure + i] = (now[at + firstFailure + i] as number) + flow[failures[i] as FlowName];
    const known = this.#latest[hop] as number;
    if (known < 0 || !((cells[known] as CellSnapshot).startUnixNs > cell.startUnixNs)) this.#latest[hop] = index;
  }

  #compare(): void {
    const [before, now, grown] = [this.#before, this.#now, this.grown];
    for (let i = 0; i < now.length; i++) grown[i] = Math.max(0, (now[i] as number) - (before[i] as number));
    [this.#before, this.#now] = [now, before];
  }

  /** The most of all time is that of the window when it was raised in it. */
  #level(hop: number, cell: CellSnapshot | undefined): void {
    const { level, highestLevel } = cell ?? { level: 0, highestLevel: 0 };
    this.levels[hop] = level;
    this.highest[hop] = highestLevel > (this.#highestBefore[hop] as number) ? highestLevel : level;
    this.#highestBefore[hop] = highestLevel;
  }
}

function layoutOf(all: readonly CellSnapshot[]): Layout {
  const cells = all.map(({ kind, pad, peer }): Hop => ({ kind, pad, peer }));
  const byKey = new Map<string, number>();
  const hops: Hop[] = [];
  const hopOf = Int32Array.from(cells, (cell) => {
    if (!isWanted(cell)) return -1;
    const key = `${cell.kind} ${cell.pad} ${cell.peer}`;
    const hop = byKey.get(key) ?? hops.push(cell) - 1;
    byKey.set(key, hop);
    return hop;
  });
  const into = new Map<number, number[]>();
  for (const [hop, { kind, pad, peer }] of hops.entries()) {
    if (!isHop({ kind })) continue;
    const sink = kind === "pull" ? peer : pad;
    into.set(sink, [...(into.get(sink) ?? []), hop]);
  }
  return { hops, byKey, hopOf, cells, into };
}

/** Rows of `width` numbers at their new places; a row that was not there is 0. `was`: the former place of each. */
function carried(rows: Float64Array, was: readonly (number | undefined)[], width: number): Float64Array<ArrayBuffer> {
  const moved = new Float64Array(was.length * width);
  for (const [to, from] of was.entries())
    if (from !== undefined) moved.set(rows.subarray(from * width, (from + 1) * width), to * width);
  return moved;
}
