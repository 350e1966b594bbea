// How much media left a pipeline, in relation to the time that passed?
// SPDX-License-Identifier: MPL-2.0
import { behindAggregators, paceOf } from "./graph.js";
import { positive, sum } from "./numbers.js";
import type { Nominal } from "./stall-case.js";
import type { Totals } from "./totals.js";

/** Buffers per second, by path. */
export type Rates = ReadonlyMap<string, number>;
/** By sink: the elements whose buffers tell how much media it gets. */
export type Paces = ReadonlyMap<string, string[]>;

/** Published at least this part of real time: in time. */
export const IN_TIME = 0.9;
/** Fewer buffers than this do not tell a rate. */
const FEWEST_BUFFERS = 5;
/** A pipeline that catches up publishes much at once: it counts so many times real time at most. */
const MOST = 1.5;

/** Of the stream's sinks; null: all. */
export function pacesOf({ elements, sinks }: Totals, only: string[] | null): Paces {
  const mine = [...sinks.keys()].filter((path) => only === null || only.includes(path));
  return new Map(mine.map((path) => [path, paceOf(elements, path)]));
}

export function ratesOf({ elements, sinks }: Nominal): Rates {
  const ofElements = Object.entries(elements).map(([path, { rate }]) => [path, rate] as const);
  return new Map([...Object.entries(sinks), ...ofElements]);
}

export const buffersOf = (all: Totals[], path: string): number =>
  sum(all.map(({ elements, sinks }) => (elements.get(path) ?? sinks.get(path))?.buffers ?? 0));

export const wallOf = (all: Totals[]): number => sum(all.map(({ wall }) => wall));

/** Buffers in relation to the usual number, 0 … 1.5; null: too few are usual. */
export function paceAgainst(all: Totals[], path: string, rate: number | undefined): number | null {
  const usual = positive(rate) * wallOf(all);
  return usual < FEWEST_BUFFERS ? null : Math.min(MOST, buffersOf(all, path) / usual);
}

/** By the slowest of the sinks: 1 is real time; null: not known. */
export function publishedRatio(all: Totals[], paces: Paces, usual: Rates | null): number | null {
  const wall = wallOf(all);
  const ratios = [...paces].flatMap(([sink, paths]) => {
    const media = all.map(({ sinks }) => sinks.get(sink)?.media ?? null);
    if (media.every((one) => one !== null)) return [Math.min(MOST, sum(media) / wall)];
    return paths.map((path) => paceAgainst(all, path, usual?.get(path))).filter((pace) => pace !== null);
  });
  return ratios.length === 0 || wall === 0 ? null : Math.min(...ratios);
}

/** Media seconds that went through an element: by its buffers, behind aggregators by what was published. */
export function mediaThrough(totals: Totals, usual: Rates | null, published: number | null): (path: string) => number {
  const muxed = behindAggregators(totals.elements);
  return (path) => {
    const rate = positive(usual?.get(path));
    const pace = muxed.has(path) || rate === 0 ? null : paceAgainst([totals], path, rate);
    const least = rate === 0 ? 0.05 * totals.wall : 0.5 / rate;
    return Math.max(least, (pace ?? published ?? 1) * totals.wall);
  };
}
