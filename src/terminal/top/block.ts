// What does `top` print where no person looks? A block of lines each time, with the time it was taken at.
// SPDX-License-Identifier: MPL-2.0

import pico from "picocolors";
import { printable } from "../../model/printable.js";
import { firstRows } from "../columns.js";
import { rowsOf } from "./frame.js";
import { measuredOf, type Seen, sentenceOf, whoAndLosses } from "./heading.js";
import { liveColumns } from "./live-columns.js";
import { rowNames } from "./rows.js";
import type { View } from "./view.js";

export interface BlockOptions {
  /** ISO 8601. */
  at: string;
  columns: number;
  colour: boolean;
  range: number | null;
}

export function block(seen: Seen, view: View, { at, columns, colour, range }: BlockOptions): string {
  const paint = pico.createColors(colour);
  const rows = rowsOf(seen, view);
  const names = rowNames(seen.summary, rows);
  const [who = "", losses = ""] = whoAndLosses(seen, range, paint, columns);
  const lines = [
    `${at} ${who}`,
    printable(sentenceOf(seen)),
    ...firstRows(liveColumns(seen.summary, measuredOf(seen), paint, names), rows, "element", columns),
    losses,
    "",
  ];
  return `${lines.join("\n")}\n`;
}
