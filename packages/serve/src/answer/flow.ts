// How much media left a pipeline, in relation to the time that passed?
// SPDX-License-Identifier: MPL-2.0
import type { SinkWindow } from "@gst-pyroscope/contract/window";
import { behindAggregators, paceOf } from "./graph.js";
import { positive, sum } from "./numbers.js";
import type { KnownWindow, Nominal } from "./stall-case.js";
import type { Totals } from "./totals.js";

/** Buffers per second, by path. */
export type Rates = ReadonlyMap<string, number>;
/** By sink: the elements whose buffers tell how much media it gets, and the most seconds of media that it got in one window. */
export type Paces = ReadonlyMap<string, { paths: string[]; burst: number }>;

/** Published at least this part of real time: in time. */
export const IN_TIME = 0.9;
/** Fewer buffers than this do not tell a rate. */
const FEWEST_BUFFERS = 5;
/** Seconds; no group of pictures lasts longer. */
const MOST_BURST = 10;
/** A pipeline that catches up publishes much at once: it counts so many times real time at most. */
const MOST = 1.5;

/** Of the stream's sinks; null: all. `windows`: of the pipeline, for the size of bursts. */
export function pacesOf({ elements, sinks }: Totals, windows: KnownWindow[], only: string[] | null): Paces {
  const mine = [...sinks.keys()].filter((path) => only === null || only.includes(path));
  const burst = (path: string) =>
    Math.max(0, ...windows.map(({ window }) => mediaIn(window.sinks.find((sink) => sink.path === path))));
  return new Map(mine.map((path) => [path, { paths: paceOf(elements, path), burst: burst(path) }]));
}

const mediaIn = (sink: SinkWindow | undefined): number => Math.min(MOST_BURST, positive(sink?.media_ms) / 1000);

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

/**
 * By the slowest of the sinks: 1 is real time; null: not known. Muxers that hold whole groups of pictures give their media
 * in bursts: then the pace of what feeds them is more exact, as long as the media is not behind it by more than a burst.
 */
export function publishedRatio(all: Totals[], paces: Paces, usual: Rates | null): number | null {
  const wall = wallOf(all);
  const ratios = [...paces].flatMap(([sink, { paths, burst }]) => {
    const media = all.map(({ sinks }) => sinks.get(sink)?.media ?? null);
    const told = media.every((one) => one !== null) ? Math.min(MOST, sum(media) / wall) : null;
    const known = paths.map((path) => paceAgainst(all, path, usual?.get(path))).filter((pace) => pace !== null);
    const pace = known.length === 0 ? null : Math.min(...known);
    const ratio = pace === null || (told !== null && wall * (pace - told) > burst) ? told : pace;
    return ratio ?? [];
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
