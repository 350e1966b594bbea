// Why did one pipeline not publish in time: an element, the machine, its source, or was it in time?
// SPDX-License-Identifier: MPL-2.0
import { targetOf, wayEvidence } from "./delivery.js";
import { fact, type Shown } from "./facts.js";
import { type Finding, finding, IN_TIME, type Known, published } from "./finding.js";
import { slowElement } from "./slow-element.js";
import { slowMachine } from "./slow-machine.js";
import { slowSource } from "./slow-source.js";

/** The rules in their order; the first that holds is the answer. */
export function findingOf(known: Known): Finding {
  if (known.measured.inside.length < 2) return known.input.segmentWasReady === true ? ready(known) : fewWindows(known);
  const inTime = publishedInTime(known);
  if (inTime && known.input.segmentWasReady !== false) return delivered(known, inTime);
  return (
    slowElement(known) ??
    (known.input.segmentWasReady === true ? ready(known) : null) ??
    slowMachine(known) ??
    slowSource(known) ??
    (wayEvidence(known.input.stall)?.part === "network" ? delivered(known, false) : unexplained(known))
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

function ready(known: Known): Finding {
  const way = wayEvidence(known.input.stall);
  const reason = fact("published", {}, () => "Not the pipeline: the missing segment was complete in time.");
  const found = finding("delivery", way ? 2 : 1, [reason, ...(way ? [way.evidence] : [])], published(known));
  return { ...found, delivery: way?.part ?? null };
}

function delivered(known: Known, inTime: boolean): Finding {
  if (known.input.segmentWasReady === true) return ready(known);
  const way = wayEvidence(known.input.stall);
  const tail = way ? [way.evidence] : [];
  if (!inTime) return { ...finding("delivery", 0, [...published(known), ...tail]), delivery: way?.part ?? null };
  const ratio = known.measured.published ?? 0;
  const say = (shown: Shown) => `Not the pipeline: it published ${shown("ratio")} of real time.`;
  return {
    ...finding("delivery", way ? 2 : 1, [fact("published", { ratio }, say), ...tail]),
    delivery: way?.part ?? null,
  };
}

function unexplained(known: Known): Finding {
  const demand = Math.max(0, ...known.measured.lines.map((line) => line.thread.demand));
  const say = (shown: Shown) =>
    `It is not known why: the busiest thread of the pipeline needed ${shown("demand")} s per second of media.`;
  return finding("unknown", 0, [fact("thread_demand", { demand }, say), ...published(known)]);
}
