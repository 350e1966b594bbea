// Which fields of an event do the keys of a CMCD report become? TABLE: keys with a field; the rest is kept as cmcd_KEY.
// SPDX-License-Identifier: MPL-2.0
import { redactUrl } from "../redaction.js";
import { readTimestamp } from "../timestamps.js";
import type { Meta, MetaValue } from "../wire.js";
import { type CmcdRecord, numberOf, numbersOf, own, plainValues, textOf } from "./values.js";

/** Keys that a page adds for this service: `com.gstpyroscope-pdt` and so on. */
export const OWN_PREFIX = "com.gstpyroscope-";

const KILO = 1000;

const fieldTable: Record<string, { field: string; read: (record: CmcdRecord, key: string) => MetaValue }> = {
  cid: { field: "stream_id", read: textOf },
  bl: { field: "buffer_ms", read: least },
  ltc: { field: "live_latency_ms", read: numberOf },
  br: { field: "bitrate", read: (record, key) => scaled(sum(record, key), KILO) },
  ec: { field: "error_code", read: (record, key) => plainValues(own(record, key)).join(",") || null },
  ttlb: { field: "frag_load_ms", read: numberOf },
  [`${OWN_PREFIX}pdt`]: { field: "playing_date", read: instant },
  [`${OWN_PREFIX}latency`]: { field: "live_latency_ms", read: numberOf },
  [`${OWN_PREFIX}edge-age`]: { field: "edge_age_ms", read: numberOf },
  [`${OWN_PREFIX}frag-load`]: { field: "frag_load_ms", read: numberOf },
  [`${OWN_PREFIX}frag-bytes`]: { field: "frag_bytes", read: numberOf },
};

/** Fields of the event itself. */
const ofEvent = ["sid", "sn", "ts"];
/** Addresses of what comes next, and copies of headers: nothing of ours needs them, and anything may be in them. */
const dropped = ["nor", "nrr", "cmsdd", "cmsds", "smrt"];

export function metaOf(record: CmcdRecord): Meta {
  const entries = Object.keys(record)
    .filter((key) => !ofEvent.includes(key) && !dropped.includes(key))
    .flatMap((key) => entryOf(record, key));
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function entryOf(record: CmcdRecord, key: string): [string, MetaValue][] {
  if (key === "url") return [["network.redacted_url", redactedUrl(record)]];
  const known = Object.hasOwn(fieldTable, key) ? fieldTable[key] : undefined;
  const value = known?.read(record, key) ?? null;
  if (known !== undefined && value !== null) return [[known.field, value]];
  const values = plainValues(own(record, key));
  return [[`cmcd_${key}`, values.length > 1 ? values.join(",") : (values[0] ?? null)]];
}

function redactedUrl(record: CmcdRecord): MetaValue {
  const url = textOf(record, "url");
  return url === null ? null : redactUrl(url);
}

/** Playback stops when the first of audio and video runs out. */
function least(record: CmcdRecord, key: string): number | null {
  const values = numbersOf(record, key);
  return values.length === 0 ? null : Math.min(...values);
}

/** Audio and video have one bitrate each. */
function sum(record: CmcdRecord, key: string): number | null {
  const values = numbersOf(record, key);
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
}

/** null also for what is too large to be a number then. */
function scaled(value: number | null, factor: number): number | null {
  const product = (value ?? Number.NaN) * factor;
  return Number.isFinite(product) ? product : null;
}

/** Milliseconds since 1970, or an RFC 3339 text. */
function instant(record: CmcdRecord, key: string): number | null {
  return numberOf(record, key) ?? readTimestamp(textOf(record, key));
}
