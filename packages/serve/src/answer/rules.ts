// Why did one pipeline not publish in time: an element, the machine, its source, or was it in time?
// SPDX-License-Identifier: MPL-2.0
import { targetOf, wayEvidence } from "./delivery.js";
import { fact, type Shown } from "./facts.js";
import { type Finding, finding, type Known, published } from "./finding.js";
import { IN_TIME } from "./flow.js";
import type { Measured } from "./measure.js";
import { slowElement } from "./slow-element.js";
import { slowMachine } from "./slow-machine.js";
import { slowSource } from "./slow-source.js";
import type { KnownStall } from "./stall-case.js";

/** Between this and in time, a buffer may run out in the course of minutes. */
const CLEARLY_IN_TIME = 0.96;

/** The rules in their order; the first that holds is the answer. */
export function findingOf(known: Known): Finding {
  const { measured, input } = known;
  const isReady = input.segmentWasReady === true;
  if (measured.inside.length < 2) return isReady ? ready(known) : fewWindows(known);
  const slowWay = wayEvidence(input.stall)?.part === "network";
  if (measured.published === null && (isReady || slowWay)) return delivered(known);
  if (publishedInTime(known) && input.segmentWasReady !== false) return delivered(known);
  return (
    slowElement(known) ??
    (isReady ? ready(known) : null) ??
    slowMachine(known) ??
    slowSource(known) ??
    (slowWay ? delivered(known) : unexplained(known))
  );
}

/** By the ratio, and never so far behind within the interval that a buffer may have run out meanwhile. */
function publishedInTime({ measured, input }: Known): boolean {
  const late = Math.max(3, (1.5 * targetOf(input.stall)) / 1000);
  return measured.published !== null && measured.published >= IN_TIME && measured.behind < late;
}

function fewWindows({ measured }: Known): Finding {
  const windows = measured.inside.length;
  const say = (shown: Shown) =>
    `It is not known why: the pipeline told too little about that time (windows: ${shown("windows")}).`;
  return finding("unknown", 0, [fact("few_windows", { windows }, say)]);
}

const ready = ({ input, measured }: Known) => readyInTime(input.stall, measured);

/** The media was there: whatever the pipeline did, it is not why this viewer waited. */
export function readyInTime(stall: KnownStall, measured: Pick<Measured, "published">): Finding {
  const way = wayEvidence(stall);
  const reason = fact("published", {}, () => "Not the pipeline: the missing segment was complete in time.");
  const found = finding("delivery", way ? 2 : 1, [reason, ...(way ? [way.evidence] : [])], published({ measured }));
  return { ...found, delivery: way?.part ?? null };
}

function delivered(known: Known): Finding {
  if (known.input.segmentWasReady === true) return ready(known);
  const way = wayEvidence(known.input.stall);
  const tail = way ? [way.evidence] : [];
  const ratio = known.measured.published ?? 0;
  const inTime = ratio >= IN_TIME;
  const say = (shown: Shown) => `Not the pipeline: it published ${shown("ratio")} of real time.`;
  const reasons = inTime ? [fact("published", { ratio }, say), ...tail] : [...tail, ...published(known)];
  const clearly = ratio >= CLEARLY_IN_TIME || way !== null;
  return {
    ...finding("delivery", inTime && way ? 2 : inTime && clearly ? 1 : 0, reasons),
    delivery: way?.part ?? null,
  };
}

function unexplained(known: Known): Finding {
  const demand = Math.max(0, ...known.measured.lines.map((line) => line.thread.demand));
  const say = (shown: Shown) =>
    `It is not known why: the busiest thread of the pipeline needed ${shown("demand")} s per second of media.`;
  return finding("unknown", 0, [fact("thread_demand", { demand }, say), ...published(known)]);
}
