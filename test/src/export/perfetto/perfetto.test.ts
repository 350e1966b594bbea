// Is the timeline a trace by the schema that Perfetto publishes, with the capture's spans, levels, CPU time and waits, and nothing besides?
import { beforeAll, describe, expect, test } from "vitest";
import { perfettoFields } from "../../../../src/encoding/perfetto-fields.js";
import { perfetto } from "../../../../src/export/perfetto/perfetto.js";
import { printable } from "../../../../src/model/printable.js";
import {
  bytesOf,
  type ExportCapture,
  sourceOf,
  WINDOW_NS,
  writeExportCapture,
} from "../../../helpers/export-capture.js";
import { hasPerfettoSchema, PerfettoSchema } from "../../../helpers/perfetto-schema.js";
import type { Message } from "../../../helpers/protobuf.js";
import { START_UNIX_NS } from "../../../helpers/sample-capture.js";

describe.skipIf(!hasPerfettoSchema)("the timeline", () => {
  let made: ExportCapture;
  let schema: PerfettoSchema;
  let packets: Message[] = [];
  let tracks = new Map<bigint, Message>();

  const read = async (more: Parameters<typeof sourceOf>[1] = {}): Promise<Message[]> =>
    schema.trace(await bytesOf(await perfetto(await sourceOf(made.dir, more)))).packet;
  beforeAll(async () => {
    made = await writeExportCapture();
    schema = new PerfettoSchema();
    packets = await read();
    tracks = new Map(packets.flatMap(({ track_descriptor: of }) => (of === undefined ? [] : [[of.uuid, of]])));
  });

  const eventsOn = (name: string | RegExp, of = packets): Message[] =>
    of.filter(({ track_event: event }) => {
      const track = event && tracks.get(event.track_uuid);
      const title: string = track?.name ?? track?.thread?.thread_name ?? "";
      return event !== undefined && (typeof name === "string" ? title === name : name.test(title));
    });
  const weights = (of: Message[]): number =>
    of.reduce((sum, { track_event: event }) => sum + (event.callstack_weight ?? 0), 0);

  test("has the field numbers of the published schema", () => {
    for (const [message, fields] of Object.entries(perfettoFields))
      expect(schema.numbers(message), message).toMatchObject(fields);
  });

  test("describes each track before its first event, below the process", () => {
    const described = new Set<bigint>();
    for (const { track_descriptor: track, track_event: event } of packets) {
      if (track !== undefined) described.add(track.uuid);
      if (event !== undefined) expect(described).toContain(event.track_uuid);
    }
    const process = packets.find(({ track_descriptor: track }) => track?.process !== undefined)?.track_descriptor;
    expect(process.process).toMatchObject({ pid: 4242, process_name: "gst-launch-1.0" });
    for (const track of tracks.values()) if (track !== process) expect(tracks.has(track.parent_uuid)).toBe(true);
  });

  test("says what the wall clock is at its begin", () => {
    const [first] = packets;
    expect(first?.clock_snapshot.clocks).toContainEqual(
      expect.objectContaining({ clock_id: 1, timestamp: START_UNIX_NS }),
    );
  });

  test("has the CPU time and the waits by thread, all of a window at its begin", () => {
    const [cpu, waits] = [eventsOn("CPU samples"), eventsOn("waits")];
    expect([weights(cpu), weights(waits)]).toEqual([made.cpuNs, made.waitNs]);
    const begins = [0n, BigInt(WINDOW_NS), 2n * BigInt(WINDOW_NS)];
    expect(new Set([...cpu, ...waits].map(({ timestamp }) => timestamp))).toEqual(new Set(begins));
    expect(
      new Set(
        cpu.map(({ track_event: event }) => tracks.get(tracks.get(event.track_uuid)?.parent_uuid)?.thread.thread_name),
      ),
    ).toContain("vq:src");
  });

  test("has stacks whose frames, functions and modules are written before they are used", () => {
    const known = { functions: new Map(), mappings: new Set(), frames: new Map(), stacks: new Map() };
    const seen = new Set<string>();
    for (const { interned_data: data, track_event: event, sequence_flags: flags } of packets) {
      expect(flags & 2).toBe(2);
      for (const { iid, str } of data?.function_names ?? []) known.functions.set(iid, Buffer.from(str).toString());
      for (const { iid } of data?.mappings ?? []) known.mappings.add(iid);
      for (const { iid, function_name_id: name, mapping_id: mapping } of data?.frames ?? []) {
        expect(known.mappings).toContain(mapping);
        known.frames.set(iid, known.functions.get(name));
      }
      for (const { iid, frame_ids: ids } of data?.callstacks ?? [])
        known.stacks.set(
          iid,
          ids.map((id: bigint) => known.frames.get(id)),
        );
      if (event?.callstack_iid === undefined) continue;
      const stack: string[] = known.stacks.get(event.callstack_iid);
      expect(stack.every((name) => typeof name === "string" && name !== "" && name === printable(name))).toBe(true);
      seen.add(stack.join(";"));
    }
    expect([...seen].some((stack) => stack.endsWith(";encode;sad"))).toBe(true);
  });

  test("has the spans in their threads, one in the other, with an arrow to the next thread", () => {
    const source = eventsOn("src:src").map(({ timestamp, track_event: event }) => [Number(timestamp), event.type]);
    expect(source).toEqual([
      [1000, 1],
      [2000, 1],
      [2500, 2],
      [4000, 2],
    ]);
    const [encoder] = eventsOn("vq:src");
    expect(tracks.get(encoder?.track_event.track_uuid)?.thread.tid).toBe(72n);
    const [, queue] = eventsOn("src:src");
    expect(queue?.track_event.flow_ids).toEqual(encoder?.track_event.terminating_flow_ids);
    expect(encoder?.track_event.debug_annotations.map(({ name }: Message) => name)).toEqual([
      "trace",
      "bytes",
      "flow",
      "slow",
    ]);
  });

  test("has the level of the queue when it was written, and each element's load by window", () => {
    const levels = eventsOn("queue level: vq").map(({ timestamp, track_event: event }) => [
      Number(timestamp) / 1e9,
      event.double_counter_value,
    ]);
    expect(levels).toEqual(made.queueLevels.map((level, i) => [2 * (i + 1), level]));
    const loads = eventsOn("CPU: enc");
    const ns = loads.reduce((sum, { track_event: event }) => sum + (event.double_counter_value / 100) * WINDOW_NS, 0);
    expect(ns).toBeCloseTo(2e9, -3);
    expect(loads.at(-1)).toMatchObject({ timestamp: 3n * BigInt(WINDOW_NS), track_event: { double_counter_value: 0 } });
  });

  test("says in each track's help what it is made of", () => {
    for (const { name, description } of tracks.values())
      if (name !== undefined) expect(description, name).toMatch(/[a-z]{4}.*\./);
  });

  test("is of a part of the time, where that is asked for", async () => {
    const range = { fromNs: WINDOW_NS + 1, toNs: 2 * WINDOW_NS };
    const some = await read({ range });
    expect(weights(eventsOn("CPU samples", some))).toBeGreaterThan(0);
    expect(
      new Set(
        some.flatMap(({ timestamp, track_event: event }) => (event?.callstack_weight === undefined ? [] : [timestamp])),
      ),
    ).toEqual(new Set([BigInt(WINDOW_NS)]));
  });
});
