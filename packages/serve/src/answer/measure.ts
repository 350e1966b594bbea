// How much work did each element and each thread of a pipeline need per second of media, now and usually?
// SPDX-License-Identifier: MPL-2.0
import type { RankedElement, WaitReason } from "@gst-pyroscope/contract/window";
import { nominalOf, spentOf, workOf } from "./baseline.js";
import { IN_TIME, mediaThrough, type Paces, pacesOf, publishedRatio, type Rates, ratesOf } from "./flow.js";
import { nearestQueues, upstream } from "./graph.js";
import { byName, median, positive, rounded, sum } from "./numbers.js";
import type { KnownPipeline, KnownWindow, Nominal, StallCase } from "./stall-case.js";
import { type ElementTotal, inOrder, overlap, type Totals, totalsOf, totalsOfWindow } from "./totals.js";

export interface Interval {
  fromMs: number;
  untilMs: number;
}

/** An element with its work, in seconds per second of media. */
interface Need {
  element: ElementTotal;
  demand: number;
  /** The same with the time in which it could have run and got no CPU. */
  spent: number;
  /** Usual demand; null: no baseline, or it is new. */
  usual: number | null;
  usualSpent: number;
  uplift: number | null;
}

export interface Line extends Need {
  /** What grew over the usual, and neither waiting for a CPU nor the growth of all elements explains. */
  excess: number;
  /** Of the busiest of its threads; and for which part of the time it was in its elements' functions. */
  thread: { name: string | null; demand: number; spent: number; busy: number };
}

export interface Measured {
  /** Windows of the newest run that lie in the interval for the most part. */
  inside: KnownWindow[];
  /** The newest window before the interval's end. */
  last: KnownWindow | null;
  /** Of the part of the interval in which the pipeline fell behind. */
  totals: Totals;
  nominal: Nominal | null;
  /** The baseline is of an earlier run. */
  earlier: boolean;
  /** Of real time, in the whole interval; null: not known. */
  published: number | null;
  /** The most media by which it lay behind real time within the interval, in seconds. */
  behind: number;
  /** Seconds at the interval's end about which nothing was told yet. */
  untold: number;
  lines: Line[];
  /** By how much the work of one buffer grew in the middle of the working elements; 1: not, or too few tell. */
  likeFactor: number;
  /** How many elements tell it. */
  alike: number;
}

/** Less work than this, in seconds per second of media, tells no factor. */
const TELLING = 0.002;

export function measure(pipeline: KnownPipeline, input: StallCase, interval: Interval): Measured {
  const known = inOrder(pipeline.windows).filter((one) => one.fromMs < interval.untilMs);
  const run = known.at(-1)?.window.run_id;
  const mine = known.filter(({ window }) => window.run_id === run);
  const own = nominalOf({ ...pipeline, windows: mine }, input.troubled, interval.fromMs);
  const nominal = own ?? earlierOne(pipeline.nominal, mine.at(-1));
  const usual = nominal && ratesOf(nominal);
  const whole = totalsOf(mine, interval.fromMs, interval.untilMs);
  const paces = pacesOf(whole, mine, pipeline.sinks);
  const inside = mine.filter((one) => overlap(one, interval.fromMs, interval.untilMs) > 0.5);
  const { behind, part } = lagging(mine, interval, paces, usual);
  const totals = part === interval ? whole : totalsOf(mine, part.fromMs, part.untilMs);
  const needs = demands(totals, nominal, usual, publishedRatio([totals], paces, usual));
  const lines = linesOf(needs, totals.wall);
  const published = publishedRatio([whole], paces, usual);
  const { factor: likeFactor, alike } = growth(needs, null);
  const last = mine.at(-1) ?? null;
  const untold = Math.max(0, interval.untilMs - (last?.toMs ?? interval.fromMs)) / 1000;
  return { inside, last, totals, nominal, earlier: own === null, published, behind, untold, lines, likeFactor, alike };
}

const earlierOne = (nominal: Nominal | null, last: KnownWindow | undefined) =>
  nominal !== null && last !== undefined && nominal.topology === last.window.topology ? nominal : null;

function demands(totals: Totals, nominal: Nominal | null, usual: Rates | null, published: number | null): Need[] {
  const media = mediaThrough(totals, usual, published);
  return [...totals.elements.values()].map((element) => {
    const through = media(element.path);
    const held = element.held > 0 && isFed(totals, element) ? element.held : 0;
    const now = { ...element, held };
    const [demand, spent] = [workOf(now) / through, spentOf(now) / through];
    const before = nominal?.elements[element.path];
    const usual = before?.demand ?? null;
    const uplift = usual === null ? null : demand - usual;
    return { element: now, demand, spent, usual, uplift, usualSpent: before?.spent ?? 0 };
  });
}

/** Something waits before it: it is not idle for want of buffers. Without a queue its source tells, by not waiting itself. */
function isFed({ elements, wall }: Totals, { path }: ElementTotal): boolean {
  const queues = nearestQueues(elements, path, "before");
  if (queues.length > 0) return queues.some(({ queue }) => positive(queue?.level) > 0);
  const sources = [...upstream(elements, [path])].flatMap((at) => elements.get(at) ?? []);
  return !sources.some((one) => one.class === "source" && one.driver > 0.8 * wall);
}

