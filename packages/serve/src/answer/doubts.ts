// What makes a judgement less sure than its rule alone?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { ENOUGH_WINDOWS } from "./baseline.js";
import { fact, nameOf } from "./facts.js";
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
  const place = programTime ? [] : [{ steps: 1, evidence: NO_PROGRAM_TIME }];
  if (pipeline === null || measured === null) return place;
  const rests = finding.verdict === "element" || finding.verdict === "host" || finding.verdict === "source";
  return [
    ...place,
    ...(rests ? [...baseline(measured), ...newElement(measured, finding), ...losses(measured, finding)] : []),
    ...clock(measured),
    ...guesses(pipeline, measured),
  ];
}

const noTime = fact("no_program_time");
const NO_PROGRAM_TIME = noTime`The time in which the missing media should have been made is not known exactly: no program time.`;

function baseline({ nominal, earlier }: Measured): Doubt[] {
  const none = fact("no_baseline")`No earlier time is known in which this pipeline published at full speed.`;
  if (nominal === null) return [{ steps: 2, evidence: none }];
  const old = fact("no_baseline")`What is usual was taken from an earlier run of the same pipeline.`;
  if (earlier) return [{ steps: 1, evidence: old }];
  const { windows } = nominal;
  if (windows >= ENOUGH_WINDOWS) return [];
  return [{ steps: 1, evidence: fact("few_windows")`What is usual is known from ${{ windows }} windows only.` }];
}

function newElement({ nominal }: Measured, { element }: Finding): Doubt[] {
  if (nominal === null || element === null || element.usual !== null) return [];
  const { path } = element.element;
  const evidence = fact("no_baseline", path)`${nameOf(path)} is new: what it usually needs is not known.`;
  return [{ steps: 1, evidence }];
}

/** Lost samples weaken what rests on CPU time. */
function losses({ inside }: Measured, { element }: Finding): Doubt[] {
  const losses = sum(inside.map(({ window }) => positive(window.losses)));
  if (losses === 0) return [];
  const bySamples = element !== null && (element.element.cpu ?? 0) > 1.1 * element.element.own;
  const evidence = fact("losses")`${{ losses }} samples or records of that time were lost.`;
  return [{ steps: bySamples ? 1 : 0, evidence }];
}

function clock({ inside, last }: Measured): Doubt[] {
  const offset = median((inside.length > 0 ? inside : last === null ? [] : [last]).map((one) => one.offsetMs)) || 0;
  if (Math.abs(offset) <= CLOCK_SHOWN_MS) return [];
  const behind = offset > 0 ? "behind" : "ahead of";
  const is = [
    "The clock of the pipeline's machine is ",
    { offset_s: Math.abs(offset) / 1000 },
    ` s ${behind} the service's`,
  ];
  const evidence = fact("clock")`${is}; its times were corrected.`;
  return [{ steps: Math.abs(offset) > CLOCK_DOUBTED_MS ? 2 : 0, evidence }];
}

function guesses({ linked }: KnownPipeline, { last }: Measured): Doubt[] {
  const name = fact("guessed_stream")`The stream was taken to be this pipeline's by the pipeline's name alone.`;
  const link = fact("guessed_stream")`That this pipeline feeds the next one is a guess.`;
  return [
    ...(last?.window.stream_source === "pipeline" ? [{ steps: 1, evidence: name }] : []),
    ...(linked === "guess" ? [{ steps: 1, evidence: link }] : []),
  ];
}
