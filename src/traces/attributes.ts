// How do names look to OTLP? Attributes and links of spans as bytes of opentelemetry.proto, made once for what many spans share.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";
import type { TraceLink } from "./trace-parent.js";

/** A value of an attribute; numbers are whole. */
export type Value = string | number | boolean;
export type Attributes = Record<string, Value>;

/** The field of a Span, and of a Resource, that attributes are in. */
const OF_SPAN = 9;
const OF_RESOURCE = 1;
const SAMPLED = 1;
const KNOWS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** As a part of a Span message. */
export const spanAttributes = (attributes: Attributes): Uint8Array => attributeFields(OF_SPAN, attributes);
/** A Resource message. */
export const resourceMessage = (attributes: Attributes): Uint8Array => attributeFields(OF_RESOURCE, attributes);

/** A Link message to the trace that started the target; no bytes where there is none. */
export function linkMessage(link: TraceLink | undefined): Uint8Array {
  if (link === undefined) return new Uint8Array();
  const w = new ProtoWriter();
  w.message(1, Buffer.from(link.traceId, "hex"));
  w.message(2, Buffer.from(link.spanId, "hex"));
  w.fixed32(6, (link.sampled ? SAMPLED : 0) | KNOWS_REMOTE | IS_REMOTE);
  return Buffer.from(w.view());
}

function attributeFields(field: number, attributes: Attributes): Uint8Array {
  const w = new ProtoWriter();
  for (const [name, value] of Object.entries(attributes)) {
    const pair = new ProtoWriter();
    pair.text(1, name);
    pair.message(2, anyValue(value));
    w.message(field, pair.view());
  }
  return Buffer.from(w.view());
}

function anyValue(value: Value): Uint8Array {
  const w = new ProtoWriter();
  if (typeof value === "string") w.text(1, value);
  else if (typeof value === "boolean") w.explicit(2, value ? 1 : 0);
  else w.explicit(3, value);
  return w.view();
}