/** The middle growth of the work per buffer, of all working elements but one. */
function growth(needs: Need[], but: string | null): { factor: number; alike: number } {
  const grown = needs.flatMap(({ element, spent, usualSpent }) => {
    const tells = element.class === "work" && element.path !== but && element.held === 0 && usualSpent >= TELLING;
    return tells ? [spent / usualSpent] : [];
  });
  const middle = median(grown);
  const alike = grown.filter((one) => one >= middle / 2 && one <= middle * 2).length;
  return grown.length >= 2 && alike >= 2 ? { factor: Math.max(1, middle), alike } : { factor: 1, alike: 0 };
}

/** An element in several threads counts in each of them; one whose thread is not known stands for itself. */
function linesOf(needs: Need[], wall: number): Line[] {
  const idle = { demand: 0, spent: 0, busy: 0 };
  const threads = new Map<string, typeof idle>();
  const own = ({ element, demand, spent }: Need) => ({ demand, spent, busy: wall && spentOf(element) / wall });
  for (const need of needs)
    for (const thread of need.element.threads) {
      const [before, mine] = [threads.get(thread) ?? idle, own(need)];
      const [demand, spent] = [before.demand + mine.demand, before.spent + mine.spent];
      threads.set(thread, { demand, spent, busy: before.busy + mine.busy });
    }
  const demandOf = (thread: string) => threads.get(thread)?.demand ?? 0;
  return needs.map((need) => {
    const { element, demand, spent, usual, usualSpent } = need;
    const grown = demand - (usual ?? 0);
    // What has not grown is no cause, whatever the others did.
    const { factor } = grown > 0 ? growth(needs, element.path) : { factor: 1 };
    const excess = Math.min(grown, spent - usualSpent * factor);
    const [name = null] = element.threads.toSorted((a, b) => demandOf(b) - demandOf(a) || byName(a, b));
    return { ...need, excess, thread: { name, ...(name === null ? own(need) : (threads.get(name) ?? idle)) } };
  });
}

/**
 * The part of the interval in which media fell behind real time the most, and by how many seconds. Healthy time before and
 * after it would hide the cause; where it is shorter than two windows, the interval stands as it is.
 */
function lagging(windows: KnownWindow[], interval: Interval, paces: Paces, usual: Rates | null) {
  const { fromMs, untilMs } = interval;
  let [behind, most] = [0, 0];
  let mine: Lag[] = [];
  let worst: Lag[] = [];
  for (const known of windows.filter((one) => overlap(one, fromMs, untilMs) > 0)) {
    const totals = totalsOfWindow(known);
    const ratio = publishedRatio([totals], paces, usual) ?? IN_TIME;
    if (behind === 0) mine = [];
    mine.push({ known, ratio, lag: overlap(known, fromMs, untilMs) * totals.wall * (IN_TIME - ratio) });
    behind = Math.max(0, behind + (mine.at(-1)?.lag ?? 0));
    if (behind <= most) continue;
    most = behind;
    worst = [...mine];
  }
  const part = withoutMild(worst);
  const [first, last] = [part[0]?.known, part.at(-1)?.known];
  if (worst.length < 2 || first === undefined || last === undefined) return { behind: most, part: interval };
  return { behind: most, part: { fromMs: Math.max(fromMs, first.fromMs), untilMs: Math.min(untilMs, last.toMs) } };
}

interface Lag {
  known: KnownWindow;
  /** Published, of real time. */
  ratio: number;
  /** Seconds by which media fell behind in it. */
  lag: number;
}

/**
 * In the first and the last window, a cause may have been at work for a moment only; in the first one that fell behind much
 * it began, so that what it did to a buffer is mixed with what is usual. Where nothing came out any more, that one tells all.
 */
function withoutMild(part: Lag[]): Lag[] {
  const mild = (0.25 * sum(part.map(({ lag }) => lag))) / part.length;
  const from = part.findIndex(({ lag }) => lag >= mild);
  const until = part.findLastIndex(({ lag }) => lag >= mild);
  const much = part.slice(from, until + 1);
  const [, ...later] = much;
  return later.length >= 2 && later.some(({ ratio }) => ratio > 0) ? later : much;
}

/** As the answer shows it. */
export function ranked({ element, demand, usual, uplift }: Line): RankedElement {
  const { path, factory, blocked, cpu } = element;
  const work = Math.max(element.own, spentOf(element));
  const waits = Object.entries(blocked ?? {}).sort(([a, x], [b, y]) => y - x || byName(a, b));
  const own = waits.filter(([reason]) => element.class !== "wait" || reason === "disk" || reason === "network");
  const [longest, seconds = 0] = own[0] ?? [];
  const share = cpu === null || work === 0 ? null : Math.min(1, cpu / work);
  return {
    ...{ path, factory, class: element.class, demand: rounded(demand) },
    usual: usual === null ? null : rounded(usual),
    uplift: uplift === null ? null : rounded(uplift),
    cpu_share: share === null ? null : rounded(share),
    blocked_on: seconds > 0.1 * work && seconds > 0 ? (longest as WaitReason) : null,
  };
}
