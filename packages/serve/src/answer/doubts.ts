// What makes a judgement less sure than its rule alone?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { ENOUGH_WINDOWS } from "./baseline.js";
import { fact, nameOf, type Shown } from "./facts.js";
import type { Finding } from "./finding.js";
import type { Measured } from "./measure.js";
import { median, positive, sum } from "./numbers.js";
import type { KnownPipeline } from "./stall-case.js";

export interface Doubt {
  /** By so many steps of high, medium, low. */
  steps: number;
  evidence: Evidence;
}

const CLOCK_SHOWN_MS = 1000;
const CLOCK_DOUBTED_MS = 30_000;

export function doubtsOf(
  pipeline: KnownPipeline | null,
  measured: Measured | null,
  finding: Finding,
  programTime: boolean,
): Doubt[] {
  const place = programTime ? [] : [{ steps: 1, evidence: fact("no_program_time", {}, () => NO_PROGRAM_TIME) }];
  if (pipeline === null || measured === null) return place;
  const rests = finding.verdict === "element" || finding.verdict === "host" || finding.verdict === "source";
  return [
    ...place,
    ...(rests ? [...baseline(measured), ...newElement(measured, finding), ...losses(measured, finding)] : []),
    ...clock(measured),
    ...guesses(pipeline, measured),
  ];
}

const NO_PROGRAM_TIME =
  "The time in which the missing media should have been made is not known exactly: no program time.";

function baseline({ nominal, earlier }: Measured): Doubt[] {
  if (nominal !== null && !earlier && nominal.windows < ENOUGH_WINDOWS) {
    const say = (shown: Shown) => `What is usual is known from ${shown("windows")} windows only.`;
    return [{ steps: 1, evidence: fact("few_windows", { windows: nominal.windows }, say) }];
  }
  if (nominal !== null && !earlier) return [];
  const none = "No earlier time is known in which this pipeline published at full speed.";
  const old = "What is usual was taken from an earlier run of the same pipeline.";
  return [
    { steps: nominal === null ? 2 : 1, evidence: fact("no_baseline", {}, () => (nominal === null ? none : old)) },
  ];
}

function newElement({ nominal }: Measured, { element }: Finding): Doubt[] {
  if (nominal === null || element === null || element.usual !== null) return [];
  const say = () => `${nameOf(element.element.path)} is new: what it usually needs is not known.`;
  return [{ steps: 1, evidence: fact("no_baseline", {}, say, element.element.path) }];
}

/** Lost samples weaken what rests on CPU time. */
function losses({ inside }: Measured, { element }: Finding): Doubt[] {
  const lost = sum(inside.map(({ window }) => positive(window.losses)));
  if (lost === 0) return [];
  const bySamples = element !== null && (element.element.cpu ?? 0) > 1.1 * element.element.own;
  const say = (shown: Shown) => `${shown("losses")} samples or records of that time were lost.`;
  return [{ steps: bySamples ? 1 : 0, evidence: fact("losses", { losses: lost }, say) }];
}

function clock({ inside, last }: Measured): Doubt[] {
  const offset = median((inside.length > 0 ? inside : last === null ? [] : [last]).map((one) => one.offsetMs)) || 0;
  if (Math.abs(offset) <= CLOCK_SHOWN_MS) return [];
  const behind = offset > 0 ? "behind" : "ahead of";
  const say = (shown: Shown) =>
    `The clock of the pipeline's machine is ${shown("offset_s")} s ${behind} the service's; its times were corrected.`;
  const evidence = fact("clock", { offset_s: Math.abs(offset) / 1000 }, say);
  return [{ steps: Math.abs(offset) > CLOCK_DOUBTED_MS ? 2 : 0, evidence }];
}

function guesses({ linked }: KnownPipeline, { last }: Measured): Doubt[] {
  const guess = (text: string) => ({ steps: 1, evidence: fact("guessed_stream", {}, () => text) });
  const name = "The stream was taken to be this pipeline's by the pipeline's name alone.";
  return [
    ...(last?.window.stream_source === "pipeline" ? [guess(name)] : []),
    ...(linked === "guess" ? [guess("That this pipeline feeds the next one is a guess.")] : []),
  ];
}
