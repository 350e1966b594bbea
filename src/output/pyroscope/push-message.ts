// How is a profile packed for push.v1.PusherService/Push? Four fields of protobuf.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../../encoding/proto-writer.js";
import type { Label } from "../../model/labels.js";

/** One profile a call: of several, some may be stored and some refused, and nobody would know which. */
export function pushMessage(labels: Iterable<Label>, rawProfile: Uint8Array): Uint8Array {
  const [message, series, part] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
  for (const [name, value] of labels) {
    part.clear();
    part.text(1, name);
    part.text(2, value);
    series.message(1, part.view());
  }
  part.clear();
  part.message(1, rawProfile);
  series.message(2, part.view());
  message.message(1, series.view());
  // It may wait for its server: without the room that the writer keeps to grow.
  return Buffer.from(message.view());
}
