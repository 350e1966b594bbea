// Who waits for whom? Each thread's part of a pipeline, and what holds it up: an element, a queue's size, the clock. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import { drives, isQueue, sumOf, waitsForClock } from "./stage-elements.js";
import type { Verdict } from "./verdict.js";

/** A stretch of a pipeline that one thread works through, from what drives it to the queues that it fills. */
export interface Stage {
  driver: ElementSummary;
  members: ElementSummary[];
  /** Queues and others with a thread of their own; their functions hold this thread up while they are full. */
  outlets: ElementSummary[];
  /** Driver, members and outlets: what its thread spent, without the time before its first buffer. */
  totalNs: number;
}

/** A thread that waits for a larger share of its time than this is held up, by a full queue or by the clock. */
const BACKPRESSURE_SHARE = 0.2;
/** A queue whose thread waits for buffers for a larger share than this is not always full. */
const STARVATION_SHARE = 0.15;
/** Of the time of the busiest thread: a shorter wait is no reason. */
const NOTICEABLE = 0.05;

/** Full ones, one behind the other. */
const MAX_QUEUES = 64;

const total = (elements: readonly ElementSummary[]): number => elements.reduce((ns, e) => ns + sumOf(e.exclusive), 0);
const most = (elements: readonly ElementSummary[], of: (e: ElementSummary) => number): ElementSummary | undefined =>
  elements.reduce<ElementSummary | undefined>((top, e) => (top === undefined || of(e) > of(top) ? e : top), undefined);

export class Stages {
  readonly #byPath: ReadonlyMap<string, ElementSummary>;
  readonly #stages: Stage[];
  readonly #byDriver: ReadonlyMap<ElementSummary, Stage>;
  /** Of the threads that fill an outlet, together. */
  readonly #fillNs = new Map<ElementSummary, number>();
  readonly #byMember = new Map<ElementSummary, Stage>();
  readonly #longestNs: number;

