// What of an event's fields leaves the page: bounded in size, without queries, credentials and tokens?
// SPDX-License-Identifier: MIT
import { redactMeta, redactUrl } from "@gst-pyroscope/contract/redaction";
import type { Meta, MetaValue } from "./types.js";

const MOST_KEYS = 64;
const MOST_TEXT = 1024;
const ADDRESS = "network.redacted_url";

/** The address of a request is redacted here, so that an adapter cannot forget it. */
export function cleanMeta(meta: Meta): Record<string, MetaValue> {
  const kept: Record<string, MetaValue> = {};
  for (const key of Object.keys(meta).slice(0, MOST_KEYS)) {
    const value = meta[key];
    if (isKept(value)) kept[key] = value;
  }
  const redacted = redactMeta(kept);
  const address = redacted[ADDRESS];
  if (typeof address === "string") redacted[ADDRESS] = redactUrl(address);
  return shortened(redacted);
}

function isKept(value: unknown): value is MetaValue {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}

/** After the redaction: a token that was cut would no longer look like one. */
function shortened(meta: Record<string, MetaValue>): Record<string, MetaValue> {
  for (const [key, value] of Object.entries(meta))
    if (typeof value === "string" && value.length > MOST_TEXT) meta[key] = value.slice(0, MOST_TEXT);
  return meta;
}
