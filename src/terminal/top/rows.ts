// Which elements are rows of `top`, and what is each called?
// SPDX-License-Identifier: MPL-2.0

import { elementsOf } from "../../analysis/headline.js";
import { belowPipeline, pathParts } from "../../analysis/paths.js";
import type { ElementSummary } from "../../model/element-summary.js";
import { printable } from "../../model/printable.js";
import type { Summary } from "../../model/summary.js";
import { cellWidth } from "../columns.js";

export interface RowNames {
  of: (e: ElementSummary) => string;
  /** Cells of the longest one. */
  width: number;
}

/** With its pipeline where there are several. */
export function rowNames({ pipelines }: Summary, rows: readonly ElementSummary[]): RowNames {
  const several = pipelines.filter(({ elements }) => elements.length > 0).length > 1;
  const of = ({ path }: ElementSummary): string =>
    (several ? pathParts(path).join("/") : belowPipeline(path)) || pathParts(path).join("/");
  return { of, width: rows.reduce((most, row) => Math.max(most, cellWidth(printable(of(row)))), MIN_NAME) };
}

const MIN_NAME = 12;

/** All but bins in which nothing burned; `filter`: a part of the path or of the factory, in small or large letters. */
export function shownElements(summary: Summary, filter: string): ElementSummary[] {
  const wanted = filter.toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  return elementsOf(summary).filter((e) => (!e.bin || e.cpuNs > 0) && (has(e.path) || has(e.factory)));
}
