// Where does media leave a pipeline, and how much of it? A sink's own caps tell, or those of what feeds it: a muxer's inputs. Pure.
// SPDX-License-Identifier: MPL-2.0

import { msOf, shownPath } from "./element-windows.js";
import { type Counted, mediaMs } from "./media-time.js";
import { type SinkWindow, windowLimits } from "./pipeline-window.js";
import type { PlacedElement, PlacedPipeline } from "./structure.js";

/** What each sink pad got in the window, by directory id. */
export type PadCounts = ReadonlyMap<number, Counted>;

const NOTHING: Counted = { buffers: 0, bytes: 0 };

/** Elements that got buffers at some time and feed nobody. `publishers`: only these and what is in them; null: all. */
export function sinkWindows(
  { elements }: PlacedPipeline,
  counts: PadCounts,
  publishers: readonly string[] | null = null,
): SinkWindow[] {
  const isOf = (path: string): boolean => publishers?.some((one) => path === one || path.startsWith(`${one}/`)) ?? true;
  const sinks = [...elements.values()].filter(
    ({ info, inputs, feeds }) => inputs.length > 0 && feeds.length === 0 && isOf(info.path),
  );
  return sinks.slice(0, windowLimits.elements).map((sink) => {
    const ms = mediaOf(sink, elements, counts);
    const buffers = sink.inputs.reduce((sum, { pad }) => sum + (counts.get(pad)?.buffers ?? 0), 0);
    return { path: shownPath(sink.info.path), buffers, media_ms: ms === null ? null : msOf(ms * 1e6) };
  });
}

/** Of the nearest elements up the stream whose caps tell a rate. Picture and sound of one stream: the shorter one is all that can be played. */
function mediaOf(sink: PlacedElement, elements: PlacedPipeline["elements"], counts: PadCounts): number | null {
  const seen = new Set<PlacedElement>();
  for (let near = [sink]; near.length > 0; ) {
    const known = near.flatMap(({ inputs }) =>
      inputs.map(({ pad, caps }) => mediaMs(caps, counts.get(pad) ?? NOTHING)),
    );
    const told = known.filter((ms) => ms !== null);
    if (told.length > 0) return Math.min(...told);
    for (const one of near) seen.add(one);
    const before = near.flatMap(({ fedBy }) => fedBy.flatMap((path) => elements.get(path) ?? []));
    near = [...new Set(before)].filter((one) => !seen.has(one));
  }
  return null;
}
