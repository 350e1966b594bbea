// Why did one pipeline not publish in time: an element, the machine, its source, or was it in time?
// SPDX-License-Identifier: MPL-2.0
import { targetOf, wayEvidence } from "./delivery.js";
import { fact } from "./facts.js";
import { delivery, type Finding, finding, type Known, published } from "./finding.js";
import { IN_TIME } from "./flow.js";
import type { Measured } from "./measure.js";
import { slowElement } from "./slow-element.js";
import { slowMachine } from "./slow-machine.js";
import { slowSource } from "./slow-source.js";
import type { KnownStall } from "./stall-case.js";

/** Between this and in time, a buffer may run out in the course of minutes. */
const CLEARLY_IN_TIME = 0.96;

const few = fact("few_windows");
const busiest = fact("thread_demand");

/** The rules in their order; the first that holds is the answer. */
export function findingOf(known: Known): Finding {
  const { measured, input } = known;
  const { segmentWasReady, stall } = input;
  const [tells, isInTime] = [measured.inside.length >= 2, publishedInTime(known)];
  if (segmentWasReady === true) {
    const slow = tells && measured.published !== null && !isInTime ? slowElement(known) : null;
    return slow ?? readyInTime(stall, measured);
  }
  if (!tells) return fewWindows(known);
  const slowWay = wayEvidence(stall)?.part === "network";
  if (measured.published === null ? slowWay : isInTime && segmentWasReady === null)
    return isTold(known) || wayEvidence(stall) !== null ? delivered(known) : untold(known);
  const found = slowElement(known) ?? slowMachine(known) ?? slowSource(known);
  return found ?? (slowWay ? delivered(known) : unexplained(known));
}

/** So many seconds behind real time, a buffer may have run out meanwhile. */
const late = ({ input }: Known): number => Math.max(3, (1.5 * targetOf(input.stall)) / 1000);

/** By the ratio, and never too far behind within the interval. */
function publishedInTime(known: Known): boolean {
  const { published, behind } = known.measured;
  return published !== null && published >= IN_TIME && behind < late(known);
}

/** Even if nothing was published since the newest window, that is not why. */
const isTold = (known: Known): boolean => known.measured.behind + IN_TIME * known.measured.untold < late(known);

function untold(known: Known): Finding {
  const reason = few`It is not known why: the pipeline has told nothing yet of the last ${{ untold_s: known.measured.untold }} s before the stall.`;
  return finding("unknown", 0, [reason, ...published(known)]);
}

function fewWindows({ measured }: Known): Finding {
  const windows = measured.inside.length;
  const reason = few`It is not known why: the pipeline told too little about that time (windows: ${{ windows }}).`;
  return finding("unknown", 0, [reason]);
}

/** The media was there: whatever the pipeline did, it is not why this viewer waited. */
export function readyInTime(stall: KnownStall, measured: Pick<Measured, "published">): Finding {
  const way = wayEvidence(stall);
  const reason = fact("published")`Not the pipeline: the missing segment was complete in time.`;
  return delivery(way ? 2 : 1, [reason, ...(way ? [way.evidence] : [])], way, published({ measured }));
}

function delivered(known: Known): Finding {
  const way = wayEvidence(known.input.stall);
  const tail = way ? [way.evidence] : [];
  const ratio = known.measured.published ?? 0;
  const inTime = ratio >= IN_TIME;
  const reason = fact("published")`Not the pipeline: it published ${{ ratio }} of real time.`;
  const reasons = inTime ? [reason, ...tail] : [...tail, ...published(known)];
  return delivery(inTime && way ? 2 : inTime && ratio >= CLEARLY_IN_TIME ? 1 : 0, reasons, way);
}

function unexplained(known: Known): Finding {
  const demand = Math.max(0, ...known.measured.lines.map((line) => line.thread.demand));
  const reason = busiest`It is not known why: the busiest thread of the pipeline needed ${{ demand }} s per second of media.`;
  return finding("unknown", 0, [reason, ...published(known)]);
}
