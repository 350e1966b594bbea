// How does a spreadsheet read a recording? A row an element, a column a figure with its unit in the head; no cell is a formula.
// SPDX-License-Identifier: MPL-2.0

import { byCost, elementsOf } from "../analysis/headline.js";
import { measuredIn } from "../analysis/measured.js";
import { summarize } from "../analysis/summary.js";
import type { Distribution, ElementSummary } from "../model/element-summary.js";
import { type Chunks, type ExportSource, shown } from "./source.js";

/** null: not measured, which is an empty cell and no zero. */
type Cell = string | number | null;

interface Column {
  head: string;
  cell: (element: ElementSummary) => Cell;
}

const nanoseconds = (name: string, cell: Column["cell"]): Column => ({ head: `${name} [ns]`, cell });

const times = (name: string, of: (e: ElementSummary) => Distribution | null): Column[] => [
  { head: `${name} [calls]`, cell: (e) => of(e)?.count ?? null },
  nanoseconds(`${name} sum`, (e) => of(e)?.sumNs ?? null),
  nanoseconds(`${name} p50`, (e) => of(e)?.p50Ns ?? null),
  nanoseconds(`${name} p90`, (e) => of(e)?.p90Ns ?? null),
  nanoseconds(`${name} p99`, (e) => of(e)?.p99Ns ?? null),
  nanoseconds(`${name} max`, (e) => of(e)?.maxNs ?? null),
];

/** `counts`: whether buffers were counted at all. */
const columns = (counts: boolean, pipelineOf: (path: string) => string): Column[] => [
  { head: "pipeline", cell: ({ path }) => pipelineOf(path) },
  { head: "element", cell: ({ name }) => name },
  { head: "path", cell: ({ path }) => path },
  { head: "factory", cell: ({ factory }) => factory },
  { head: "plugin", cell: ({ plugin }) => plugin },
  nanoseconds("CPU time", (e) => e.cpuNs),
  nanoseconds("CPU time with what it called", (e) => e.cpuInclusiveNs),
  nanoseconds("wall time", (e) => e.wallNs),
  nanoseconds("ready without a CPU", (e) => e.readyNs),
  nanoseconds("blocked", (e) => e.blockedNs),
  { head: "buffers in [buffers]", cell: (e) => (counts ? e.buffersIn : null) },
  { head: "bytes in [bytes]", cell: (e) => (counts ? e.bytesIn : null) },
  { head: "buffers out [buffers]", cell: (e) => (counts ? e.buffersOut : null) },
  { head: "bytes out [bytes]", cell: (e) => (counts ? e.bytesOut : null) },
  ...times("exclusive", (e) => e.exclusive),
  ...times("inclusive", (e) => e.inclusive),
  ...times("own loop", (e) => e.driver),
  ...times("in the queue", (e) => e.queueWait),
  { head: "queue level, last [buffers]", cell: (e) => e.queueLevel?.last ?? null },
  { head: "queue level, highest [buffers]", cell: (e) => e.queueLevel?.highest ?? null },
  { head: "dropped [buffers]", cell: (e) => (counts ? e.drops : null) },
  { head: "flushed [buffers]", cell: (e) => (counts ? e.flushed : null) },
  nanoseconds("reported latency, least", (e) => e.reported?.minNs ?? null),
];

export async function elementCsv({ capture }: ExportSource): Promise<Chunks> {
  const summary = summarize(capture);
  const pipelines = new Map(
    summary.pipelines.flatMap(({ name, elements }) => elements.map(({ path }) => [path, name])),
  );
  const all = columns(measuredIn(capture).counts, (path) => pipelines.get(path) ?? "");
  const rows = byCost(elementsOf(summary)).map((element) => row(all.map(({ cell }) => cell(element))));
  return [row(all.map(({ head }) => head)), ...rows];
}

/** RFC 4180. */
const row = (cells: readonly Cell[]): string => `${cells.map(cellText).join(",")}\r\n`;

/** What a spreadsheet would take for a formula begins with an apostrophe, which it shows as text. */
function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(Math.round(cell));
  const text = shown(cell);
  const harmless = /^\s*[=+\-@|%\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n;\t]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
