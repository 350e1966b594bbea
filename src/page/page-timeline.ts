// What does the page draw over time? The timeline's rows, with the elements' places on the page for paths.
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline } from "../analysis/paths.js";
import { type TimelineRow, timelineOf } from "../analysis/timeline.js";
import type { RecordedWindow } from "../model/recorded-windows.js";
import { clean } from "./page-text.js";

export interface PageTimelineRow {
  /** Index of the element, -1 = not on the page. */
  element: number;
  name: string;
  /** One a window; null: not known. */
  values: (number | null)[];
}

/** As Timeline: cores, buffers inside, milliseconds, buffers per second. */
export interface PageTimeline {
  /** Seconds since the recording's begin, and seconds. */
  begins: number[];
  lengths: number[];
  cpu: PageTimelineRow[];
  queues: PageTimelineRow[];
  /** Of each way two rows: median and 99th percentile. */
  latency: PageTimelineRow[];
  buffers: PageTimelineRow[];
}

const REST = "all others";

/** `rank`: index on the page by path. null: the windows are too few. */
export function pageTimeline(
  windows: readonly RecordedWindow[],
  rank: ReadonlyMap<string, number>,
): PageTimeline | null {
  const timeline = timelineOf(windows);
  if (timeline === null) return null;
  const named = (path: string): string => (path === "" ? REST : clean(belowPipeline(path) || path));
  const row = ({ path, values }: TimelineRow): PageTimelineRow => ({
    ...{ element: rank.get(path) ?? -1, name: named(path), values },
  });
  const { begins, lengths, cpu, queues, ways, buffers } = timeline;
  const latency = ways.flatMap(({ source, sink, p50, p99 }) => {
    const way = { element: rank.get(sink) ?? -1, name: `${named(source)} → ${named(sink)}` };
    return [
      { ...way, name: `${way.name}, median`, values: p50 },
      { ...way, name: `${way.name}, 99th percentile`, values: p99 },
    ];
  });
  return { begins, lengths, cpu: cpu.map(row), queues: queues.map(row), latency, buffers: buffers.map(row) };
}
