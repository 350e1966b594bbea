// Under which names do viewers know what a pipeline makes? The option `stream`, what its sinks say, or its own name as a guess. Pure.
// SPDX-License-Identifier: MPL-2.0

import { wellFormed } from "../model/labels.js";
import { type StreamSource, windowLimits } from "./pipeline-window.js";

export interface StreamIdentity {
  stream_id: string;
  stream_source: StreamSource;
}

/** An element that writes under a name that viewers know: a sink, or a bin that has some. */
export interface Publisher {
  path: string;
  name: string;
}

export interface PipelineStream {
  identity: StreamIdentity;
  /** Paths of those who write it; null: all that the pipeline makes is of it. */
  publishers: readonly string[] | null;
}

/** Each has a window with all elements: more streams of one pipeline have none. */
export const MOST_STREAMS = 16;

/** At least one. `tag`: "" without one; with it all is of that stream. */
export function streamsOf(tag: string, pipeline: string, published: readonly Publisher[] = []): PipelineStream[] {
  const told = cleanStreamId(tag);
  if (told !== "") return [{ identity: { stream_id: told, stream_source: "tag" }, publishers: null }];
  const names = new Map<string, string[]>();
  for (const { path, name } of published) {
    const clean = cleanStreamId(name);
    if (clean !== "") names.set(clean, [...(names.get(clean) ?? []), path]);
  }
  if (names.size === 0) {
    const guess = cleanStreamId(pipeline) || "pipeline";
    return [{ identity: { stream_id: guess, stream_source: "pipeline" }, publishers: null }];
  }
  return [...names].map(([stream_id, publishers]) => ({ identity: { stream_id, stream_source: "sink" }, publishers }));
}

/** As the service does it with the name that a player sends; "" when nothing is left. */
function cleanStreamId(id: string): string {
  const clean = id.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, "").trim();
  return [...clean].slice(0, windowLimits.streamId).join("").trimEnd();
}

/** A name that the service takes: something visible, no control characters, whole characters, at most `most` of them. */
export function shownText(text: string, most: number): string {
  const clean = wellFormed(text, most).replace(/\p{Cc}/gu, "\ufffd");
  return clean.trim() === "" ? "(unnamed)" : clean;
}

export const shownPath = (path: string): string => shownText(path, windowLimits.path);
