// What is around the spans of an export? An ExportTraceServiceRequest of one resource and scope; the spans are copied once.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";
import { type Attributes, resourceMessage } from "./attributes.js";

/** Makes requests of parts, each with whole spans as fields of ScopeSpans. */
export function requestPacker(resource: Attributes, version: string): (parts: readonly Uint8Array[]) => Uint8Array {
  const ofResource = resourceMessage(resource);
  const scope = fields((w) => w.message(1, scopeMessage(version)));
  return (parts) => {
    const scopeBytes = parts.reduce((sum, { length }) => sum + length, scope.length);
    const resourceSpans = fields((w) => {
      w.message(1, ofResource);
      w.head(2, scopeBytes);
    });
    const request = fields((w) => w.head(1, resourceSpans.length + scopeBytes));
    return Buffer.concat([request, resourceSpans, scope, ...parts]);
  };
}

function scopeMessage(version: string): Uint8Array {
  return fields((w) => {
    w.text(1, "gst-pyroscope");
    w.text(2, version);
  });
}

function fields(write: (w: ProtoWriter) => void): Uint8Array {
  const w = new ProtoWriter();
  write(w);
  return w.view();
}
