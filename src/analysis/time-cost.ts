// Where the CPU rests: which element takes longest, in its functions or in its loop?
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import type { Summary } from "../model/summary.js";
import { bufferTime } from "./buffer-time.js";
import { waitsForClock } from "./stage-elements.js";
import { duration, percent, plural, shorten } from "./units.js";

/** A loop that is blocked for more of its time waits for what comes from outside: it sets the pace. */
const PACED = 0.5;

const loopNs = (e: ElementSummary): number => e.driver?.sumNs ?? 0;
const ownNs = (e: ElementSummary): number => e.exclusive?.sumNs ?? 0;

export function timeCost(summary: Summary, elements: readonly ElementSummary[], cores: number) {
  const rests = resting(summary, cores);
  // What a full queue holds back is held by what lies behind it; a sink that waits for the clock has time.
  const working = elements.filter((e) => e.queueWait === null && e.queueLevel === null && !waitsForClock(e));
  const longest = (of: (e: ElementSummary) => number): ElementSummary | undefined =>
    working.reduce<ElementSummary | undefined>((top, e) => (of(e) > (top ? of(top) : 0) ? e : top), undefined);
  const [slowest, source] = [longest(ownNs), longest(loopNs)];
  if (source !== undefined && loopNs(source) > (slowest ? ownNs(slowest) : 0)) return ofLoop(source, slowest, rests);
  return slowest === undefined ? { element: "", sentence: rests, detail: "" } : ofBuffers(slowest, rests);
}

function ofBuffers(e: ElementSummary, rests: string) {
  const { exclusive: h } = e;
  if (h === null) return { element: "", sentence: rests, detail: "" };
  const sentence = `${shorten(e.name, 48)} holds each buffer for ${bufferTime(h)}, longer in total than any other element.`;
  const detail = `${rests} ${shorten(e.name, 32)}’s 99th percentile is ${duration(h.p99Ns)} over ${plural(h.count, "buffer")}.`;
  return { element: e.path, sentence, detail };
}

function ofLoop(e: ElementSummary, slowest: ElementSummary | undefined, rests: string) {
  const { driver: h, wallNs, blockedNs } = e;
  if (h === null) return { element: "", sentence: rests, detail: "" };
  const name = shorten(e.name, 48);
  const blocked = blockedNs === null || wallNs === null || wallNs === 0 ? null : blockedNs / wallNs;
  const sets = blocked !== null && blocked > PACED ? "sets the pace" : "takes longest";
  const waits = blocked === null ? "" : ` It is blocked for ${percent(blocked)} of its time.`;
  const next = slowest?.exclusive
    ? ` Of the others ${shorten(slowest.name, 32)} holds buffers longest, ${duration(slowest.exclusive.sumNs)} in total.`
    : "";
  const sentence = `${name} ${sets}: ${bufferTime(h)} between two of its pushes, ${duration(h.sumNs)} in total.`;
  return { element: e.path, sentence, detail: `${rests}${waits}${next}` };
}

/** By the kernel's account: threads that are in no sample count too. */
function resting({ profile, target }: Summary, cores: number): string {
  if ((profile.cpu?.totalNs ?? 0) > 0 || cores * target.durationNs === 0)
    return cores > 0
      ? `The CPU is not the bottleneck: all threads together use ${percent(cores)} of one core.`
      : "No CPU samples were taken.";
  return `No CPU samples were taken of ${duration(cores * target.durationNs)} of CPU time.`;
}
