// What is the one thing to know? One sentence that names the bottleneck, and one that says how sure that is.
// SPDX-License-Identifier: MPL-2.0

import type { Distribution, ElementSummary, Summary } from "../model/summary.js";
import { Stages, waitsForClock } from "./stages.js";
import { NO_ELEMENT } from "./summary.js";
import { count, duration, percent, plural, shorten } from "./units.js";
import { ofWaiting, reasons } from "./waiting.js";

/** Below this share of one core the processor is not what a pipeline waits for. */
const BUSY_CORES = 0.1;
/** An element below this share of all CPU time is nobody's bottleneck by itself. */
const DOMINANT = 0.05;
/** A thread above this share of a core can hardly take more work. */
const SATURATED = 0.9;

/** Who waits for whom takes time by the square of the elements. */
const MAX_STAGED = 3000;

export interface Headline {
  /** Path of the element that the sentence names, or "". */
  element: string;
  sentence: string;
  /** What supports or limits it; may be "". */
  detail: string;
}

/** Twenty samples at the default rate: below, what an element's CPU time leaves of its wall time is chance. */
const MEASURED_NS = 200e6;
export const isMeasured = (e: ElementSummary): boolean => (e.wallNs ?? 0) >= MEASURED_NS;

export const elementsOf = (summary: Summary): ElementSummary[] => summary.pipelines.flatMap((p) => p.elements);

/** Of a source, which receives nothing: between two of its pushes. */
export const ownTime = (e: ElementSummary): Distribution | null => e.exclusive ?? (e.buffersIn === 0 ? e.driver : null);

/** Most CPU first, then longest in its own code, then as the pipeline has them. */
export function byCost(elements: readonly ElementSummary[]): ElementSummary[] {
  return [...elements].sort((a, b) => b.cpuNs - a.cpuNs || (b.exclusive?.sumNs ?? 0) - (a.exclusive?.sumNs ?? 0));
}

export function headline(summary: Summary): Headline {
  const elements = elementsOf(summary);
  const cpuNs = summary.profile.cpu?.totalNs ?? 0;
  if (cpuNs === 0 && elements.every((e) => e.buffersIn + e.buffersOut === 0)) {
    return {
      element: "",
      sentence: "No GStreamer activity was seen.",
      detail: "No element moved a buffer while it was watched.",
    };
  }
  const active = summary.pipelines.filter(
    ({ elements: of }) => of.length <= MAX_STAGED && of.some((e) => e.buffersIn > 0),
  );
  const verdicts = active.map((pipeline) => new Stages(pipeline.elements).verdicts());
  const { ofCpu, ...cost } = ofCost(summary, elements, cpuNs);
  const said = ofWaiting(verdicts);
  if (said === null) return { ...cost, detail: joined(cost.detail, ...reasons(verdicts, null)) };
  // What costs most is told as well; where the CPU rests, what takes longest was said already.
  const more = ofCpu ? joined(cost.sentence, cost.detail) : cost.detail;
  return { ...said.headline, detail: joined(...reasons(verdicts, said.verdict), more) };
}

const joined = (...parts: string[]): string => parts.filter(Boolean).join(" ");

interface Cost extends Headline {
  ofCpu: boolean;
}

function ofCost(summary: Summary, elements: ElementSummary[], cpuNs: number): Cost {
  const cores = summary.target.durationNs > 0 ? cpuNs / summary.target.durationNs : 0;
  const hungriest = byCost(elements)[0];
  if (hungriest !== undefined && hungriest.cpuNs > 0 && cores >= BUSY_CORES)
    return { ...ofCpu(summary, hungriest, cpuNs, cores), ofCpu: true };
  return { ...ofTime(elements, cpuNs, cores), ofCpu: false };
}

function ofCpu(summary: Summary, e: ElementSummary, cpuNs: number, cores: number): Headline {
  const share = e.cpuNs / cpuNs;
  const name = shorten(e.name, 48);
  const each = e.exclusive === null ? "" : `, ${duration(e.exclusive.sumNs / e.exclusive.count)} for each buffer`;
  const spent = `${duration(e.cpuNs)} of ${duration(cpuNs)}${each}`;
  const outsideNs = summary.profile.cpu?.byElement[NO_ELEMENT] ?? 0;
  const sentence =
    outsideNs > e.cpuNs
      ? `Threads outside all elements burn ${percent(outsideNs / cpuNs)} of the CPU time; ${name} burns ${percent(share)}.`
      : share < DOMINANT
        ? `${name} burns most, but only ${percent(share)} of the CPU time: no element stands out.`
        : `${name} burns ${percent(share)} of the CPU time: ${spent}.`;
  return { element: e.path, sentence, detail: joined(saturation(summary), outside(summary, cpuNs), load(cores)) };
}

function ofTime(elements: ElementSummary[], cpuNs: number, cores: number): Headline {
  // What a full queue holds back is held by what lies behind it; a sink that waits for the clock has time.
  const working = elements.filter((e) => e.exclusive !== null && e.queueWait === null && !waitsForClock(e));
  const slowest = working.reduce<ElementSummary | undefined>(
    (top, e) => (top === undefined || (e.exclusive?.sumNs ?? 0) > (top.exclusive?.sumNs ?? 0) ? e : top),
    undefined,
  );
  const idle =
    cpuNs > 0
      ? `The CPU is not the bottleneck: all threads together use ${percent(cores)} of one core.`
      : "No CPU samples were taken.";
  if (slowest === undefined || slowest.exclusive === null) return { element: "", sentence: idle, detail: "" };
  const { sumNs, count: n, p99Ns } = slowest.exclusive;
  const sentence = `${shorten(slowest.name, 48)} holds each buffer for ${duration(sumNs / n)}, longer in total than any other element.`;
  return {
    element: slowest.path,
    sentence,
    detail: `${idle} ${shorten(slowest.name, 32)}’s 99th percentile is ${duration(p99Ns)} over ${plural(n, "buffer")}.`,
  };
}

/** Threads of one name are one row, so a sum above one core means several. */
function saturation(summary: Summary): string {
  const threads = Object.entries(summary.profile.cpu?.byThread ?? {}).filter(([name]) => name !== NO_ELEMENT);
  const [name, ns] = threads.reduce((top, thread) => (thread[1] > top[1] ? thread : top), ["", 0]);
  const share = ns / Math.max(1, summary.target.durationNs);
  if (share < SATURATED) return "";
  return share <= 1.02
    ? `Thread ${name} uses ${percent(Math.min(1, share))} of one core.`
    : `Threads ${name} use ${share.toFixed(1)} cores.`;
}

function outside(summary: Summary, cpuNs: number): string {
  const ns = summary.profile.cpu?.byElement[NO_ELEMENT] ?? 0;
  return ns / cpuNs >= 0.1 ? `${percent(ns / cpuNs)} fell outside of all elements.` : "";
}

const load = (cores: number): string =>
  `All threads together use ${cores < 9.95 ? cores.toFixed(cores < 0.995 ? 2 : 1) : count(cores)} ${cores < 0.995 ? "of a core" : "cores"}.`;
