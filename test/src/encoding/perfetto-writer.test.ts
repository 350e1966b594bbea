// Is each packet whole, with the numbers that it refers to before it is used, and does what repeats stand there once?
import { expect, test } from "vitest";
import { perfettoFields as fields } from "../../../src/encoding/perfetto-fields.js";
import { PerfettoWriter } from "../../../src/encoding/perfetto-writer.js";
import { isProto, protoBytes, protoFields } from "../../../src/encoding/proto-reader.js";

const packetsOf = (writer: PerfettoWriter): Uint8Array[] => {
  const bytes = writer.take();
  expect(isProto(bytes)).toBe(true);
  return protoFields(bytes).map((field) => field.bytes);
};
const numberOf = (message: Uint8Array | undefined, field: number): number | undefined =>
  protoFields(message ?? new Uint8Array()).find(({ number }) => number === field)?.value;
const textOf = (message: Uint8Array, field: number): string => Buffer.from(protoBytes(message, field) ?? []).toString();

test("tracks and events, on one sequence", () => {
  const writer = new PerfettoWriter();
  writer.track({ uuid: 1, name: "queue level: q", unit: "buffers", description: "how full" });
  writer.event({ type: "counter", track: 1, atNs: 0, value: 0 });
  const [track, event] = packetsOf(writer);
  const descriptor = protoBytes(track ?? new Uint8Array(), fields.TracePacket.track_descriptor) ?? new Uint8Array();
  expect(textOf(descriptor, fields.TrackDescriptor.name)).toBe("queue level: q");
  expect(
    textOf(
      protoBytes(descriptor, fields.TrackDescriptor.counter) ?? new Uint8Array(),
      fields.CounterDescriptor.unit_name,
    ),
  ).toBe("buffers");
  expect(numberOf(event, fields.TracePacket.timestamp)).toBe(0);
  expect([track, event].map((packet) => numberOf(packet, fields.TracePacket.sequence_flags))).toEqual([3, 2]);
  expect(writer.take()).toHaveLength(0);
});

test("a name is written once; a frame brings its function and its module", () => {
  const writer = new PerfettoWriter();
  const frame = writer.names.frame("f", "lib.so");
  for (let i = 0; i < 2; i++)
    writer.event({ type: "instant", track: 1, atNs: i, name: "n", callstack: [frame], weight: 7 });
  const [first, second] = packetsOf(writer).map((packet) => protoBytes(packet, fields.TracePacket.interned_data));
  expect(
    protoFields(first ?? new Uint8Array())
      .map(({ number }) => number)
      .sort((a, b) => a - b),
  ).toEqual([2, 5, 6, 7, 17, 19]);
  expect(second).toBeUndefined();
});

test("with too many names all begin anew, and the next packet says it", () => {
  const writer = new PerfettoWriter();
  const long = "x".repeat(1_000_000);
  for (let i = 0; i < 30; i++) writer.event({ type: "instant", track: 1, atNs: i, name: `${i}${long}` });
  expect(writer.names.generation).toBe(1);
  writer.take();
  writer.event({ type: "instant", track: 1, atNs: 40, name: `1${long}` });
  const [packet] = packetsOf(writer);
  expect(numberOf(packet, fields.TracePacket.sequence_flags)).toBe(3);
  expect(protoBytes(packet ?? new Uint8Array(), fields.TracePacket.interned_data)?.length).toBeGreaterThan(1_000_000);
});
