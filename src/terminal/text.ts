// What does a person see on a terminal? Twelve lines after `run`, everything for `report --text`.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import pico from "picocolors";
import { byCost, elementsOf, headline } from "../analysis/headline.js";
import { interpreterNote } from "../analysis/interpreter.js";
import { measuredIn } from "../analysis/measured.js";
import { nameShares, namesAdvice, readable } from "../analysis/names.js";
import { symbolizeAdvice } from "../analysis/names-later.js";
import { belowPipeline } from "../analysis/paths.js";
import { summarize } from "../analysis/summary.js";
import { bytes, count, duration, milliseconds, percent, plural, shorten, tenths } from "../analysis/units.js";
import { largestParts } from "../analysis/waterfall.js";
import { account, workers } from "../analysis/whole-process.js";
import { printable } from "../model/printable.js";
import type { Recording } from "../model/recording.js";
import type { ProfileSummary, Summary } from "../model/summary.js";
import { andMore, type Column, cut, firstRows, table, wrap } from "./columns.js";
import { legend, shortColumns, wideColumns } from "./element-columns.js";
import { hottestTable } from "./hottest-table.js";
import { latencies } from "./latency-table.js";
import { lossLine, lossLines, type Paint } from "./loss-text.js";

export interface TextOptions {
  columns: number;
  colour: boolean;
}

const MAX_LINES = 12;

/** At most 12 lines, the last ones `more`; `htmlPath`, where the report lies, is never cut: it is there to be opened. */
export function shortText(capture: Recording, htmlPath: string | null, options: TextOptions, more: string[] = []) {
  const summary = summarize(capture);
  const paint = pico.createColors(options.colour);
  const width = Math.max(20, Math.min(options.columns, 80));
  const head = wrap(headline(summary).sentence, width).slice(0, 3);
  const tail = [
    ...(summary.complete ? [] : [cut("The capture is not complete; this is what it holds.", width)]),
    lossLine(capture.facts, summary, paint, width),
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

export function wideText(capture: Recording, options: TextOptions): string {
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
    if (ways.length > 0) lines.push("", ...dimHead(latencies(ways, width), paint));
  }
  lines.push(...andMore(summary.pipelines.length - MOST_PIPELINES, "pipeline"));
  lines.push(...slowest(summary, paint, width));
  const functions = hottestTable(capture, summary, width);
  if (functions.length > 0) lines.push("", ...dimHead(functions, paint));
  lines.push("", ...threads(summary, paint, width));
  lines.push(...lossLines(capture.facts, summary, paint, width));
  lines.push(...closing(summary, capture).flatMap((line) => wrap(line, width)));
  const advice = symbolizeAdvice(capture);
  if (advice !== null) lines.push(...wrap(advice.sentence, width), printable(advice.command));
  if (summary.pipelines.length > 0) lines.push("", ...wrap(legend(summary, measuredIn(capture), paint), width));
  return finish(lines);
}

/** Of a terminal; `report --json` has all. */
const MOST_PIPELINES = 50;

function facts(summary: Summary, { dir, otherProcesses }: Recording): string[] {
  const { command, pid, startTime, durationNs } = summary.target;
  return [
    `Command: ${command} (pid ${pid})`,
    `Watched from ${startTime} for ${duration(durationNs)}.`,
    ...account(summary),
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
  const name = (path: string) => shorten(belowPipeline(path) || path, 32);
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

function closing(summary: Summary, capture: Recording): string[] {
  const { profile, overhead } = summary;
  const { cpu } = profile;
  const lines: string[] = [];
  if (cpu !== null && cpu.samples > 0) {
    lines.push(
      `Stacks: ${percent(cpu.reachedRoot / cpu.samples)} reach the thread's first frame, ${percent(cpu.inferred / cpu.samples)} inferred, mean depth ${cpu.meanDepth.toFixed(1)}.`,
      `Frames with a name: ${framesWithName(cpu)}.`,
    );
  }
  if (capture.facts.settings.engine !== "") lines.push(`Sampled by ${capture.facts.settings.engine}.`);
  lines.push(...workers(summary.counters));
  lines.push(
    `Overhead: ${duration(overhead.perBufferNs)} a buffer, ${duration(overhead.handlerNsP50)} a sample (99 %: ${duration(overhead.handlerNsP99)}); agent ${duration(overhead.agentCpuNs)} of CPU time, ${bytes(overhead.agentRssBytes)}.`,
  );
  const interpreter = interpreterNote([capture.cpu, capture.wall]);
  return [...lines, ...(interpreter === "" ? [] : [interpreter]), ...namesAdvice(capture.facts.modules)];
}

/** "71 % (22 % symbols, 17 % types, 32 % roles)" */
function framesWithName(cpu: ProfileSummary): string {
  const shares = nameShares(cpu);
  return percent(readable(cpu) / Math.max(1, cpu.frames)) + (shares === "" ? "" : ` (${shares})`);
}

function dimHead(lines: string[], paint: Paint): string[] {
  return lines.map((line, i) => (i === 0 ? paint.dim(line) : line));
}

const finish = (lines: string[]): string => `${lines.join("\n")}\n`;
