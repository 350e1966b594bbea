// What does a pprof say, sample by sample? Read where it lies: nothing is made of a sample, so a million of them take no memory.
// SPDX-License-Identifier: MPL-2.0

import { VARINT } from "../encoding/wire-types.js";
import { type Numbers, ProtoCursor } from "./proto-cursor.js";

/** One sample; the same lists each time. */
export interface RawSample {
  /** Leaf first, at most MAX_DEPTH. */
  locations: Numbers;
  values: Numbers;
  /** Equal bytes are equal labels: see labels(). At `begin` the first one begins. */
  labels: { begin: number; end: number };
}

export interface RawLocation {
  /** Texts of its functions, leaf first: several where functions were inlined, none where nobody named it. */
  names: readonly number[];
  /** Text of the last one's system name. */
  systemName: number;
  /** File name. */
  module: string;
  address: number;
}

/** The tracer keeps 256 frames; a deeper stack was not made by it, and is cut at the root. */
export const MAX_DEPTH = 1024;
const MAX_LABELS = 32;
/** Of strings, and of everything that stands in a table. A profile of ours has some thousand. */
const MAX_ROWS = 200_000;
const MAX_TEXT = 16 * 1024;

const SAMPLE_TYPE = 1;
export const SAMPLE = 2;
const MAPPING = 3;
const LOCATION = 4;
const FUNCTION = 5;
const STRING = 6;
const TABLES = [SAMPLE_TYPE, MAPPING, LOCATION, FUNCTION, STRING];

/** Of a sample. */
const LABEL = 3;

export class Pprof extends ProtoCursor {
  /** Rows by the number of their table: begin, end, begin, end. */
  readonly #tables: number[][] = [];
  readonly #texts: (string | undefined)[] = [];
  /** All samples lie between them. */
  #samplesBegin = 0;
  #samplesEnd = 0;

