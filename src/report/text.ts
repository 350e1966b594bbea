// What does a person see on a terminal? Twelve lines after `run`, everything for `report --text`.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import pico from "picocolors";
import type { Capture } from "../capture/reader.js";
import { printable } from "../model/printable.js";
import type { ElementSummary, LatencySummary, Summary } from "../model/summary.js";
import { andMore, type Column, cut, firstRows, table, wrap } from "./columns.js";
import { cpuSentence } from "./cpu-account.js";
import { byCost, elementsOf, headline, isMeasured, ownTime } from "./headline.js";
import { lossesOf } from "./losses.js";
import { type Measured, measuredIn } from "./measured.js";
import { namesAdvice } from "./names.js";
import { pathParts } from "./paths.js";
import { summarize } from "./summary.js";
import { bytes, count, duration, milliseconds, percent, plural, shorten, tenths } from "./units.js";
import { largestParts } from "./waterfall.js";
import { waits, workers } from "./whole-process.js";

export interface TextOptions {
  columns: number;
  colour: boolean;
}

const MAX_LINES = 12;

type Paint = ReturnType<typeof pico.createColors>;

/** At most 12 lines, the last ones `more`; `htmlPath`, where the report lies, is never cut: it is there to be opened. */
export function shortText(capture: Capture, htmlPath: string | null, options: TextOptions, more: string[] = []) {
  const summary = summarize(capture);
  const paint = pico.createColors(options.colour);
  const width = Math.max(20, Math.min(options.columns, 80));
  const head = wrap(headline(summary).sentence, width).slice(0, 3);
  const tail = [
    ...(summary.complete ? [] : [cut("The capture is not complete; this is what it holds.", width)]),
    cut(printable(lossLine(summary, capture)), width),
    ...(htmlPath === null ? [] : [printable(`Report: ${htmlPath}`)]),
    ...more.map((line) => cut(printable(line), width)),
  ];
  const elements = byCost(elementsOf(summary)).filter((e) => !e.bin || e.cpuNs > 0);
  const room = MAX_LINES - head.length - tail.length - 1;
  const shown = elements.length <= room ? elements : elements.slice(0, room - 1);
  const body = elements.length === 0 ? [] : table(shortColumns(summary, measuredIn(capture), paint), shown, width);
  if (shown.length < elements.length)
    body.push(cut(`and ${plural(elements.length - shown.length, "more element")}`, width));
  return finish([...head.map(paint.bold), ...dimHead(body, paint), ...tail]);
}

export function wideText(capture: Capture, options: TextOptions): string {
  const summary = summarize(capture);
  const paint = pico.createColors(options.colour);
  const width = Math.max(40, options.columns);
  const { sentence, detail } = headline(summary);
  const lines = [
    ...wrap(sentence, width).map(paint.bold),
    ...(detail === "" ? [] : wrap(detail, width)),
    ...facts(summary, capture).flatMap((line) => wrap(line, width)),
  ];
  const columns = wideColumns(summary, measuredIn(capture), paint);
  for (const pipeline of summary.pipelines.slice(0, MOST_PIPELINES)) {
    lines.push("", cut(printable(`Pipeline ${pipeline.name}`), width));
    lines.push(...dimHead(firstRows(columns, byCost(pipeline.elements), "element", width), paint));
    const ways = summary.latency.filter((way) => way.pipeline === pipeline.name);
    if (ways.length > 0) lines.push("", ...dimHead(firstRows(latencyColumns, ways, "way", width), paint));
  }
  lines.push(...andMore(summary.pipelines.length - MOST_PIPELINES, "pipeline"));
  lines.push(...slowest(summary, paint, width));
  lines.push("", ...threads(summary, paint, width));
  lines.push(...closing(summary, capture).flatMap((line) => wrap(line, width)));
  return finish(lines);
}

/** Of a terminal; `report --json` has all. */
const MOST_PIPELINES = 50;

function nameColumn(): Column<ElementSummary> {
  return { title: "ELEMENT", align: "left", priority: 0, cell: (e) => e.name };
}

function cpuColumns(summary: Summary, paint: Paint): Column<ElementSummary>[] {
  const total = summary.profile.cpu?.totalNs ?? 0;
  const measured = (text: string): string => (total > 0 ? text : "-");
  const hot = (text: string, e: ElementSummary): string => (e.cpuNs >= 0.25 * total ? paint.yellow(text) : text);
  return [
    {
      title: "CPU %",
      align: "right",
      priority: 0,
      cell: (e) => measured(tenths(e.cpuNs / total)),
      ...(total > 0 && { paint: hot }),
    },
    { title: "CPU ms", align: "right", priority: 4, cell: (e) => measured(milliseconds(e.cpuNs)) },
  ];
}

