// How is it said who waits for whom? What stages.ts found, as the one sentence and as its reasons.
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import { bufferTime } from "./buffer-time.js";
import { count, duration, percent, plural, shorten } from "./units.js";
import type { Verdict } from "./verdict.js";

const MOST_REASONS = 3;

const named = (e: ElementSummary): string => shorten(e.name, 32);

/** The verdict that the report's first sentence is about, and that sentence; `element`: path of what it names. */
export interface HeadlineChoice {
  verdict: Verdict;
  headline: { element: string; sentence: string };
}

/** The strongest verdict of all pipelines as a sentence; the clock only where it is what every pipeline waits for. */
export function headlineFromStages(pipelines: readonly Verdict[][]): HeadlineChoice | null {
  const all = pipelines.flat();
  for (const kind of ["limited", "dropping", "undersized-queue"] as const) {
    const found = all.find((verdict) => verdict.kind === kind);
    if (found !== undefined) return { verdict: found, headline: sentenceOf(found) };
  }
  const clock = all.find(({ kind }) => kind === "clock");
  const everywhere = pipelines.every((verdicts) => verdicts.some(({ kind }) => kind === "clock"));
  return clock === undefined || !everywhere ? null : { verdict: clock, headline: sentenceOf(clock) };
}

function sentenceOf(verdict: Verdict): { element: string; sentence: string } {
  switch (verdict.kind) {
    case "limited": {
      const { element, queue } = verdict;
      const sentence = `${shorten(element.name, 48)} limits the throughput: it holds each buffer for ${each(element)}, and ${named(queue)} before it is full.`;
      return { element: element.path, sentence };
    }
    case "dropping": {
      const { element, queue } = verdict;
      const sentence = `${shorten(element.name, 48)} cannot keep up: it holds each buffer for ${each(element)}, and ${named(queue)} before it throws away what does not fit.`;
      return { element: element.path, sentence };
    }
    case "undersized-queue": {
      const { queue, backpressure, starvation } = verdict;
      const sentence = `${shorten(queue.name, 48)} is too small: what feeds it waits ${percent(backpressure)} of the time for room, and what it feeds another ${percent(starvation)} for buffers.`;
      return { element: queue.path, sentence };
    }
    case "clock":
      return {
        element: verdict.sink.path,
        sentence: `The pipeline keeps up: ${shorten(verdict.sink.name, 48)} waits ${percent(verdict.waits)} of the time for the clock.`,
      };
  }
}

/** What supports the sentence, or stands beside it. */
export function reasons(pipelines: readonly Verdict[][], said: Verdict | null): string[] {
  const open = pipelines.flat().filter((verdict) => verdict !== said || verdict.kind !== "clock");
  return [...new Set(open.map(reasonOf))].slice(0, MOST_REASONS);
}

function reasonOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case "limited": {
      const { element, queue, backpressure } = verdict;
      const full = `${named(queue)} is full: what feeds it waits ${percent(backpressure)} of the time for what lies behind it.`;
      return `${full} ${named(element)} ${howItSpends(element)}`.trimEnd();
    }
    case "dropping":
      return `${named(verdict.queue)} dropped ${count(verdict.queue.drops)} of ${plural(verdict.queue.buffersIn, "buffer")}.`;
    case "undersized-queue": {
      const most = verdict.queue.queueLevel?.highest ?? 0;
      return `At most ${plural(most, "buffer")} ${most === 1 ? "was" : "were"} in ${named(verdict.queue)} or waited for room.`;
    }
    case "clock":
      return `${named(verdict.sink)} waits ${percent(verdict.waits)} of the time for the clock.`;
  }
}

const each = ({ exclusive }: ElementSummary): string => (exclusive === null ? "long" : bufferTime(exclusive));

/** A larger part of its time says what it does. */
const MOST = 0.5;

function howItSpends({ cpuNs, wallNs, readyNs, blockedNs }: ElementSummary): string {
  if (wallNs === null || wallNs === 0) return "takes the longest there.";
  // Its own threads burn beside the one that is timed.
  if (cpuNs > wallNs) return `works: ${duration(cpuNs)} of CPU time in ${duration(wallNs)}.`;
  if (cpuNs > MOST * wallNs) return `works: ${percent(cpuNs / wallNs)} of its time it is on a CPU.`;
  if (blockedNs === null || readyNs === null) return "takes the longest there.";
  if (blockedNs > MOST * wallNs) return `waits itself: ${percent(blockedNs / wallNs)} of its time it is blocked.`;
  if (readyNs > MOST * wallNs) return `waits for a CPU ${percent(readyNs / wallNs)} of its time.`;
  const parts = [`on a CPU ${percent(cpuNs / wallNs)}`, `blocked ${percent(blockedNs / wallNs)}`];
  return `is ${parts.join(", ")} and ready to run, but on no CPU, ${percent(readyNs / wallNs)} of its time.`;
}
