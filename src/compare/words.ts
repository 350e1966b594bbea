// How is a comparison said? The sentence on top, names of what changed, figures with their units. Pure.
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline, pipelineOf } from "../analysis/paths.js";
import { duration, each, percent, plural } from "../analysis/units.js";
import type { Change, Comparison } from "./comparison.js";
import { type FigureName, figureTable } from "./figure-table.js";
import type { GateResult } from "./gates.js";

const MINUS = "−";

/** "+22 %", "−0.4 %". */
export function signed(share: number): string {
  if (!Number.isFinite(share)) return "-";
  const size = Math.abs(share) * 100;
  const digits = size < 9.95 ? size.toFixed(1) : size.toFixed(0);
  const sign = Number(digits) === 0 ? "" : share < 0 ? MINUS : "+";
  return `${sign}${digits} %`;
}

export const rangeOf = ({ low, high }: Change): string =>
  Number.isFinite(low) && Number.isFinite(high) ? `${signed(low)} … ${signed(high)}` : "-";

export function valueText(figure: FigureName, value: number): string {
  const { unit } = figureTable[figure];
  return unit === "ns" ? duration(value) : unit === "share" ? percent(value) : `${each(value)}/s`;
}

/** Of what: the element without its pipeline where there is only one. */
export function subjectOf({ path, source }: Change, hasOnePipeline: boolean): string {
  const name = (one: string): string => (hasOnePipeline ? belowPipeline(one) || one : one);
  if (path === "") return "the process";
  return source === undefined ? name(path) : `${name(source)} to ${name(path)}`;
}

export const hasOnePipeline = ({ changes }: Comparison): boolean =>
  new Set(changes.flatMap(({ path }) => (path === "" ? [] : [pipelineOf(path)]))).size <= 1;

export const isChanged = ({ verdict }: Change): boolean => verdict === "more" || verdict === "less";

/** The load is what the machine did besides: no change of the program. */
const isOfProgram = ({ figure }: Change): boolean => figure !== "ready.share";

/** CPU time first, as it is the surest; then what changed most. */
export function changed({ changes }: Comparison): Change[] {
  const order = Object.keys(figureTable);
  const size = ({ change }: Change): number => Math.abs(Math.log1p(Math.max(change, -0.999)));
  return changes
    .filter((change) => isChanged(change) && isOfProgram(change))
    .sort((a, b) => order.indexOf(a.figure) - order.indexOf(b.figure) || size(b) - size(a));
}

const does: Record<FigureName, [more: string, less: string]> = {
  "cpu.perBuffer": ["takes % more CPU time per buffer", "takes % less CPU time per buffer"],
  "elapsed.p50": ["takes % longer in the median", "takes % less long in the median"],
  "elapsed.p99": [
    "takes % longer in the slowest hundredth of calls",
    "takes % less long in the slowest hundredth of calls",
  ],
  "cpu.total": ["takes % more CPU time per buffer", "takes % less CPU time per buffer"],
  throughput: ["gets % more buffers per second", "gets % fewer buffers per second"],
  "latency.p50": ["has % more latency in the median", "has % less latency in the median"],
  "latency.p99": ["has % more latency in the slowest hundredth", "has % less latency in the slowest hundredth"],
  "ready.share": ["waited for a CPU by % more", "waited for a CPU by % less"],
};

/** "h264 takes 22 % more CPU time per buffer, 1.00 ms before, 1.23 ms after" */
export function sentenceOf(change: Change, onePipeline: boolean): string {
  const [more, less] = does[change.figure];
  const said = (change.verdict === "more" ? more : less).replace("%", signed(change.change).replace(/^[+−]/, ""));
  const value = (n: number): string => valueText(change.figure, n);
  return `${subjectOf(change, onePipeline)} ${said}, ${value(change.before)} before, ${value(change.after)} after`;
}

export function headline(comparison: Comparison): string {
  if (comparison.problem !== null) return `Not comparable: ${comparison.problem}.`;
  const [first, ...others] = changed(comparison);
  if (first === undefined) return "Nothing changed beyond noise.";
  const more = others.length === 0 ? "" : `; ${plural(others.length, "more figure")} changed`;
  const sentence = sentenceOf(first, hasOnePipeline(comparison));
  return `${sentence.replace(/^the process/, "The process")}${more}.`;
}

/** Of columns. */
export const titles: Record<FigureName, string> = {
  "cpu.perBuffer": "CPU/buffer",
  "elapsed.p50": "elapsed p50",
  "elapsed.p99": "elapsed p99",
  "cpu.total": "CPU/buffer",
  throughput: "throughput",
  "latency.p50": "latency p50",
  "latency.p99": "latency p99",
  "ready.share": "ready share",
};

export const isWorse = ({ figure, verdict }: Change): boolean => (verdict === "more") !== (figure === "throughput");

const MOST_NAMED = 5;

export function onlyIn({ problem, onlyA, onlyB }: Comparison): string[] {
  if (problem !== null) return [];
  const said = (paths: readonly string[], which: string): string[] => {
    if (paths.length === 0) return [];
    const more = paths.length > MOST_NAMED ? ", …" : "";
    return [`Only in the ${which}: ${paths.slice(0, MOST_NAMED).join(", ")}${more} (--map old=new matches them).`];
  };
  return [...said(onlyA, "first"), ...said(onlyB, "second")];
}

/** What was compared, and how sure it is. */
export function basis({ units, changes, level }: Comparison): string {
  if (units === null) return "";
  const what = units.kind === "runs" ? "runs" : "blocks of windows";
  const compared = changes.filter(({ verdict }) => verdict !== "not comparable").length;
  const more =
    units.kind === "runs"
      ? ""
      : " Five runs each (run --repeat 5) would also show how runs differ; without, 2 % of CPU time are assumed.";
  return `${units.a} ${what} against ${units.b}; of ${plural(compared, "figure")} none at all is called changed by chance in ${percent(1 - level)} of comparisons.${more}`;
}

export function loadSentence({ load, problem }: Comparison): string {
  if (load === null || problem !== null) return "";
  const shares = `threads that could run waited for a CPU ${percent(load.before)} of that time before, ${percent(load.after)} after`;
  return load.differs
    ? `Another load: ${shares}; elapsed times, latencies and throughput are not comparable, CPU time is.`
    : `The same load: ${shares}.`;
}

/** Where nothing is comparable the headline has the reason. */
export function gateSentence(result: GateResult, comparison: Comparison): string {
  const { gate, outcome, reason } = result;
  const [first] = result.changes;
  const onePipeline = hasOnePipeline(comparison);
  const what =
    first === undefined ? "" : `${subjectOf(first, onePipeline)} ${signed(first.change)} (${rangeOf(first)})`;
  // Larger than the limit, and yet no reason to stop anything.
  const noise = outcome === "passes" && first?.verdict === "same" && Math.abs(first.change) > Math.abs(gate.limit);
  const why = reason === comparison.problem ? "nothing is comparable" : reason;
  if (outcome === "cannot be judged") return `cannot be judged: ${gate.text}: ${why}`;
  return `${outcome}: ${gate.text}: ${what}${noise ? ", within noise" : ""}`;
}