/** With everything that it called or that lies inside of it. */
const inclusiveShare = (e: ElementSummary, summary: Summary): string =>
  e.cpuInclusiveNs === null ? "-" : tenths(e.cpuInclusiveNs / Math.max(1, summary.profile.cpu?.totalNs ?? 0));

const mean = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.sumNs / h.count));
const p50 = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.p50Ns));
const p99 = (h: ElementSummary["exclusive"]): string => (h === null ? "-" : duration(h.p99Ns));

/** "-" where nothing was counted. */
const counted = (n: number, { counts }: Measured): string => (counts ? count(n) : "-");

/** A source receives nothing: its buffers are those that it sends. */
export const buffersOf = (e: ElementSummary): number => (e.buffersIn > 0 ? e.buffersIn : e.buffersOut);

function shortColumns(summary: Summary, measured: Measured, paint: Paint): Column<ElementSummary>[] {
  return [
    nameColumn(),
    ...cpuColumns(summary, paint),
    { title: "EXCL MEAN", align: "right", priority: 1, cell: (e) => mean(ownTime(e)) },
    { title: "EXCL P99", align: "right", priority: 3, cell: (e) => p99(ownTime(e)) },
    { title: "BUFFERS", align: "right", priority: 2, cell: (e) => counted(buffersOf(e), measured) },
  ];
}

function wideColumns(summary: Summary, measured: Measured, paint: Paint): Column<ElementSummary>[] {
  return [
    { ...nameColumn(), cell: (e) => pathParts(e.path).slice(1).join("/") },
    { title: "FACTORY", align: "left", priority: 8, cell: (e) => cut(e.factory, 24) },
    ...cpuColumns(summary, paint),
    { title: "TOTAL %", align: "right", priority: 4, cell: (e) => inclusiveShare(e, summary) },
    { title: "EXCL MEAN", align: "right", priority: 1, cell: (e) => mean(ownTime(e)) },
    { title: "P50", align: "right", priority: 6, cell: (e) => p50(ownTime(e)) },
    { title: "P99", align: "right", priority: 3, cell: (e) => p99(ownTime(e)) },
    { title: "BLOCKED", align: "right", priority: 5.5, cell: blockedText },
    { title: "ON", align: "left", priority: 5.7, cell: blockedOnText },
    { title: "QUEUE P50", align: "right", priority: 7.5, cell: (e) => p50(e.queueWait) },
    { title: "INCL MEAN", align: "right", priority: 7, cell: (e) => mean(e.inclusive) },
    { title: "IN", align: "right", priority: 2, cell: (e) => counted(e.buffersIn, measured) },
    { title: "OUT", align: "right", priority: 5, cell: (e) => counted(e.buffersOut, measured) },
    { title: "FLOW", align: "left", priority: 9, cell: flowText },
  ];
}

/** Where there are no figures, or not for all buffers, the reason ends the line. */
const latencyColumns: Column<LatencySummary>[] = [
  { title: "LATENCY FROM", align: "left", priority: 0, cell: (l) => pathParts(l.source).slice(1).join("/") },
  { title: "TO", align: "left", priority: 0, cell: (l) => cut(pathParts(l.sink).slice(1).join("/"), 24) },
  { title: "P50", align: "right", priority: 0, cell: (l) => span(l.p50Ns) },
  { title: "P99", align: "right", priority: 1, cell: (l) => span(l.p99Ns) },
  { title: "MAX", align: "right", priority: 2, cell: (l) => span(l.maxNs) },
  { title: "FIRST", align: "right", priority: 4, cell: (l) => span(l.firstBuffer?.travelNs) },
  { title: "BUFFERS", align: "right", priority: 3, cell: (l) => count(l.arrived) },
  { title: "NOTE", align: "left", priority: 5, cell: (l) => l.reason ?? "" },
];
const span = (ns: number | null | undefined): string => (ns == null ? "-" : duration(ns));

/** Share of the wall time in its functions and its loop that it was not on a CPU: it waits, for data, room or the clock. */
const blockedText = (e: ElementSummary): string =>
  e.blockedNs === null || e.wallNs === null || !isMeasured(e) ? "-" : percent(e.blockedNs / e.wallNs);

/** What it waits in most. */
function blockedOnText(e: ElementSummary): string {
  const most = Object.entries(e.blockedOn ?? {}).sort(([, a], [, b]) => b - a)[0];
  return most === undefined || blockedText(e) === "-" ? "-" : most[0];
}

