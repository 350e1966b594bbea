// How long do buffers take from each source to each sink, and where could nobody tell?
// SPDX-License-Identifier: MPL-2.0

import type { Capture } from "../capture/reader.js";
import type { CellSnapshot, HistogramCounts } from "../model/batch.js";
import { addHistogram, distribution, emptyHistogram } from "../model/histogram.js";
import type { LatencySummary } from "../model/summary.js";

/** Below this share of matched buffers the figures need a word of caution. */
const MOSTLY = 0.9;

const none = { count: null, sumNs: null, minNs: null, maxNs: null, p50Ns: null, p90Ns: null, p99Ns: null };

interface Pair {
  source: string;
  sink: string;
  arrived: number;
  matched: number;
  untimed: number;
  first: LatencySummary["firstBuffer"];
  times: HistogramCounts;
}

export function latencies(capture: Capture): LatencySummary[] {
  const places = new Places(capture);
  const pairs = new Map<string, Pair>();
  for (const cell of capture.cells) {
    const [source, sink] = [places.ofPad(cell.peer), places.ofPad(cell.pad)];
    if (cell.kind !== "latency" || source === undefined || sink === undefined) continue;
    const key = JSON.stringify([source, sink]);
    const pair = pairs.get(key) ?? blank(source, sink);
    pairs.set(key, add(pair, cell));
  }
  const rows = [...pairs.values()].map((pair) => row(pair, places.pipeline(pair.sink)));
  return [...rows, ...pulled(capture, places, new Set(rows.map((r) => r.sink)))];
}

const blank = (source: string, sink: string): Pair => ({
  source,
  sink,
  arrived: 0,
  matched: 0,
  untimed: 0,
  first: null,
  times: emptyHistogram(),
});

function add(pair: Pair, cell: CellSnapshot): Pair {
  addHistogram(pair.times, cell.inclusive);
  return {
    ...pair,
    arrived: pair.arrived + cell.invocations,
    matched: pair.matched + cell.buffers,
    untimed: pair.untimed + cell.dropped,
    first: pair.first ?? (cell.invocations > 0 ? { waitNs: cell.level, travelNs: cell.highestLevel } : null),
  };
}

function row({ source, sink, arrived, matched, untimed, first, times }: Pair, pipeline: string): LatencySummary {
  const common = { pipeline, source, sink, arrived, reason: reasonOf(arrived, matched, untimed), firstBuffer: first };
  const figures = distribution(times);
  return figures === null ? { ...common, ...none } : { ...common, ...figures };
}

function reasonOf(arrived: number, matched: number, untimed: number): string | null {
  if (arrived === 0) return "no buffer arrived";
  if (matched / arrived >= MOSTLY) return null;
  if (untimed === arrived) return "buffers have no time stamps at the source or at the sink";
  const some = matched > 0 ? `${matched} of ${arrived} matched: ` : "";
  return `${some}buffers arrive with other times than the source gave them; an element between re-times them`;
}

/** A source that is pulled pushes nothing, so there is no beginning to measure from. */
function pulled(capture: Capture, places: Places, known: Set<string>): LatencySummary[] {
  const pull = capture.cells.filter((cell) => cell.kind === "pull");
  const asking = new Set(pull.map((cell) => places.ofPad(cell.peer)));
  const given = new Set(pull.map((cell) => places.ofPad(cell.pad)));
  const [receivers, senders] = [new Map<string, number>(), new Set<string | undefined>()];
  for (const cell of capture.cells.filter(({ kind }) => kind === "chain")) {
    const path = places.ofPad(cell.pad);
    if (path !== undefined) receivers.set(path, (receivers.get(path) ?? 0) + cell.buffers);
    senders.add(places.ofPad(cell.peer));
  }
  const sources = [...given].filter((path) => path !== undefined && !asking.has(path) && !receivers.has(path));
  const sinks = [...receivers].filter(([path]) => !senders.has(path) && !known.has(path));
  return sinks.flatMap(([sink, arrived]) =>
    sources
      .filter((source): source is string => source !== undefined && places.pipeline(source) === places.pipeline(sink))
      .map((source) => ({
        ...{ pipeline: places.pipeline(sink), source, sink, arrived, firstBuffer: null, ...none },
        reason: "the source is pulled: it pushes nothing that could be timed",
      })),
  );
}

/** Paths and pipelines by directory id. */
class Places {
  readonly #pads = new Map<number, string>();
  readonly #pipelines = new Map<string, string>();

  constructor({ topology }: Capture) {
    const paths = new Map(topology.elements.map((e) => [e.id, e.path]));
    for (const { path, pipeline } of topology.elements) this.#pipelines.set(path, pipeline);
    for (const { id, element } of topology.pads) {
      const path = paths.get(element);
      if (path !== undefined) this.#pads.set(id, path);
    }
  }

  ofPad(id: number): string | undefined {
    return this.#pads.get(id);
  }

  pipeline(path: string): string {
    return this.#pipelines.get(path) ?? "";
  }
}
