// How is a profile packed for push.v1.PusherService/Push? Four fields of protobuf, with the labels of its series.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../../encoding/proto-writer.js";
import type { Log } from "../../log.js";
import type { LabelName } from "../../model/label-policy.js";
import { type Label, sanitizeLabels } from "../../model/labels.js";

const SPY = "gstspy"; // a name of our own: servers bend the function names of those they know
/** A series may have 30 label names; the samples bring some of their own. */
const MAX_TAGS = 15;

/** One profile a call: of several, some may be stored and some refused, and the answer does not tell which. */
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

/** Labels of all series of one service: the tags that there is room for, and our own. */
export function seriesLabels(serviceName: string, tags: Iterable<Label>, log: Log): Label[] {
  const all = sanitizeLabels(tags);
  if (all.length > MAX_TAGS)
    log.warn("too many tags: the last ones are left out", { tags: all.length, used: MAX_TAGS });
  const own: readonly (readonly [LabelName, string])[] = [
    ["service_name", serviceName],
    ["pyroscope_spy", SPY],
  ];
  return sanitizeLabels([...all.slice(0, MAX_TAGS), ...own]);
}