/** What it returned besides "ok", which goes without saying, and what it dropped. */
export function flowText(e: ElementSummary): string {
  const others = Object.entries(e.flow).filter(([name]) => name !== "ok");
  const dropped = e.drops > 0 ? [`dropped ${count(e.drops)}`] : [];
  const flushed = e.flushed > 0 ? [`flushed ${count(e.flushed)}`] : [];
  return [...dropped, ...flushed, ...others.map(([name, n]) => `${name} ${count(n)}`)].join(", ");
}

function lossLine(summary: Summary, capture: Capture): string {
  const losses = lossesOf(summary.losses, capture.file.lossHelp);
  const said = losses.map((loss) => `${loss.reason} ${count(loss.count)}`).join(", ");
  const samples = summary.profile.cpu === null ? "" : ` of ${plural(summary.profile.cpu.samples, "sample")}`;
  return said === "" ? `Lost: nothing${samples}` : `Lost: ${said}${samples === "" ? "" : ` (${samples.slice(4)})`}`;
}

function facts(summary: Summary, { dir, otherProcesses }: Capture): string[] {
  const { command, pid, startTime, durationNs, cpu } = summary.target;
  return [
    `Command: ${command} (pid ${pid})`,
    `Watched from ${startTime} for ${duration(durationNs)}. ${cpuSentence(cpu)}`,
    ...(summary.complete ? [] : ["The capture is not complete; this is what it holds."]),
    ...(otherProcesses.length === 0
      ? []
      : [`Other processes of the run: ${otherProcesses.map((folder) => join(dir, folder)).join(", ")}`]),
  ];
}

const SLOWEST = 3;
const PARTS = 3;

/** The slowest traced buffers, each with what took longest. */
function slowest({ traces }: Summary, paint: Paint, width: number): string[] {
  if (traces === null) return [];
  const name = (path: string) => shorten(pathParts(path).slice(1).join("/") || path, 32);
  const shown = traces.slowest.slice(0, SLOWEST).flatMap((buffer) => {
    const parts = largestParts(buffer, PARTS).map(
      ({ element, ns, what }) => `${duration(ns)} ${what} ${name(element)}`,
    );
    return wrap(`${duration(buffer.durationNs)}: ${parts.join(", ")}`, width);
  });
  return ["", paint.dim(cut(`SLOWEST OF ${count(traces.traces)} TRACED BUFFERS`, width)), ...shown];
}

function threads(summary: Summary, paint: Paint, width: number): string[] {
  const cpu = summary.profile.cpu;
  if (cpu === null || cpu.totalNs === 0) return [];
  const busiest = Object.entries(cpu.byThread).sort((a, b) => b[1] - a[1]);
  const columns: Column<[string, number]>[] = [
    { title: "THREAD", align: "left", priority: 0, cell: ([name]) => name },
    { title: "CPU %", align: "right", priority: 0, cell: ([, ns]) => tenths(ns / cpu.totalNs) },
    { title: "CPU ms", align: "right", priority: 1, cell: ([, ns]) => milliseconds(ns) },
  ];
  return [...dimHead(firstRows(columns, busiest, "thread", width), paint), ""];
}

function closing(summary: Summary, capture: Capture): string[] {
  const { profile, overhead } = summary;
  const { cpu, wall } = profile;
  const lines = [`${lossLine(summary, capture)}.`];
  for (const { reason, help } of lossesOf(summary.losses, capture.file.lossHelp))
    if (help !== "") lines.push(`  ${reason}: ${help}`);
  if (cpu !== null && cpu.samples > 0) {
    lines.push(
      `Stacks: ${percent(cpu.reachedRoot / cpu.samples)} reach the thread's first frame, ${percent(cpu.inferred / cpu.samples)} inferred, mean depth ${cpu.meanDepth.toFixed(1)}, ${percent(cpu.framesNamed / Math.max(1, cpu.frames))} of the frames have a name.`,
    );
  }
  if (capture.file.settings.engine !== "") lines.push(`Sampled by ${capture.file.settings.engine}.`);
  lines.push(...workers(summary.losses));
  if (wall !== null && wall.totalNs > 0) lines.push(`Wall time of all threads: ${waits(wall)}.`);
  lines.push(
    `Overhead: ${duration(overhead.perBufferNs)} a buffer, ${duration(overhead.handlerNsP50)} a sample (99 %: ${duration(overhead.handlerNsP99)}); agent ${duration(overhead.agentCpuNs)} of CPU time, ${bytes(overhead.agentRssBytes)}.`,
  );
  return [...lines, ...namesAdvice(capture.file.modules)];
}

function dimHead(lines: string[], paint: Paint): string[] {
  return lines.map((line, i) => (i === 0 ? paint.dim(line) : line));
}

const finish = (lines: string[]): string => `${lines.join("\n")}\n`;
