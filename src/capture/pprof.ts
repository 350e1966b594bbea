// What does a pprof say, sample by sample? Read where it lies: nothing is made of a sample, so a million of them take no memory.
// SPDX-License-Identifier: MPL-2.0

/** One sample; the same arrays each time. */
export interface RawSample {
  /** Leaf first, at most MAX_DEPTH. */
  locations: number[];
  values: number[];
  /** Alternating: index of the key's string, of the text's. */
  labels: number[];
}

/** The tracer keeps 256 frames; a deeper stack was not made by it, and is cut at the root. */
export const MAX_DEPTH = 1024;
const MAX_LABELS = 32;
/** Of strings, and of everything that stands in a table. A profile of ours has some thousand. */
const MAX_ROWS = 200_000;
const MAX_TEXT = 16 * 1024;

const SAMPLE_TYPE = 1;
const SAMPLE = 2;
const MAPPING = 3;
const LOCATION = 4;
const FUNCTION = 5;
const STRING = 6;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class Pprof {
  readonly #bytes: Buffer;
  /** Rows by the number of their table: begin, end, begin, end. */
  readonly #tables = new Map<number, number[]>();
  readonly #texts: (string | undefined)[] = [];
  #at = 0;

  /** Throws when it is not well-formed. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    for (const number of [SAMPLE_TYPE, MAPPING, LOCATION, FUNCTION, STRING]) this.#tables.set(number, []);
    this.#fields(0, bytes.length, (number, _value, begin, end) => {
      const table = this.#tables.get(number);
      if (table === undefined || begin < 0) return;
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
    const text = this.#bytes.toString("utf8", begin, Math.min(end, begin + MAX_TEXT));
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
    const sample: RawSample = { locations: [], values: [], labels: [] };
    this.#fields(0, this.#bytes.length, (number, _value, begin, end) => {
      if (number !== SAMPLE || begin < 0 || begin === end) return;
      const next = this.#at;
      this.#sample(begin, end, sample);
      this.#at = next;
      each(sample);
    });
  }

  /** Names of each location's frames, leaf first (it has several where functions were inlined), and its module's file name. */
  locations(each: (id: number, names: string[], module: string) => void): void {
    const names = this.#column(FUNCTION, 2);
    const files = this.#column(MAPPING, 5);
    let lines: string[] = [];
    const ofLine = blankRow();
    const line = (begin: number, end: number): void => {
      const name = this.text(names.get(this.#numbers(begin, end, ofLine)[1] ?? 0) ?? 0);
      if (name !== "" && lines.length < MAX_DEPTH) lines.push(name);
    };
    const modules = new Map<number, string>();
    for (const [id, file] of files) modules.set(id, fileName(this.text(file)));
    this.#each(
      LOCATION,
      (location) => {
        const module = modules.get(location[2] ?? 0) ?? "";
        if (lines.length === 0) lines.push(`${module || "?"}+0x${(location[3] ?? 0).toString(16)}`);
        each(location[1] ?? 0, lines, module);
        lines = [];
      },
      line,
    );
  }

  /** One number of each row of a table, by the row's id. */
  #column(table: number, number: number): Map<number, number> {
    const column = new Map<number, number>();
    this.#each(table, (row) => column.set(row[1] ?? 0, row[number] ?? 0));
    return column;
  }

  #rows(number: number): number[] {
    return this.#tables.get(number) ?? [];
  }

  #each(table: number, row: (numbers: number[]) => void, inner?: (begin: number, end: number) => void): void {
    const rows = this.#rows(table);
    const numbers = blankRow();
    for (let i = 0; i < rows.length; i += 2) row(this.#numbers(rows[i] ?? 0, rows[i + 1] ?? 0, numbers, inner));
  }

  #sample(begin: number, end: number, { locations, values, labels }: RawSample): void {
    locations.length = values.length = labels.length = 0;
    for (this.#at = begin; this.#at < end; ) {
      const tag = this.#varint(end);
      const number = tag >>> 3;
      if (tag % 8 === VARINT) this.#one(number, this.#varint(end), locations, values);
      else {
        const to = this.#skip(tag % 8, end);
        if (number === 1) this.#packed(to, locations, MAX_DEPTH);
        else if (number === 2) this.#packed(to, values, MAX_LABELS);
        else if (number === 3 && labels.length < 2 * MAX_LABELS) this.#label(to, labels);
        this.#at = to;
      }
    }
  }

  #one(number: number, value: number, locations: number[], values: number[]): void {
    if (number === 1 && locations.length < MAX_DEPTH) locations.push(value);
    else if (number === 2 && values.length < MAX_LABELS) values.push(value);
  }

  #packed(end: number, into: number[], most: number): void {
    while (this.#at < end && into.length < most) into.push(this.#varint(end));
  }

  #label(end: number, labels: number[]): void {
    let [key, text] = [0, 0];
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag % 8 !== VARINT) {
        this.#at = this.#skip(tag % 8, end);
        continue;
      }
      const value = this.#varint(end);
      if (tag >>> 3 === 1) key = value;
      else if (tag >>> 3 === 2) text = value;
    }
    labels.push(key, text);
  }

  /** The last number of each field below 16; `inner` sees messages of field 4, which are the lines of a location. */
  #numbers(from: number, to: number, numbers: number[], inner?: (begin: number, end: number) => void): number[] {
    numbers.fill(0);
    for (this.#at = from; this.#at < to; ) {
      const tag = this.#varint(to);
      const number = tag >>> 3;
      if (tag % 8 === VARINT) {
        const value = this.#varint(to);
        if (number < numbers.length) numbers[number] = value;
        continue;
      }
      const end = this.#skip(tag % 8, to);
      if (number === 4 && tag % 8 === BYTES) inner?.(this.#at, end);
      this.#at = end;
    }
    return numbers;
  }

  /** `begin` is -1 for a number. */
  #fields(from: number, to: number, each: (number: number, value: number, begin: number, end: number) => void): void {
    for (this.#at = from; this.#at < to; ) {
      const tag = this.#varint(to);
      const wire = tag % 8;
      const number = (tag - wire) / 8;
      if (wire === VARINT) each(number, this.#varint(to), -1, -1);
      else {
        const end = this.#skip(wire, to);
        const begin = this.#at;
        this.#at = end;
        if (wire === BYTES) each(number, 0, begin, end);
      }
    }
  }

  /** Where a field that is no varint ends; it begins where we are afterwards. */
  #skip(wire: number, most: number): number {
    const length = wire === BYTES ? this.#varint(most) : wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : Number.NaN;
    const end = this.#at + length;
    if (!(end <= most)) throw new Error("a field is cut off, or is none of protobuf");
    return end;
  }

  #varint(end: number): number {
    let value = 0;
    for (let scale = 1; this.#at < end && scale < 2 ** 70; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
    }
    throw new Error("a number is cut off");
  }
}

const blankRow = (): number[] => [0, 0, 0, 0, 0, 0, 0, 0];
const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
