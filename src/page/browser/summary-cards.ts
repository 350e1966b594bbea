// What is said first? The sentence, the command, and four cards: samples, losses, overhead, names.
// SPDX-License-Identifier: MPL-2.0

import { nameShares, readable } from "../../analysis/names.js";
import { bytes, count, duration, percent, plural } from "../../analysis/units.js";
import type { PageData } from "../page-data.js";
import { elementColour } from "./colours.js";
import { byId, fill, foreign, h, write } from "./dom.js";

export function showSummary(data: PageData): void {
  const { headline } = data;
  const name = foreign(headline.name, { class: "culprit" });
  if (headline.element >= 0) name.style.setProperty("--colour", elementColour(headline.element));
  fill(byId("sentence"), headline.name === "" ? null : name, headline.rest);
  write(byId("detail"), headline.detail);
  fill(byId("command"), foreign(data.command));
  byId("command").title = data.command;
  const warnings = warningsOf(data);
  byId("warning").hidden = warnings.length === 0;
  fill(byId("warning"), ...warnings);
  write(byId("account"), data.account);
  fill(byId("cards"), samples(data), losses(data), overhead(data), names(data));
}

/** In the page's title and its first line: of a capture, which is of one time. */
export function showCapture(data: PageData): void {
  document.title = `${data.headline.name}${data.headline.rest} – gst-pyroscope`;
  byId("facts").textContent = facts(data);
}

/** The browser's own words for it cost it 40 ms the first time. */
function localTime(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function facts(data: PageData): string {
  const start = new Date(data.startTime);
  const when = Number.isNaN(start.getTime()) ? "" : localTime(start);
  return [when, `${duration(data.durationNs)} watched`, `pid ${data.pid}`].filter(Boolean).join(" · ");
}

function warningsOf(data: PageData): HTMLElement[] {
  const lines = data.complete ? data.problems : [NOT_COMPLETE, ...data.problems];
  const warnings = lines.map((line) => h("p", {}, line));
  return data.otherProcesses.length === 0 ? warnings : [...warnings, others(data)];
}

const NOT_COMPLETE = "This capture is not complete. The page shows what it holds.";

function others({ otherProcesses, moreProcesses }: PageData): HTMLElement {
  const names = otherProcesses.flatMap(({ name, page }, i) => [
    i === 0 ? "" : ", ",
    page === null ? foreign(name) : h("a", { href: page }, foreign(name)),
  ]);
  const all = plural(otherProcesses.length + moreProcesses, "more process", "more processes");
  const rest = moreProcesses === 0 ? "" : ` and ${moreProcesses} more`;
  return h("p", {}, `${all} of this run: `, ...names, rest);
}

function card(title: string, figure: string, lines: (string | Node)[], state = ""): HTMLElement {
  const body = lines.map((line) => h("p", {}, line));
  return h("article", { class: `card ${state}` }, h("h2", {}, title), h("p", { class: "figure" }, figure), ...body);
}

function samples({ quality, cpuNs, engine }: PageData): HTMLElement {
  if (quality === null || quality.samples === 0)
    return card("CPU samples", "None", ["No stacks were sampled."], "muted");
  return card("CPU samples", count(quality.samples), [
    h("span", { title: engine }, `${duration(cpuNs)} of CPU time, ${quality.meanDepth.toFixed(0)} frames deep`),
    `${exactPercent(quality.reachedRoot, quality.samples)} reach the thread’s start`,
    ...(quality.inferred === 0 ? [] : [`${percent(quality.inferred / quality.samples)} with an inferred caller`]),
  ]);
}

/** Never says 100 % when one is missing. */
function exactPercent(part: number, whole: number): string {
  if (part >= whole) return "100 %";
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`;
}

function losses({ losses }: PageData): HTMLElement {
  const [worst] = losses;
  if (worst === undefined)
    return card("Losses", "None", ["No sample was dropped,", "no buffer went uncounted."], "good");
  const words = losses.map(({ reason, count: n, share, help }) =>
    h("span", { title: help }, foreign(reason), ` ${count(n)}${share === null ? "" : ` (${percent(share)})`}`),
  );
  const [first = "", second = "", ...rest] = words;
  const more =
    rest.length === 0 ? [] : [h("span", {}, ...rest.flatMap((word, i) => (i === 0 ? [word] : [", ", word])))];
  const lines = [first, second, ...more].filter((line) => line !== "");
  if (!worst.serious) return card("Losses", "None that matters", lines);
  return card("Losses", worst.share === null ? count(worst.count) : percent(worst.share), lines, "warn");
}

function overhead({ overhead, durationNs }: PageData): HTMLElement {
  const share = overhead.agentCpuNs / Math.max(1, durationNs);
  return card("Overhead", `${duration(overhead.perBufferNs)} per buffer`, [
    `${duration(overhead.handlerNsP50)} per sample (p99 ${duration(overhead.handlerNsP99)})`,
    `Agent: ${percent(share)} of a core, ${bytes(overhead.agentRssBytes)}`,
  ]);
}

function names({ quality, nameless, toSymbolize }: PageData): HTMLElement {
  if (quality === null || quality.frames === 0) return card("Names", "–", ["Nothing to name."], "muted");
  const named = exactPercent(readable(quality), quality.frames);
  const shares = nameShares(quality);
  const from = shares === "" ? [] : [shares];
  if (readable(quality) >= quality.frames)
    return card("Names", `${named} named`, shares === "" ? ["Every frame has its function’s name."] : from, "good");
  if (nameless.length === 0)
    return card("Names", `${named} named`, [...from, "The capture does not say which modules lack names."]);
  const worst = nameless.slice(0, 2);
  const modules = worst.flatMap((m, i) => [i === 0 ? "Missing: " : ", ", foreign(m.module), ` (${percent(m.share)})`]);
  const why = [...new Set(worst.map((m) => m.why))].map((reason) => foreign(reason));
  const later = `Debug files may name ${plural(toSymbolize, "frame")}: gst-pyroscope symbolize DIR`;
  const lines = [...from, h("span", {}, ...modules), ...why, ...(toSymbolize > 0 ? [later] : [])];
  return card("Names", `${named} named`, lines);
}
