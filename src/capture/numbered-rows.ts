// Which rows has a table whose rows are numbered, each once?
// SPDX-License-Identifier: MPL-2.0

/** Rows by what they say; numbered from 1. */
export class NumberedRows<Row> {
  readonly #byKey = new Map<string, Row>();
  rows: Row[] = [];

  row(key: string, make: (id: number) => Row): Row {
    let row = this.#byKey.get(key);
    if (row === undefined) {
      row = make(this.rows.length + 1);
      this.rows.push(row);
      this.#byKey.set(key, row);
    }
    return row;
  }

  only(wanted: (row: Row) => boolean): void {
    this.rows = this.rows.filter(wanted);
  }
}
