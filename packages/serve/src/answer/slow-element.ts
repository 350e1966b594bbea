// Is one element of the pipeline so slow that the pipeline cannot publish in time?
// SPDX-License-Identifier: MPL-2.0
import type { Evidence } from "@gst-pyroscope/contract/window";
import { BUSY } from "./baseline.js";
import { fastLoads, wayEvidence } from "./delivery.js";
import { beside, fact, nameOf, quoted } from "./facts.js";
import { allowed, type Finding, finding, type Known, published } from "./finding.js";
import { nearestQueues } from "./graph.js";
import { type Line, ranked } from "./measure.js";
import { positive } from "./numbers.js";
import { isUnserved } from "./slow-machine.js";
import type { ElementTotal } from "./totals.js";

/** More work than usual by this, in seconds per second of media, may be a cause. */
const TELLING_EXCESS = 0.25;
/** A thread that did not work for this part of the time did not hold up the others, however long its few buffers took. */
const AT_WORK = 0.4;
/** All others alike need so many times their usual time: without samples, one that needs more is no cause, but waits as they do. */
const MUCH_ALIKE = 3;

export function slowElement(known: Known): Finding | null {
  const { lines, likeFactor, alike } = known.measured;
  const blind = likeFactor >= MUCH_ALIKE && alike >= 3;
  const paths = allowed(known);
  const candidates = lines.filter((line) => {
    const { element, thread, excess } = line;
    const isBusy = thread.demand >= BUSY && thread.busy >= AT_WORK && !isUnserved(line);
    const tells = paths.has(element.path) && !(blind && element.blocked === null);
    return tells && isBusy && excess >= TELLING_EXCESS;
  });
  const [top] = candidates.toSorted((a, b) => b.excess - a.excess);
  if (top === undefined) return heldUp(known, paths);
  const next = Math.max(0, ...lines.filter((line) => line !== top).map(({ excess }) => excess));
  const sure = top.excess >= 3 * next && top.thread.demand > 1 ? 2 : top.excess >= 1.5 * next ? 1 : 0;
  const way = wayEvidence(known.input.stall);
  const contradicted = way?.part === "network" || known.input.segmentWasReady === true;
  const more = [
    ...queuesAround(known, top),
    ...threadOf(top),
    ...(way ? [way.evidence] : fastLoads(known.input.stall)),
  ];
  const reasons = [demandOf(top), ...published(known)];
  if (pushesOverNetwork(top)) return { ...finding("delivery", Math.min(1, sure), reasons, more), delivery: "network" };
  return { ...finding("element", contradicted ? 0 : sure, reasons, more), element: top };
}

/** A sink that writes to a file, or to a pipe that somebody reads, waits for these by the same system calls. */
function pushesOverNetwork({ element }: Line): boolean {
  const { blocked, factory, feeds, own, cpu } = element;
  const isFile = /file|fd|gio/.test(factory);
  return feeds.length === 0 && !isFile && positive(blocked?.network) > Math.max(own, positive(cpu)) / 2;
}

function demandOf(line: Line): Evidence {
  const { path, factory, held } = line.element;
  const name = `${nameOf(path)} (${factory})`;
  if (held > 1 && held > line.element.own)
    return fact("demand", path)`${name} has held a buffer for ${{ held_s: held }} s.`;
  const { demand, usual } = line;
  const waits = ranked(line).blocked_on;
  const why = waits === null || waits === "cpu_ready" || waits === "unknown" ? "" : `, waiting for ${words[waits]}`;
  const needed = [name, " needed ", { demand }, " s of work per second of media", why];
  if (usual === null) return fact("demand", path)`${needed}.`;
  if (usual >= 0.005) return fact("demand", path)`${needed}, usually ${{ usual }} s.`;
  return beside(fact("demand", path)`${needed}, usually next to nothing.`, { usual });
}

const words = {
  timer: "a timer",
  disk: "a disk",
  network: "the network",
  lock: "a lock",
  peer: "another thread",
} as const;

function threadOf({ thread }: Line): Evidence[] {
  const { name, demand } = thread;
  if (name === null) return [];
  const all = `All elements of its thread ${quoted(name)} together`;
  return [fact("thread_demand", name)`${all} needed ${{ demand }} s per second of media.`];
}

const sizeOf = (queue: ElementTotal["queue"]): number => queue?.capacity ?? queue?.highest ?? 0;

function queuesAround({ measured }: Known, { element }: Line): Evidence[] {
  const { elements } = measured.totals;
  const told = (kind: "queue_full" | "queue_empty", side: "before" | "behind", holds: (part: number) => boolean) =>
    nearestQueues(elements, element.path, side).flatMap(({ path, queue }) => {
      const [level, of] = [queue?.level ?? 0, sizeOf(queue)];
      if (of === 0 || !holds(level / of)) return [];
      return [fact(kind, path)`${nameOf(path)}, ${side} it, held ${{ level }} of ${{ of }} buffers.`];
    });
  return [
    ...told("queue_full", "before", (part) => part >= 0.8),
    ...told("queue_empty", "behind", (part) => part <= 0.2),
  ];
}

/**
 * Nothing comes out of a thread whose queue is full, and no samples tell where it stands: the element that took in more
 * than it gave, or the only one that works there.
 */
function heldUp(known: Known, paths: Set<string>): Finding | null {
  const { totals, inside, lines } = known.measured;
  const last = inside.at(-1)?.window.elements ?? [];
  const still = new Set(last.filter((one) => one.buffers_out === 0 && one.own_ms === 0).map(({ path }) => path));
  const full = [...totals.elements.values()].filter(({ path, queue }) => {
    return queue !== null && still.has(path) && sizeOf(queue) > 0 && queue.level >= 0.8 * sizeOf(queue);
  });
  const ends = full.filter(
    ({ path }) => !nearestQueues(totals.elements, path, "behind").some((one) => full.includes(one)),
  );
  const stuck = lines.filter(({ element }) => {
    const works = element.class === "work" || element.class === "sink";
    const unseen = element.cpu === null && element.blocked === null;
    return works && unseen && paths.has(element.path) && ends.some(({ path }) => element.threads.includes(path));
  });
  const holding = stuck.filter(({ element }) => element.class === "work" && element.buffers - element.out >= 0.5);
  const [only, ...others] = stuck.length === 1 ? stuck : holding;
  if (only === undefined || others.length > 0) return null;
  const { path, factory } = only.element;
  const reason = fact("demand", path)`${nameOf(path)} (${factory}) took a buffer and did not come back.`;
  return { ...finding("element", 1, [reason, ...published(known)], queuesAround(known, only)), element: only };
}