  constructor(elements: readonly ElementSummary[]) {
    this.#byPath = new Map(elements.map((e) => [e.path, e]));
    this.#stages = elements.filter((e) => drives(e) || isQueue(e)).map((e) => this.#stageOf(e));
    this.#addPulled();
    this.#byDriver = new Map(this.#stages.map((stage) => [stage.driver, stage]));
    for (const stage of this.#stages) {
      for (const outlet of stage.outlets) this.#fillNs.set(outlet, (this.#fillNs.get(outlet) ?? 0) + stage.totalNs);
      for (const member of stage.members) if (!this.#byMember.has(member)) this.#byMember.set(member, stage);
    }
    this.#longestNs = this.#stages.reduce((ns, { totalNs }) => Math.max(ns, totalNs), 1);
  }

  /** The strongest reason first; none where no thread waits. */
  verdicts(): Verdict[] {
    const queues = [...this.#byPath.values()].filter(isQueue);
    const full = queues
      .map((queue) => ({ queue, backpressure: this.backpressure(queue), starvation: this.starvation(queue) }))
      .filter(({ backpressure }) => backpressure > BACKPRESSURE_SHARE)
      .sort((a, b) => b.backpressure - a.backpressure);
    return [
      ...full.filter(({ starvation }) => starvation <= STARVATION_SHARE).flatMap((of) => this.#limited(of)),
      ...queues.filter((queue) => queue.leaky && queue.drops > 0).flatMap((queue) => this.#dropping(queue)),
      ...full.filter(({ starvation }) => starvation > STARVATION_SHARE).flatMap(({ queue }) => this.#undersized(queue)),
      ...this.#clocks(),
    ];
  }

  /** By path: of the elements whose threads run it, or call its functions. */
  drivers(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const { driver, members, outlets } of this.#stages) {
      for (const { path } of new Set([driver, ...members, ...outlets]))
        found.set(path, [...(found.get(path) ?? []), driver.path]);
    }
    return found;
  }

  /** Share of the time of the threads that fill it that they wait for room in it. */
  backpressure(queue: ElementSummary): number {
    const ns = this.#fillNs.get(queue) ?? 0;
    // A thread that did next to nothing says nothing.
    const matters = sumOf(queue.exclusive) > NOTICEABLE * this.#longestNs;
    // Nor is there a share where no thread was seen to fill it.
    return matters && ns > 0 ? sumOf(queue.exclusive) / ns : 0;
  }

  /** Share of its own thread's time that it waits for buffers. */
  starvation(queue: ElementSummary): number {
    const stage = this.#byDriver.get(queue);
    return stage === undefined || stage.totalNs === 0 ? 0 : sumOf(queue.driver) / stage.totalNs;
  }

  #stageOf(driver: ElementSummary): Stage {
    const members: ElementSummary[] = [];
    const outlets: ElementSummary[] = [];
    const seen = new Set<ElementSummary>();
    const open = [driver];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const ends = next !== driver && (isQueue(next) || (drives(next) && next.buffersIn > 0));
      if (next !== driver) (ends ? outlets : members).push(next);
      if (!ends) open.push(...next.feeds.flatMap((path) => this.#byPath.get(path) ?? []).reverse());
    }
    return { driver, members, outlets, totalNs: sumOf(driver.driver) + total(members) + total(outlets) };
  }

  /** An element that no element pushes to is pulled by one downstream, in the thread of that one. */
  #addPulled(): void {
    const reached = new Set(this.#stages.flatMap(({ members, outlets }) => [...members, ...outlets]));
    const waiting = [...this.#byPath.values()].filter((e) => e.exclusive !== null && !reached.has(e) && !isQueue(e));
    const before = new Map<string, ElementSummary[]>();
    for (const e of waiting) for (const path of e.feeds) before.set(path, [...(before.get(path) ?? []), e]);
    for (const stage of this.#stages) {
      if (stage.driver.buffersIn === 0 || isQueue(stage.driver)) continue;
      const from = new Set([stage.driver]);
      for (const behind of from) {
        const asked = (before.get(behind.path) ?? []).filter((e) => !from.has(e));
        for (const e of asked) from.add(e);
        stage.members.push(...asked);
        stage.totalNs += total(asked);
      }
    }
  }

  /** The element that takes most of the time of the thread behind a queue; behind a full one there, of the next thread. */
  #slowest(
    queue: ElementSummary,
    seen: ElementSummary[] = [],
  ): { element: ElementSummary; queue: ElementSummary } | null {
    const stage = seen.length > MAX_QUEUES ? undefined : this.#byDriver.get(queue);
    const top = stage && most([...stage.members, ...stage.outlets], (e) => sumOf(e.exclusive));
    if (stage === undefined || top === undefined || sumOf(top.exclusive) === 0 || seen.includes(top)) return null;
    if (!isQueue(top)) return { element: top, queue };
    return this.#slowest(top, [...seen, queue]);
  }

  #limited({ queue, backpressure }: { queue: ElementSummary; backpressure: number }): Verdict[] {
    const found = this.#slowest(queue);
    // A sink that waits for the clock is as fast as it should be.
    if (found === null || waitsForClock(found.element)) return [];
    return [{ kind: "limited", ...found, backpressure }];
  }

  /** No queue is full and empty at once: waits that are longer together than the longer thread's time are not for that queue. */
  #undersized(queue: ElementSummary): Verdict[] {
    const ns = Math.max(this.#fillNs.get(queue) ?? 0, this.#byDriver.get(queue)?.totalNs ?? 0, 1);
    const [backpressure, starvation] = [sumOf(queue.exclusive) / ns, sumOf(queue.driver) / ns];
    return backpressure > BACKPRESSURE_SHARE && starvation > STARVATION_SHARE && backpressure + starvation <= 1
      ? [{ kind: "undersized-queue", queue, backpressure, starvation }]
      : [];
  }

  #dropping(queue: ElementSummary): Verdict[] {
    const found = this.#slowest(queue);
    return found === null || waitsForClock(found.element) ? [] : [{ kind: "dropping", element: found.element, queue }];
  }

  #clocks(): Verdict[] {
    const sinks = [...this.#byPath.values()].filter((e) => e.sync && e.blockedNs !== null);
    const waits = (sink: ElementSummary): number => {
      const stage = this.#byMember.get(sink);
      // Its events, the wait for its first picture among them, are no part of the stage.
      return stage === undefined
        ? (sink.blockedNs ?? 0) / Math.max(1, sink.wallNs ?? 0)
        : Math.min(sink.blockedNs ?? 0, sumOf(sink.exclusive)) / Math.max(1, stage.totalNs);
    };
    const found = sinks.map((sink): Verdict & { waits: number } => ({ kind: "clock", sink, waits: waits(sink) }));
    return found.filter((one) => one.waits > BACKPRESSURE_SHARE).sort((a, b) => b.waits - a.waits);
  }
}
