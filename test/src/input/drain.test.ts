// Does one tick take everything that happened, explained, and no more than it may?
// SPDX-License-Identifier: MPL-2.0

import { afterEach, beforeEach, expect, it } from "vitest";
import { SegmentInput } from "../../../src/input/drain.js";
import type { SampleBatch } from "../../../src/model/batch.js";
import { Topology } from "../../../src/model/topology.js";
import { loadNative, type SegmentReader } from "../../../src/native.js";
import { rowsOf } from "../../helpers/batches.js";
import { SegmentTarget } from "../../helpers/segment-target.js";

let target: SegmentTarget;
let reader: SegmentReader;

beforeEach(async () => {
  target = await SegmentTarget.start();
  reader = loadNative().attach({ pid: target.pid, fd: target.fd });
});
afterEach(async () => {
  reader.close();
  await target.end("SIGKILL");
});

it("takes samples, cells and names of one target, and knows every id that they carry", async () => {
  const pipeline = await target.name("pipeline", 0, ["pipeline0", "pipeline"], 1);
  const element = await target.name("element", pipeline, ["enc", "x264enc", "x264", ""]);
  const pad = await target.name("pad", element, ["sink", "sink"], 2);
  const thread = await target.name("thread", 0, ["main"]);
  await target.send(`samples 5000 ${element} ${thread} 10000000 0 4096`);
  await target.send(`cell 1 1 ${pad} 0 10 100 1000`);
  const topology = new Topology();
  const tick = new SegmentInput(reader, topology).tick({ cells: true });
  expect(tick.samples).toBe(5000);
  expect(tick.batches.map((batch) => batch.count)).toEqual([2000, 2000, 1000]);
  expect(tick.drained).toBe(true);
  for (const batch of tick.batches) {
    for (const { element: id, thread } of rowsOf(batch)) {
      expect(topology.elements.get(id)?.path).toBe("pipeline0/enc");
      expect(topology.threadName(thread)).toBe("main");
    }
  }
  for (const cell of tick.cells ?? []) expect(topology.elementOfPad(cell.pad)).toBeDefined();
  expect(tick.cells?.length).toBe(2);
});

it("takes no more than its limit and the rest with the next ticks, nothing twice", async () => {
  await target.send("samples 1000 0 0 5 0 1");
  const input = new SegmentInput(reader, new Topology(), { batch: 64, samples: 300 });
  const counts: number[] = [];
  const times = new Set<number>();
  for (let drained = false; !drained; ) {
    const tick = input.tick({ cells: false });
    expect(tick.cells).toBeNull();
    counts.push(tick.samples);
    for (const batch of tick.batches) for (const { timeNs } of rowsOf(batch)) times.add(timeNs);
    drained = tick.drained;
  }
  expect(counts).toEqual([300, 300, 300, 100]);
  expect(times.size).toBe(1000);
});

it("sees a flush request only together with everything that came before it", async () => {
  await target.send("samples 10 0 0 5 0 1");
  await target.send("ask");
  await target.send("state 3");
  const tick = new SegmentInput(reader, new Topology()).tick({ cells: false });
  expect(tick.state).toMatchObject({ flushAsked: 1, targetState: "ended" });
  expect(tick.samples).toBe(10);
});

it("learns each name once over many ticks", async () => {
  const topology = new Topology();
  const input = new SegmentInput(reader, topology);
  for (let i = 0; i < 5; i++) {
    await target.name("element", 0, [`e${i}`, "identity", "", ""]);
    input.tick({ cells: false });
    expect([...topology.elements.values()].map((element) => element.name)).toHaveLength(i + 2);
  }
});

it("ends a tick when a lying target always says that there is more", () => {
  const empty = { ...reader.drain(1), drained: false } satisfies SampleBatch;
  let calls = 0;
  const liar = {
    state: () => reader.state(),
    look: () => ({ cells: [], ended: [], gone: [] }),
    directory: () => [],
    retired: () => 0,
    acknowledge: () => {},
    isReuseDue: () => false,
    drain: () => {
      calls++;
      return empty;
    },
  };
  expect(new SegmentInput(liar, new Topology()).tick({ cells: false })).toMatchObject({ samples: 0, drained: false });
  expect(calls).toBe(1);
});
