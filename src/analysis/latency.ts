// How long do buffers take from each source to each sink, and where is that not known?
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot, HistogramCounts } from "../model/batch.js";
import { addHistogram, distribution, emptyHistogram } from "../model/histogram.js";
import { isBelieved, MOSTLY } from "../model/matched.js";
import type { Recording } from "../model/recording.js";
import type { LatencySummary } from "../model/summary.js";
import { type Origin, origins, Places } from "./origins.js";

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

export function latencies(capture: Recording): LatencySummary[] {
  const places = new Places(capture);
  const pairs = new Map<string, Pair>();
  for (const cell of capture.cells) {
    const [source, sink] = [places.ofPad(cell.peer), places.ofPad(cell.pad)];
    if (cell.kind !== "latency" || source === undefined || sink === undefined) continue;
    const key = keyOf({ source, sink });
    const pair = pairs.get(key) ?? blank(source, sink);
    pairs.set(key, add(pair, cell));
  }
  const rows = [...pairs.values()].map((pair) => row(pair, places.pipeline(pair.sink)));
  return [...rows, ...untimed(capture, places, pairs)];
}

const keyOf = ({ source, sink }: Pick<Pair, "source" | "sink">): string => JSON.stringify([source, sink]);

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
    first: pair.first ?? firstOf(cell),
  };
}

/** Nothing was measured where the first buffer was not found again, as of a muxer that begins with a table of its own. */
const firstOf = ({ level, highestLevel }: CellSnapshot): Pair["first"] =>
  level + highestLevel > 0 ? { waitNs: level, travelNs: highestLevel } : null;

function row({ source, sink, arrived, matched, untimed, first, times }: Pair, pipeline: string): LatencySummary {
  const common = { pipeline, source, sink, arrived, reason: reasonOf(arrived, matched, untimed) };
  const figures = isBelieved({ invocations: arrived, buffers: matched }) ? distribution(times) : null;
  return figures === null ? { ...common, firstBuffer: null, ...none } : { ...common, firstBuffer: first, ...figures };
}

function reasonOf(arrived: number, matched: number, untimed: number): string | null {
  if (arrived === 0) return "no buffer arrived";
  if (matched / arrived >= MOSTLY) return null;
  if (untimed === arrived) return "buffers have no time stamps at the source or at the sink";
  const some = matched > 0 ? `${matched} of ${arrived} matched: ` : "";
  return `${some}buffers arrive with other times than the source gave them; an element between re-times them`;
}

const WHY_UNTIMED: Record<Exclude<Origin["begins"], "pushes">, string> = {
  pulled: "the source is pulled: it pushes nothing that could be timed",
  unlinked: "no link of a source leads to it: what begins the stream is fed by a call, or its hop is filtered out",
};

/** Sources that push nothing, or not over a link, have no beginning to measure from. */
function untimed(capture: Recording, places: Places, known: ReadonlyMap<string, unknown>): LatencySummary[] {
  const rows = new Map<string, LatencySummary>();
  for (const { begins, ...origin } of origins(capture, places)) {
    const key = keyOf(origin);
    if (begins === "pushes" || known.has(key) || rows.has(key)) continue;
    const more = { pipeline: places.pipeline(origin.sink), firstBuffer: null, ...none };
    rows.set(key, { ...origin, ...more, reason: WHY_UNTIMED[begins] });
  }
  return [...rows.values()];
}
