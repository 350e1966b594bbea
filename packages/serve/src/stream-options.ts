// Which path stands for which stream, as a person says it: stream map PATH STREAM?
// SPDX-License-Identifier: MPL-2.0
import { redactUrl } from "@gst-pyroscope/contract/redaction";
import { cleanStreamId } from "@gst-pyroscope/contract/stream-id";
import { type Action, UsageError } from "./options.js";

const USAGE =
  "stream map PATH STREAM, stream unmap PATH, or stream list; PATH is that of the manifest, as /live/main.m3u8";

/** `words`: behind `stream`. */
export function streamAction([verb, path, name, ...more]: string[], project: string): Action {
  if (verb === "list" && path === undefined) return { what: "stream-list", project };
  const stream = cleanStreamId(name ?? "");
  if (path === undefined || more.length > 0) throw new UsageError(USAGE);
  if (verb === "unmap" && name === undefined) return { what: "stream-unmap", project, path: keptPath(path) };
  if (verb !== "map" || stream === null) throw new UsageError(USAGE);
  return { what: "stream-map", project, path: keptPath(path), stream };
}

/** As the addresses of players are kept: a part that looks like a token is none of the path. */
function keptPath(text: string): string {
  const url = /^https?:/.test(text) ? text : `http://host/${text.replace(/^\/+/, "")}`;
  const redacted = redactUrl(url);
  if (!URL.canParse(redacted)) throw new UsageError(`${USAGE}; ${text} is none`);
  return new URL(redacted).pathname;
}
