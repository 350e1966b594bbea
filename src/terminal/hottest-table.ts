// In which functions does the costliest element burn its CPU time? Five lines of the text report.
// SPDX-License-Identifier: MPL-2.0

import { byCost, elementsOf } from "../analysis/headline.js";
import { type HotFunction, hottestFunctions } from "../analysis/hottest-functions.js";
import { milliseconds, shorten, tenths } from "../analysis/units.js";
import { printable } from "../model/printable.js";
import type { Recording } from "../model/recording.js";
import type { Summary } from "../model/summary.js";
import { type Column, table } from "./columns.js";

const MOST = 5;
const NAME_LENGTH = 60;

/** No lines where no CPU time fell on any element. */
export function hottestTable({ cpu }: Pick<Recording, "cpu">, summary: Summary, width: number): string[] {
  const [element] = byCost(elementsOf(summary));
  if (element === undefined || element.cpuNs === 0) return [];
  const functions = hottestFunctions(cpu, MOST, element.path)[element.path] ?? [];
  if (functions.length === 0) return [];
  const columns: Column<HotFunction>[] = [
    { title: printable(`HOTTEST IN ${shorten(element.name, 32)}`), align: "left", priority: 0, cell: ({ name }) => shorten(name, NAME_LENGTH) }, // biome-ignore format: one column a line
    { title: "SELF %", align: "right", priority: 0, cell: ({ ns }) => tenths(ns / element.cpuNs) },
    { title: "SELF ms", align: "right", priority: 1, cell: ({ ns }) => milliseconds(ns) },
    { title: "TOTAL ms", align: "right", priority: 2, cell: ({ totalNs }) => milliseconds(totalNs) },
    { title: "MODULE", align: "left", priority: 3, cell: ({ module }) => module },
  ];
  return table(columns, functions, width);
}
