// How does something that many have in common get a number, and how is that free again once nobody holds it?
// SPDX-License-Identifier: MPL-2.0

/** Equal rows have one number; a number that nobody holds any more is given to another row. */
export class SharedRows<Row> {
  readonly #keyOf: (row: Row) => string;
  readonly #bytesOf: (row: Row) => number;
  readonly #rows: Row[] = [];
  readonly #holders: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #bytes = 0;

  constructor(keyOf: (row: Row) => string, bytesOf: (row: Row) => number) {
    this.#keyOf = keyOf;
    this.#bytesOf = bytesOf;
  }

  /** Estimated memory of the rows that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** By number; what nobody holds is any row. */
  all(): Row[] {
    return this.#rows.slice();
  }

  at(number: number): Row {
    return this.#rows[number] as Row;
  }

  /** The row's number, held once more. */
  hold(row: Row): number {
    const key = this.#keyOf(row);
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.holdAt(known);
      return known;
    }
    const number = this.#free.pop() ?? this.#rows.length;
    this.#rows[number] = row;
    this.#holders[number] = 1;
    this.#numbers.set(key, number);
    this.#bytes += this.#bytesOf(row);
    return number;
  }

  /** The same of a number that somebody holds. */
  holdAt(number: number): void {
    this.#holders[number] = (this.#holders[number] ?? 0) + 1;
  }

  release(number: number): void {
    const left = (this.#holders[number] ?? 0) - 1;
    this.#holders[number] = left;
    if (left > 0) return;
    const row = this.at(number);
    this.#numbers.delete(this.#keyOf(row));
    this.#bytes -= this.#bytesOf(row);
    this.#free.push(number);
  }
}
