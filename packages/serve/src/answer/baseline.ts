// What is a pipeline like when it publishes at full speed?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import { buffersOf, type Paces, pacesOf, publishedRatio, type Rates, wallOf } from "./flow.js";
import { byName, byNames, middle, positive, quantile } from "./numbers.js";
import type { KnownPipeline, KnownWindow, Nominal, NominalElement, StallCase } from "./stall-case.js";
import { type ElementTotal, inOrder, type Totals, totalsOfWindow } from "./totals.js";

/** Published at least this part of real time: healthy. */
const HEALTHY = 0.95;
/** A thread that is busy for this part of the time is at its limit. */
export const BUSY = 0.9;
const MOST_WINDOWS = 60;
const FEWEST_WINDOWS = 5;
/** Fewer than so many make it less sure. */
export const ENOUGH_WINDOWS = 10;
/** Muxers that write whole groups of pictures make full and empty windows in turn: each is seen with so many on both sides. */
const NEIGHBOURS = 2;

/** Waits for a CPU of less than this part of an element's time do not tell how its own threads fared. */
const TELLING_WAIT = 0.1;

/**
 * Seconds that an element's own functions took. Elements that wait for their peers, and sources that wait for what they
 * fetch, count only while they use a CPU or wait for a disk or (not sources) the network; own threads by their CPU time.
 */
export function spentOf(element: ElementTotal): number {
  const { own, held, blocked } = element;
  const cpu = element.cpu ?? 0;
  if (element.class === "source") return cpu + positive(blocked?.disk);
  if (element.class === "wait") return cpu + (element.queue ? 0 : positive(blocked?.disk) + positive(blocked?.network));
  return Math.max(own + held, cpu);
}

/** Of these, its work: without the time in which it could have run and got no CPU. */
export function workOf(element: ElementTotal): number {
  const spent = spentOf(element);
  return element.class === "work" || element.class === "sink"
    ? Math.max(spent - unserved(element), element.cpu ?? 0)
    : spent;
}

/** Threads of its own that it waited for got a CPU as seldom as itself. */
function unserved({ own, held, cpu, blocked }: ElementTotal): number {
  const ready = positive(blocked?.cpu_ready);
  const tells = cpu !== null && ready >= TELLING_WAIT * (own + held);
  return ready + (tells ? (positive(blocked?.peer) * ready) / (ready + cpu || 1) : 0);
}

/**
 * Of the newest run's windows until a time, the last sixty in which it published at full speed and no stall was attributed
 * to it; null: fewer than five, or it was at its limit in them (it was slow from its start on).
 */
export function nominalOf(
  pipeline: Pick<KnownPipeline, "windows" | "sinks">,
  troubled: StallCase["troubled"],
  untilMs: number,
): Nominal | null {
  const known = inOrder(pipeline.windows).filter((one) => one.toMs <= untilMs && one.window.state === "playing");
  const last = known.at(-1)?.window;
  const calm = ({ window, fromMs, toMs }: KnownWindow) =>
    window.run_id === last?.run_id && !troubled.some((one) => one.fromMs < toMs && one.untilMs > fromMs);
  const quiet = known.filter(calm);
  if (last === undefined) return null;
  const newest = quiet.at(-1)?.window ?? last;
  const same = JSON.stringify([last.topology, pipeline.sinks, quiet.map(({ fromMs, toMs }) => [fromMs, toMs])]);
  const before = made.get(newest);
  if (before?.same === same) return before.nominal;
  const nominal = nominalFrom(quiet, pipeline.sinks, last.topology);
  made.set(newest, { same, nominal });
  return nominal;
}

/** By the newest window that it was made from: the stalls of an incident, and one that is judged again, ask for the same. */
const made = new WeakMap<PipelineWindow, { same: string; nominal: Nominal | null }>();

function nominalFrom(quiet: KnownWindow[], sinks: KnownPipeline["sinks"], topology: string): Nominal | null {
  const each = quiet.map(totalsOfWindow);
  const newest = each.at(-1);
  if (newest === undefined) return null;
  const healthy = healthyOf(each, pacesOf(newest, quiet, sinks)).slice(-MOST_WINDOWS);
  return healthy.length < FEWEST_WINDOWS || isBusy(healthy) ? null : usualOf(healthy, topology);
}

/** The rates that the best quarter of the time reached are full speed: most of the windows may lie in a slow time. */
function healthyOf(each: Totals[], paces: Paces): Totals[] {
  const around = each.map((_, place) => each.slice(Math.max(0, place - NEIGHBOURS), place + NEIGHBOURS + 1));
  const fast = (path: string) =>
    quantile(
      around.map((some) => buffersOf(some, path) / wallOf(some)),
      0.75,
    );
  const rates: Rates = new Map([...paces.values()].flatMap(({ paths }) => paths).map((path) => [path, fast(path)]));
  return each.filter((_, place) => (publishedRatio(around[place] ?? [], paces, rates) ?? 0) >= HEALTHY);
}

interface Figures {
  elements: Map<string, NominalElement>;
  /** Seconds in which each streaming thread was in the own functions of its elements. */
  busy: Map<string, number>;
}

const kept = new WeakMap<Totals, Figures>();

/** Of one window, per second. */
function figuresOf(totals: Totals): Figures {
  const before = kept.get(totals);
  if (before !== undefined) return before;
  const figures: Figures = { elements: new Map(), busy: new Map() };
  for (const element of totals.elements.values()) {
    const [spent, own] = [spentOf(element) / totals.wall, element.own / totals.wall];
    const [rate, demand] = [element.buffers / totals.wall, workOf(element) / totals.wall];
    const ready = positive(element.blocked?.cpu_ready) / totals.wall;
    figures.elements.set(element.path, { rate, demand, spent, ready });
    const seconds = totals.wall * (element.class === "work" || element.class === "sink" ? own : spent);
    for (const thread of element.threads) figures.busy.set(thread, (figures.busy.get(thread) ?? 0) + seconds);
  }
  kept.set(totals, figures);
  return figures;
}

/** Makes ready what each judgement needs of a window: when it comes, there is time for it. */
export const lookAt = (known: Pick<KnownWindow, "window" | "fromMs" | "toMs">): void =>
  void figuresOf(totalsOfWindow(known));

function isBusy(each: Totals[]): boolean {
  const busy = new Map<string, number>();
  for (const one of each)
    for (const [thread, seconds] of figuresOf(one).busy) busy.set(thread, (busy.get(thread) ?? 0) + seconds);
  return Math.max(0, ...busy.values()) >= BUSY * wallOf(each);
}

function usualOf(each: Totals[], topology: string): Nominal {
  const seen = [...byNames(each.flatMap((one) => [...figuresOf(one).elements]))];
  const ofElement = (all: NominalElement[]): NominalElement => {
    const usual = (name: keyof NominalElement) => middle(all.map((figures) => figures[name]));
    return { rate: usual("rate"), demand: usual("demand"), spent: usual("spent"), ready: usual("ready") };
  };
  const sinks = new Set(each.flatMap((one) => [...one.sinks.keys()]));
  const ofSink = (path: string) => middle(each.map((one) => (one.sinks.get(path)?.buffers ?? 0) / one.wall));
  return {
    topology,
    windows: each.length,
    elements: Object.fromEntries(seen.sort(([a], [b]) => byName(a, b)).map(([path, all]) => [path, ofElement(all)])),
    sinks: Object.fromEntries([...sinks].sort(byName).map((path) => [path, ofSink(path)])),
  };
}
