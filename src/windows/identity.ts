// Under which name do viewers know what a pipeline makes? The option `stream`, what its sinks say, or its own name as a guess. Pure.
// SPDX-License-Identifier: MPL-2.0

import { wellFormed } from "../model/labels.js";
import { type StreamSource, windowLimits } from "./pipeline-window.js";

export interface StreamIdentity {
  stream_id: string;
  stream_source: StreamSource;
}

/** `tag`: "" without one. `published`: names that sinks write under; several of them are several streams, and none is that of all. */
export function identityOf(tag: string, pipeline: string, published: readonly string[] = []): StreamIdentity {
  const told = cleanStreamId(tag);
  if (told !== "") return { stream_id: told, stream_source: "tag" };
  const [name = "", ...others] = new Set(published.map(cleanStreamId).filter((one) => one !== ""));
  if (name !== "" && others.length === 0) return { stream_id: name, stream_source: "sink" };
  return { stream_id: cleanStreamId(pipeline) || "pipeline", stream_source: "pipeline" };
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
