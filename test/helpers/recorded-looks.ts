// What did real pipelines count, look by look, and what was sent of it? Recorded once, from the program as it was then.

import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import type { AgentSelf } from "../../src/metrics/catalog.js";
import type { Observation } from "../../src/metrics/producer.js";
import type { PadLabels } from "../../src/metrics/series.js";
import type { CellSnapshot, HistogramCounts } from "../../src/model/batch.js";
import { GRID_BUCKETS } from "../../src/model/histogram.js";
import type { SegmentState } from "../../src/model/segment-state.js";

/** How exports can be asked for, in the order of the recording. */
export const ways = [
  ["explicit", "cumulative"],
  ["explicit", "delta"],
  ["exponential", "cumulative"],
  ["exponential", "delta"],
] as const;

/** With "delta", the collector did not get this export. */
export const LOST_EXPORT = 4;

export interface Look {
  name: string;
  now: bigint;
  observed: Observation;
  /** Cells as they were last, before they were given to others. */
  gone: CellSnapshot[];
  labels: Record<number, PadLabels>;
}

type Plain<T> = {
  [K in keyof T]: T[K] extends bigint ? string : T[K] extends HistogramCounts ? PlainHistogram : T[K];
};
type PlainHistogram = Omit<HistogramCounts, "counts"> & { counts: [number, number][] };
interface PlainLook extends Pick<Look, "name" | "labels"> {
  now: string;
  cells: Plain<CellSnapshot>[];
  ended: Plain<CellSnapshot>[];
  gone: Plain<CellSnapshot>[];
  state: Plain<SegmentState>;
  self: Plain<AgentSelf>;
}

const folder = new URL("../fixtures/metrics/", import.meta.url);
const read = (name: string): Buffer => brotliDecompressSync(readFileSync(new URL(name, folder)));

function histogram({ counts, ...rest }: PlainHistogram): HistogramCounts {
  const dense = new Float64Array(GRID_BUCKETS);
  for (const [i, n] of counts) dense[i] = n;
  return { ...rest, counts: dense };
}

const cell = (plain: Plain<CellSnapshot>): CellSnapshot => ({
  ...plain,
  startUnixNs: BigInt(plain.startUnixNs),
  inclusive: histogram(plain.inclusive),
  exclusive: histogram(plain.exclusive),
});

/** A cell that did not move is the object of the look before, as the addon has it. */
export function recordedLooks(): Look[] {
  const looks = JSON.parse(read("looks.json.br").toString()) as PlainLook[];
  let before = new Map<string, CellSnapshot>();
  return looks.map(({ name, now, labels, cells, ended, gone, state, self }) => {
    const texts = cells.map((plain) => JSON.stringify(plain));
    const seen = new Map(texts.map((text, i) => [text, before.get(text) ?? cell(cells[i] as Plain<CellSnapshot>)]));
    before = seen;
    const observed: Observation = {
      cells: [...seen.values()],
      ended: ended.map(cell),
      state: {
        ...state,
        createdUnixNs: BigInt(state.createdUnixNs),
        spanThreshold: BigInt(state.spanThreshold),
        handler: histogram(state.handler),
      },
      self: { ...self, startUnixNs: BigInt(self.startUnixNs) },
    };
    return { name, now: BigInt(now), labels, observed, gone: gone.map(cell) };
  });
}

/** By way and look; of the resource of `recordedResource`. */
export function recordedRequests(looks: number): Buffer[][] {
  const all = read("requests.bin.br");
  let at = 0;
  const next = (): Buffer => {
    const begin = at + 4;
    at = begin + all.readUInt32LE(at);
    return all.subarray(begin, at);
  };
  return ways.map(() => Array.from({ length: looks }, next));
}

export const recordedResource = { "service.name": "fixture", "process.pid": 4711 };
