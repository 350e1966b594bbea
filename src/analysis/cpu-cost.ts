// Which element uses most CPU time? One sentence about it, with a share only if there are enough samples for one.
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import type { Summary } from "../model/summary.js";
import { isEnough, RULE, runLonger } from "./enough-samples.js";
import { NO_ELEMENT } from "./summary.js";
import { count, duration, percent, plural, shorten } from "./units.js";

/** An element with a smaller share of the CPU time is not called dominant. */
const DOMINANT = 0.05;
/** A thread that uses a larger share of one core is reported as saturated. */
const SATURATED = 0.9;
/** Above this share of unsampled CPU time, the sentence says "of the sampled CPU time" instead of "of the CPU time". */
const UNSEEN = 0.1;

/** `e`: the element with most CPU time; `cores`: average number of cores in use. */
export function cpuCost(summary: Summary, e: ElementSummary, cores: number) {
  const { cpu } = summary.profile;
  const [totalNs, samples] = [cpu?.totalNs ?? 0, cpu?.samples ?? 0];
  const outsideNs = cpu?.byElement[NO_ELEMENT] ?? 0;
  const said = isEnough(e.cpuNs / totalNs, samples) && isEnough(outsideNs / totalNs, samples);
  if (!said) {
    const sentence = `${tooFew(e, outsideNs, totalNs, samples)}: ${runLonger(samples, summary.target.durationNs)}.`;
    return { element: e.path, sentence, detail: `${RULE} ${load(cores)}` };
  }
  const sentence = shares(e, outsideNs, totalNs, wholeOf(summary));
  const detail = [saturation(summary), outside(outsideNs / totalNs), load(cores)].filter(Boolean).join(" ");
  return { element: e.path, sentence, detail };
}

function shares(e: ElementSummary, outsideNs: number, totalNs: number, whole: string): string {
  const name = shorten(e.name, 48);
  const share = percent(e.cpuNs / totalNs);
  if (outsideNs > e.cpuNs)
    return `Threads outside all elements burn ${percent(outsideNs / totalNs)} of the ${whole}; ${name} burns ${share}.`;
  if (e.cpuNs < DOMINANT * totalNs)
    return `${name} burns most, but only ${share} of the ${whole}: no element stands out.`;
  return `${name} burns ${share} of the ${whole}: ${duration(e.cpuNs)} of ${duration(totalNs)}${each(e)}.`;
}

/** ", 1.2 ms for each of 300 buffers": CPU time per buffer received, or sent in a source; "" without buffers. */
function each({ cpuNs, buffersIn, buffersOut }: ElementSummary): string {
  const buffers = buffersIn || buffersOut;
  return buffers === 0 ? "" : `, ${duration(cpuNs / buffers)} for each of ${plural(buffers, "buffer")}`;
}

function tooFew(e: ElementSummary, outsideNs: number, totalNs: number, samples: number): string {
  const [who, burns, ns] =
    outsideNs > e.cpuNs
      ? ["Threads outside all elements", "burn", outsideNs]
      : ([shorten(e.name, 48), "burns", e.cpuNs] as const);
  const few = samples === 1 ? "one sample is" : `${count(samples)} samples are`;
  return `${who} ${burns} most CPU time, ${duration(ns)} of ${duration(totalNs)}, but ${few} too few to say a share`;
}

function wholeOf({ target: { cpu } }: Summary): string {
  const unsampled = cpu.maskedNs + cpu.refusedNs + cpu.missedNs;
  const all = cpu.sampledNs + cpu.unseenNs + unsampled;
  return unsampled > UNSEEN * all ? "sampled CPU time" : "CPU time";
}

/** The thread that uses most of a core, "" below SATURATED. Above 1: older captures add up threads of the same name. */
function saturation(summary: Summary): string {
  const threads = Object.entries(summary.profile.cpu?.byThread ?? {}).filter(([name]) => name !== NO_ELEMENT);
  const [name, ns] = threads.reduce((top, thread) => (thread[1] > top[1] ? thread : top), ["", 0]);
  const share = ns / Math.max(1, summary.target.durationNs);
  if (share < SATURATED) return "";
  return share <= 1.02
    ? `Thread ${name} uses ${percent(Math.min(1, share))} of one core.`
    : `Threads ${name} use ${share.toFixed(1)} cores.`;
}

const outside = (share: number): string => (share >= 0.1 ? `${percent(share)} fell outside of all elements.` : "");

const load = (cores: number): string =>
  `All threads together use ${cores < 9.95 ? cores.toFixed(cores < 0.995 ? 2 : 1) : count(cores)} ${cores < 0.995 ? "of a core" : "cores"}.`;
