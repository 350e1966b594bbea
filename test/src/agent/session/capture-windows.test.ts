// What does a capture get about once a second? Growth since the window before, with its samples, one window after the other.
import { beforeEach, expect, it, vi } from "vitest";
import { CaptureWindows } from "../../../../src/agent/session/capture-windows.js";
import type { LivePath } from "../../../../src/agent/session/sample-path.js";
import type { SinksRequest } from "../../../../src/agent/session/sink.js";
import type { CaptureWriter } from "../../../../src/capture/writer.js";
import { createLog } from "../../../../src/log.js";
import type { CellSnapshot, DirectoryEntry } from "../../../../src/model/batch.js";
import type { NamedSamples } from "../../../../src/model/named-samples.js";
import type { RecordedWindow } from "../../../../src/model/recorded-windows.js";
import { Topology } from "../../../../src/model/topology.js";
import { cellOf, stateOf } from "../../../helpers/cells.js";

const none = { samples: 0, reachedRoot: 0, inferred: 0, frames: 0, framesNamed: 0, framesByType: 0, framesByRole: 0 };
const entry = (id: number, kind: DirectoryEntry["kind"], parent: number, ...texts: string[]): DirectoryEntry => ({
  ...{ id, kind, parent, texts, value0: 0, value1: 0 },
});

let written: RecordedWindow[];
let lines: string[];
let cells: CellSnapshot[];
let nowNs: number;
let cpuNs: number;
let samples: (() => Promise<NamedSamples>)[];
let closed: number;
let fails: Error | undefined;
beforeEach(() => {
  [written, lines, cells, samples, nowNs, cpuNs, closed] = [[], [], [], [], 0, 1e9, 0];
  fails = undefined;
});

const sampled = (ns: number): NamedSamples => ({
  frames: [],
  stacks: [
    {
      owner: { path: "p/h264", pipeline: "p", factory: "f", thread: "t", blockedOn: "", inferred: false, chain: [] },
      ...{ stack: [], ns },
    },
  ],
  ...{ running: none, blocked: none },
});

function open({ pointedAt = false, continued = false } = {}): Promise<CaptureWindows> {
  const topology = new Topology();
  topology.add([
    entry(1, "pipeline", 0, "p", "pipeline"),
    entry(2, "element", 1, "h264", "x264enc", "x264", "Encoder"),
  ]);
  topology.add([entry(3, "pad", 2, "sink", "sink")]);
  const path: LivePath = {
    wants: () => {},
    cut: () => (samples.shift() ?? (async () => sampled(7)))(),
    close: () => void closed++,
  };
  const seen = () => ({ cells: [], ended: [], state: stateOf({ processCpuNs: cpuNs, processCpuBeginNs: 1e9 }) });
  const parts = {
    topology,
    clock: { atNs: () => nowNs },
    log: createLog("error", (line) => lines.push(line)),
    request: { pointedAt },
  };
  const addWindow = async (window: RecordedWindow) => {
    if (fails !== undefined) throw fails;
    written.push(window);
  };
  const capture = { continued, addWindow };
  const of = { parts, seen, observe: seen, path: { openLive: async () => path, allCells: () => cells } };
  return CaptureWindows.open(capture as unknown as CaptureWriter, of as unknown as SinksRequest);
}

async function ended(windows: CaptureWindows): Promise<RecordedWindow[]> {
  windows.end();
  await windows.written();
  return written;
}

function beatAt(windows: CaptureWindows, second: number): void {
  vi.spyOn(performance, "now").mockReturnValue(1e9 * second);
  [cells, nowNs] = [buffers(second), second * 1e9];
  windows.beat();
  vi.restoreAllMocks();
}

const buffers = (n: number) => [
  cellOf(
    3,
    Array.from({ length: n }, () => 1000),
  ),
];

it("a window has what came since the one before", async () => {
  const windows = await open();
  vi.spyOn(performance, "now").mockReturnValue(1e9);
  [cells, nowNs, cpuNs] = [buffers(5), 1e9, 1.5e9];
  windows.beat();
  vi.restoreAllMocks();
  [cells, nowNs, cpuNs] = [buffers(12), 2.5e9, 1.75e9];
  const [first, last] = await ended(windows);
  expect([first?.atNs, first?.durationNs, first?.processCpuNs]).toEqual([0, 1e9, 5e8]);
  expect([last?.atNs, last?.durationNs, last?.processCpuNs]).toEqual([1e9, 1.5e9, 2.5e8]);
  expect([first, last].map((w) => w?.elements.map((e) => [e.path, e.buffersIn, e.ownNs, e.cpuNs]))).toEqual([
    [["p/h264", 5, 2500, 7]],
    [["p/h264", 7, 3500, 7]],
  ]);
  expect(closed).toBe(1);
});

it.each([{ pointedAt: true }, { continued: true }])("with %o what was before is in no window", async (late) => {
  [cells, nowNs, cpuNs] = [buffers(100), 60e9, 9e9];
  const windows = await open(late);
  [cells, nowNs, cpuNs] = [buffers(103), 61e9, 9.25e9];
  const [only, ...more] = await ended(windows);
  expect(more).toEqual([]);
  expect(only).toMatchObject({ atNs: 60e9, durationNs: 1e9, processCpuNs: 2.5e8 });
  expect(only?.elements[0]?.buffersIn).toBe(3);
});

it("beats that come sooner make no window, and none comes after the end", async () => {
  const windows = await open();
  [cells, nowNs] = [buffers(1), 1e9];
  for (let i = 0; i < 5; i++) windows.beat();
  expect(await ended(windows)).toHaveLength(1);
  nowNs = 2e9;
  windows.beat();
  expect(await ended(windows)).toHaveLength(1);
});

it("windows come in their order, however long their samples take", async () => {
  const windows = await open();
  let answer = (_: NamedSamples): void => {};
  const later = new Promise<NamedSamples>((resolve) => {
    answer = resolve;
  });
  samples.push(() => later);
  for (const second of [1, 2]) beatAt(windows, second);
  windows.end();
  answer(sampled(1));
  await windows.written();
  expect(written.map(({ atNs }) => atNs)).toEqual([0, 1e9]);
});

it("a window that cannot be written is said once for as long as the reason is the same, and the next one is tried", async () => {
  const windows = await open();
  for (const second of [1, 2, 3, 4]) {
    fails = second < 3 ? new Error("the disk is full") : undefined;
    beatAt(windows, second);
    await windows.written();
  }
  expect(written.map(({ atNs }) => atNs)).toEqual([2e9, 3e9]);
  expect(lines.filter((line) => line.includes("the disk is full"))).toHaveLength(1);
});
