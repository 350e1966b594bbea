// Where does media leave a pipeline, and how much of it? A sink's own caps tell, or those of what feeds it: a muxer's inputs. Pure.
// SPDX-License-Identifier: MPL-2.0

import { msOf } from "./element-windows.js";
import { type Counted, type MediaRate, mediaRate } from "./media-time.js";
import { type SinkWindow, windowLimits } from "./pipeline-window.js";
import type { PlacedElement, PlacedPipeline } from "./structure.js";

/** What each sink pad got in the window, by directory id. */
export interface PadCounts {
  get(pad: number): Counted | undefined;
}

const NOTHING: Counted = { buffers: 0, bytes: 0 };

/** An element that got buffers at some time and feeds nobody, and the pads whose caps tell how long is what it gets. */
interface Leaving {
  sink: PlacedElement;
  rates: readonly { pad: number; rate: MediaRate }[];
}

/** Asked for in every window, and the same for as long as the pipeline is. */
const known = new WeakMap<PlacedPipeline, readonly Leaving[]>();

/** `publishers`: only these and what is in them; null: all. */
export function sinkWindows(
  pipeline: PlacedPipeline,
  counts: PadCounts,
  publishers: readonly string[] | null = null,
): SinkWindow[] {
  const isOf = (path: string): boolean => publishers?.some((one) => path === one || path.startsWith(`${one}/`)) ?? true;
  return sinksOf(pipeline)
    .filter(({ sink }) => isOf(sink.info.path))
    .slice(0, windowLimits.elements)
    .map(({ sink, rates }) => ({
      path: sink.shown.path,
      buffers: sink.inputs.reduce((sum, { pad }) => sum + (counts.get(pad)?.buffers ?? 0), 0),
      media_ms: mediaOf(rates, counts),
    }));
}

function sinksOf(pipeline: PlacedPipeline): readonly Leaving[] {
  const found = known.get(pipeline);
  if (found !== undefined) return found;
  const { elements } = pipeline;
  const sinks = [...elements.values()].filter(({ inputs, feeds }) => inputs.length > 0 && feeds.length === 0);
  const leaving = sinks.map((sink) => ({ sink, rates: ratesOf(sink, elements) }));
  known.set(pipeline, leaving);
  return leaving;
}

/** Picture and sound of one stream: the shorter one is all that can be played. */
function mediaOf(rates: Leaving["rates"], counts: PadCounts): number | null {
  if (rates.length === 0) return null;
  return msOf(Math.min(...rates.map(({ pad, rate }) => rate(counts.get(pad) ?? NOTHING))) * 1e6);
}

/** Of the nearest elements up the stream whose caps tell one. */
function ratesOf(sink: PlacedElement, elements: PlacedPipeline["elements"]): Leaving["rates"] {
  const seen = new Set<PlacedElement>();
  for (let near = [sink]; near.length > 0; ) {
    const told = near.flatMap(({ inputs }) =>
      inputs.flatMap(({ pad, caps }) => {
        const rate = mediaRate(caps);
        return rate === null ? [] : [{ pad, rate }];
      }),
    );
    if (told.length > 0) return told;
    for (const one of near) seen.add(one);
    const before = near.flatMap(({ fedBy }) => fedBy.flatMap((path) => elements.get(path) ?? []));
    near = [...new Set(before)].filter((one) => !seen.has(one));
  }
  return [];
}
