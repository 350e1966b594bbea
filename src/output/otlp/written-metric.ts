// Where are the points in the bytes of one metric, and their times? So that a point is written once, and then only its time.
// SPDX-License-Identifier: MPL-2.0

import type { HrTime } from "@opentelemetry/api";
import { type ProtoPlace, protoPlaces } from "../../encoding/proto-reader.js";
import { ProtoWriter } from "../../encoding/proto-writer.js";

/** A metric as a field of its scope, with its tag. */
export interface Written {
  bytes: Uint8Array;
  points: readonly WrittenPoint[];
}

/** In the bytes: a point as a field of its metric, and its time. */
interface WrittenPoint {
  start: number;
  end: number;
  time: number;
}

/** opentelemetry-proto: the field of a metric in its scope, what holds its points, one of these, the time of one. */
const METRIC = 2;
const DATA = [5, 7, 9, 10];
const POINT = 1;
const TIME = 3;
const NS_PER_SECOND = 1_000_000_000n;

/** `place`: a metric in `fresh`, with the points that `kept` has not: by point its index in `before`, or -1. Points come before all else. */
export function writtenFrom(
  fresh: Uint8Array,
  place: ProtoPlace,
  kept: readonly number[],
  before: Written | undefined,
): Written {
  const fields = protoPlaces(fresh, place);
  const data = fields.find(({ number }) => DATA.includes(number));
  if (data === undefined) throw new Error("a metric without data");
  const inside = protoPlaces(fresh, data);
  const freshPoints = inside.filter(({ number }) => number === POINT).values();
  const content = new ProtoWriter();
  const points = kept.map((index) => {
    const known = before?.points[index];
    const start = content.length;
    const { bytes, point } = known ? { bytes: before?.bytes ?? fresh, point: known } : freshPoint(fresh, freshPoints);
    content.append(bytes.subarray(point.start, point.end));
    return { start, end: content.length, time: start + point.time - point.start };
  });
  for (const { number, start, end } of inside) if (number !== POINT) content.append(fresh.subarray(start, end));
  const metric = new ProtoWriter();
  for (const { start, end } of fields) if (start < data.start) metric.append(fresh.subarray(start, end));
  metric.message(data.number, content.view());
  const begin = metric.length - content.length;
  const field = new ProtoWriter();
  field.message(METRIC, metric.view());
  const shift = field.length - metric.length + begin;
  return {
    bytes: Uint8Array.from(field.view()),
    points: points.map(({ start, end, time }) => ({ start: start + shift, end: end + shift, time: time + shift })),
  };
}

function freshPoint(bytes: Uint8Array, points: Iterator<ProtoPlace>): { bytes: Uint8Array; point: WrittenPoint } {
  const place = points.next().value as ProtoPlace | undefined;
  const time = place && protoPlaces(bytes, place).find(({ number }) => number === TIME);
  if (place === undefined || time === undefined) throw new Error("a point without a time");
  return { bytes, point: { start: place.start, end: place.end, time: time.at } };
}

/** Its bytes, with other ends of its points; until the next call. */
export function writtenAgain({ bytes, points }: Written, ends: readonly HrTime[]): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let last: HrTime | undefined;
  let ns = 0n;
  points.forEach(({ time }, i) => {
    const end = ends[i] ?? [0, 0];
    if (end !== last) ns = BigInt(end[0]) * NS_PER_SECOND + BigInt(end[1]);
    last = end;
    view.setBigUint64(time, ns, true);
  });
  return bytes;
}
