// How is a profile packed for push.v1.PusherService/Push? Four fields of protobuf, written by hand.
// SPDX-License-Identifier: MPL-2.0

import type { Label } from "../model/labels.js";

const BYTES = 2;

/** One profile a call: of several, some may be stored and some refused, and nobody would know which. */
export function pushMessage(labels: Iterable<Label>, rawProfile: Uint8Array): Uint8Array {
  const pairs = Array.from(labels, ([name, value]) => field(1, field(1, name), field(2, value)));
  return field(1, ...pairs, field(2, field(1, rawProfile)));
}

function field(number: number, ...content: (string | Uint8Array)[]): Buffer {
  const parts = content.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint((number << 3) | BYTES), varint(length), ...parts]);
}

function varint(n: number): Buffer {
  const bytes: number[] = [];
  let rest = n;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
