// What is the one thing to know? One sentence that names the bottleneck, and one that says how sure that is.
// SPDX-License-Identifier: MPL-2.0

import type { Distribution, ElementSummary } from "../model/element-summary.js";
import type { Summary } from "../model/summary.js";
import { cpuCost } from "./cpu-cost.js";
import { overload, WITHHELD } from "./overload.js";
import { Stages } from "./stages.js";
import { timeCost } from "./time-cost.js";
import { headlineFromStages, reasons } from "./waiting.js";

/** Below this share of one core the processor is not what a pipeline waits for. */
const BUSY_CORES = 0.1;

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
  if (cpuNs === 0 && elements.every((e) => e.buffersIn + e.buffersOut === 0)) return nothingSeen(summary);
  const active = summary.pipelines.filter(
    ({ elements: of }) => of.length <= MAX_STAGED && of.some((e) => e.buffersIn > 0),
  );
  const verdicts = active.map((pipeline) => new Stages(pipeline.elements).verdicts());
  const { isCpuCost, ...cost } = headlineFromCost(summary, elements);
  const overloaded = overload(summary);
  if (overloaded !== null) {
    const burns = isCpuCost ? [cost.sentence, cost.detail] : [];
    return { element: "", sentence: overloaded, detail: joined(WITHHELD, ...burns) };
  }
  const choice = headlineFromStages(verdicts);
  if (choice === null) return { ...cost, detail: joined(cost.detail, ...reasons(verdicts, null)) };
  // What costs most is told as well; where the CPU rests, what takes longest was said already.
  const more = isCpuCost ? joined(cost.sentence, cost.detail) : cost.detail;
  return { ...choice.headline, detail: joined(...reasons(verdicts, choice.verdict), more) };
}

function nothingSeen({ target }: Summary): Headline {
  if (!target.standby) {
    const detail = "No element moved a buffer while it was watched.";
    return { element: "", sentence: "No GStreamer activity was seen.", detail };
  }
  return {
    element: "",
    sentence: "Nothing is recorded: in standby from the start, and never switched on.",
    detail: `gst-pyroscope set ${target.pid} enabled=true switches it on while it runs, without standby it records from its start.`,
  };
}

const joined = (...parts: string[]): string => parts.filter(Boolean).join(" ");

/** What costs most, where the CPU is what it costs. */
function headlineFromCost(summary: Summary, elements: ElementSummary[]): Headline & { isCpuCost: boolean } {
  const cores = coresOf(summary);
  const hungriest = byCost(elements)[0];
  return hungriest !== undefined && hungriest.cpuNs > 0 && cores >= BUSY_CORES
    ? { ...cpuCost(summary, hungriest, cores), isCpuCost: true }
    : { ...timeCost(summary, elements, cores), isCpuCost: false };
}

/** By samples, or by the kernel's account where threads are in no sample. */
const coresOf = ({ profile, target }: Summary): number =>
  target.durationNs > 0 ? Math.max(profile.cpu?.totalNs ?? 0, target.processCpuNs) / target.durationNs : 0;
