// What stands before the spans in an export? An ExportTraceServiceRequest of one resource and scope, whose last field they are.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";
import type { RequestHead } from "../model/span-run.js";
import { type Attributes, resourceMessage } from "./attributes.js";

export function requestHead(resource: Attributes, version: string): RequestHead {
  const ofResource = resourceMessage(resource);
  const scope = fields((w) => w.message(1, scopeMessage(version)));
  return (spanBytes) => {
    const scopeBytes = scope.length + spanBytes;
    const resourceSpans = fields((w) => {
      w.message(1, ofResource);
      w.head(2, scopeBytes);
    });
    const request = fields((w) => w.head(1, resourceSpans.length + scopeBytes));
    return Buffer.concat([request, resourceSpans, scope]);
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