  /** Throws when it is not well-formed. */
  constructor(bytes: Buffer) {
    super(bytes);
    for (const number of TABLES) this.#tables[number] = [];
    this.fields(0, bytes.length, (number, begin, end) => {
      const table = this.#tables[number];
      if (number === SAMPLE) this.#samplesEnd = end;
      else if (this.#samplesEnd === 0) this.#samplesBegin = end;
      if (table === undefined) return;
      if (table.length >= 2 * MAX_ROWS) throw new Error("more rows than a profile has");
      table.push(begin, end);
    });
  }

  text(index: number): string {
    const begin = this.#rows(STRING)[2 * index];
    const end = this.#rows(STRING)[2 * index + 1];
    if (begin === undefined || end === undefined) return "";
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const text = this.bytes.toString("utf8", begin, Math.min(end, begin + MAX_TEXT));
    this.#texts[index] = text;
    return text;
  }

  /** Which value of a sample is nanoseconds. */
  nanosecondValue(): number {
    let [found, at] = [-1, 0];
    this.#each(SAMPLE_TYPE, (type) => {
      if (found < 0 && this.text(type[2] ?? 0) === "nanoseconds") found = at;
      at++;
    });
    if (found < 0) throw new Error("no value in nanoseconds");
    return found;
  }

  samples(each: (sample: RawSample) => void): void {
    const sample: RawSample = { locations: noNumbers(), values: noNumbers(), labels: { begin: 0, end: 0 } };
    this.fields(this.#samplesBegin, this.#samplesEnd, (number, begin, end) => {
      if (number !== SAMPLE || begin === end) return;
      const next = this.at;
      this.#sample(begin, end, sample);
      this.at = next;
      each(sample);
    });
  }

  /** The bytes of all samples, and those of everything else: together they are the same profile. */
  parted(): { samples: Buffer; others: Buffer } {
    const parts: { samples: Buffer[]; others: Buffer[] } = { samples: [], others: [] };
    const end = this.bytes.length;
    let begin = 0;
    let isSample = false;
    const part = (to: number) => (isSample ? parts.samples : parts.others).push(this.bytes.subarray(begin, to));
    for (this.at = 0; this.at < end; ) {
      const from = this.at;
      const tag = this.varint(end);
      if (tag % 8 === VARINT) this.varint(end);
      else this.at = this.skip(tag % 8, end);
      if ((tag >>> 3 === SAMPLE) === isSample) continue;
      part(from);
      [begin, isSample] = [from, !isSample];
    }
    part(end);
    return { samples: Buffer.concat(parts.samples), others: Buffer.concat(parts.others) };
  }

  /** As the bytes say that a sample's labels are. */
  labels({ begin, end }: RawSample["labels"]): Map<string, string> {
    const labels = new Map<string, string>();
    this.fields(begin, end, (number, from, to) => {
      if (number !== LABEL || labels.size >= MAX_LABELS) return;
      const next = this.at;
      const numbers = this.numbers(from, to, blankRow());
      labels.set(this.text(numbers[1] ?? 0), this.text(numbers[2] ?? 0));
      this.at = next;
    });
    return labels;
  }

  /** What equal labels have in common, and others have not, behind `length` numbers of `key`. Returns its length, or -1. */
  keyOfLabels({ begin, end }: RawSample["labels"], key: Int32Array, length: number): number {
    return this.keyOf(begin, end, key, length);
  }

  /** The same of a text, without making one of it. */
  keyOfText(index: number, key: Int32Array, length: number): number {
    return this.keyOf(this.#rows(STRING)[2 * index] ?? 0, this.#rows(STRING)[2 * index + 1] ?? 0, key, length);
  }

  /** What each location is called, and where it is. */
  locations(each: (id: number, location: RawLocation) => void): void {
    // By the function's id. Ids may be anything: to go over all indexes could take for ever.
    const names: number[] = [];
    const systemNames: number[] = [];
    this.#each(FUNCTION, (row) => {
      names[row[1] ?? 0] = row[2] ?? 0;
      systemNames[row[1] ?? 0] = row[3] ?? 0;
    });
    let lines: number[] = [];
    let systemName = 0;
    const texts = this.#rows(STRING);
    const ofLine = blankRow();
    const line = (begin: number, end: number): void => {
      const id = this.numbers(begin, end, ofLine)[1] ?? 0;
      const name = names[id] ?? 0;
      systemName = systemNames[id] ?? 0;
      const empty = texts[2 * name] === texts[2 * name + 1];
      if (!empty && lines.length < MAX_DEPTH) lines.push(name);
    };
    const modules: string[] = [];
    this.#each(MAPPING, (mapping) => {
      modules[mapping[1] ?? 0] = fileName(this.text(mapping[5] ?? 0));
    });
    this.#each(
      LOCATION,
      (location) => {
        const module = modules[location[2] ?? 0] ?? "";
        each(location[1] ?? 0, { names: lines, systemName, module, address: location[3] ?? 0 });
        lines = [];
        systemName = 0;
      },
      line,
    );
  }

  #rows(number: number): number[] {
    return this.#tables[number] ?? [];
  }

  #each(table: number, row: (numbers: number[]) => void, inner?: (begin: number, end: number) => void): void {
    const rows = this.#rows(table);
    const numbers = blankRow();
    for (let i = 0; i < rows.length; i += 2) row(this.numbers(rows[i] ?? 0, rows[i + 1] ?? 0, numbers, inner));
  }

  #sample(begin: number, end: number, { locations, values, labels }: RawSample): void {
    locations.length = values.length = 0;
    labels.begin = labels.end = end;
    for (this.at = begin; this.at < end; ) {
      const from = this.at;
      const tag = this.varint(end);
      const number = tag >>> 3;
      if (tag % 8 === VARINT) this.#one(number, this.varint(end), locations, values);
      else {
        const to = this.skip(tag % 8, end);
        if (number === 1) this.packed(to, locations, MAX_DEPTH);
        else if (number === 2) this.packed(to, values, MAX_LABELS);
        else if (number === 3 && labels.begin === end) labels.begin = from;
        this.at = to;
      }
    }
  }

  #one(number: number, value: number, locations: Numbers, values: Numbers): void {
    if (number === 1 && locations.length < MAX_DEPTH) locations.items[locations.length++] = value;
    else if (number === 2 && values.length < MAX_LABELS) values.items[values.length++] = value;
  }
}

const noNumbers = (): Numbers => ({ items: [], length: 0 });
const blankRow = (): number[] => [0, 0, 0, 0, 0, 0, 0, 0];
const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
