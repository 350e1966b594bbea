// How does a test get a capture? Written by the real writer, from counts and stacks that agree with each other.

import type { AgentState, CaptureFacts, ProfileInfo } from "../../src/capture/format.js";
import { CaptureWriter } from "../../src/capture/writer.js";
import type { CellSnapshot, HistogramCounts } from "../../src/model/batch.js";
import { emptyHistogram, GRID_BUCKETS, gridBoundsSeconds } from "../../src/model/histogram.js";
import type { ModuleNames, RecordedTopology } from "../../src/model/recording.js";
import type { SegmentState } from "../../src/model/segment-state.js";
import { type SampleStack, samplePprof } from "./sample-pprof.js";

export const START_UNIX_NS = 1_790_000_000_000_000_000n;
export const SECOND = 1_000_000_000;
export const PERIOD_NS = 10_000_000;

export interface SampleElement {
  /** Path below the pipeline. */
  path: string;
  factory: string;
  plugin?: string;
  bin?: boolean;
  /** Path of the element that feeds it; none for a source. */
  from?: string;
  buffers?: number;
  bytesEach?: number;
  /** Mean exclusive time for each buffer. */
  meanNs?: number;
  /** CPU samples, and what was on top of the stack for shares of them. */
  samples?: number;
  leaves?: readonly (readonly string[])[];
  thread?: string;
  flow?: Partial<CellSnapshot["flow"]>;
}

export interface SampleCapture {
  topology: RecordedTopology;
  cells: CellSnapshot[];
  stacks: SampleStack[];
  info: ProfileInfo;
  state: SegmentState;
  modules: ModuleNames[];
}

/** A generator of numbers in [0, 1) that gives the same ones at every run. */
export function random(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x = (Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const y = Math.imul(x ^ (x >>> 12), 0x297a2d39);
    return ((y ^ (y >>> 15)) >>> 0) / 2 ** 32;
  };
}

export function record(h: HistogramCounts, ns: number): void {
  const bucket = gridBoundsSeconds.findIndex((bound) => ns <= bound * 1e9);
  const i = bucket < 0 ? GRID_BUCKETS - 1 : bucket;
  h.counts[i] = (h.counts[i] ?? 0) + 1;
  h.sumNs += ns;
  h.minNs = Math.min(h.minNs ?? ns, ns);
  h.maxNs = Math.max(h.maxNs ?? ns, ns);
}

const plumbing = [
  "libc.so.6!clone3",
  "libc.so.6!start_thread",
  "libglib-2.0.so.0!g_thread_proxy",
  "libglib-2.0.so.0!g_thread_pool_thread_proxy",
  "libgstreamer-1.0.so.0!gst_task_func",
  "libgstcoreelements.so!gst_queue_loop",
  "libgstreamer-1.0.so.0!gst_pad_push",
  "libgstreamer-1.0.so.0!gst_pad_chain_data_unchecked",
];

const flow = (ok: number, others: Partial<CellSnapshot["flow"]> = {}): CellSnapshot["flow"] => ({
  ok,
  eos: 0,
  flushing: 0,
  "not-linked": 0,
  "not-negotiated": 0,
  error: 0,
  "not-supported": 0,
  other: 0,
  ...others,
});

/** Cells, topology and stacks of one pipeline; inclusive = own time and that of everything behind it. */
export function sampleCapture(name: string, elements: readonly SampleElement[], seed = 1): SampleCapture {
  const pipeline = name.replaceAll("/", "\\/");
  const next = random(seed);
  const topology: RecordedTopology = { pipelines: [pipeline], elements: [], pads: [], renamed: [] };
  const cells: CellSnapshot[] = [];
  const stacks: SampleStack[] = [];
  const info: ProfileInfo = {
    kind: "cpu",
    startUnixNs: START_UNIX_NS,
    atNs: 0,
    durationNs: 10 * SECOND,
    samples: 0,
    totalNs: 0,
    reachedRoot: 0,
    inferred: 0,
    frames: 0,
    ...{ framesNamed: 0, framesByType: 0, framesByRole: 0 },
  };
  const source = new Map<string, number>();
  let id = 10;
  for (const e of elements) {
    const parts = e.path.split("/");
    const element = id++;
    topology.elements.push({
      id: element,
      path: `${pipeline}/${e.path}`,
      pipeline,
      name: (parts.at(-1) ?? "").replaceAll("\\", "/"),
      factory: e.factory,
      plugin: e.plugin ?? e.factory,
      bin: e.bin === true,
    });
    if (e.bin) continue;
    const [sink, src] = [id++, id++];
    source.set(e.path, src);
    topology.pads.push({ id: sink, element, name: "sink", direction: "sink" });
    topology.pads.push({ id: src, element, name: "src", direction: "src" });
    const peer = e.from === undefined ? undefined : source.get(e.from);
    if (peer !== undefined) cells.push(cell(sink, peer, e, next));
    for (const [i, leaf] of (e.leaves ?? [["libgst.so!chain"]]).entries()) {
      const all = e.samples ?? 0;
      const shares = e.leaves?.length ?? 1;
      const n = i === 0 ? all - Math.floor(all / shares) * (shares - 1) : Math.floor(all / shares);
      if (n === 0) continue;
      const labels = { pipeline, element: parts.at(-1) ?? "", factory: e.factory, thread: e.thread ?? "queue:src" };
      const stack = [...plumbing, ...leaf];
      stacks.push({
        stack,
        ns: n * PERIOD_NS,
        labels: { ...labels, path: `${pipeline}/${e.path}` },
      });
      info.samples += n;
      info.totalNs += n * PERIOD_NS;
      info.reachedRoot += n;
      info.frames += n * stack.length;
      info.framesNamed += n * stack.filter((frame) => !frame.includes("+fn@")).length;
    }
  }
  return { topology, cells, stacks, info, state: sampleState(info), modules: sampleModules(stacks) };
}

function cell(pad: number, peer: number, e: SampleElement, next: () => number): CellSnapshot {
  const [inclusive, exclusive] = [emptyHistogram(), emptyHistogram()];
  const buffers = e.buffers ?? 300;
  for (let i = 0; i < buffers; i++) {
    const spread = Math.exp((next() + next() + next() - 1.5) * 0.6);
    const own = Math.round((e.meanNs ?? 10_000) * spread);
    record(exclusive, own);
    record(inclusive, own + Math.round(2_000 * spread));
  }
  return {
    pad,
    peer,
    kind: "chain",
    startUnixNs: START_UNIX_NS + BigInt(pad),
    buffers,
    bytes: buffers * (e.bytesEach ?? 1024),
    invocations: buffers,
    nested: 0,
    flow: flow(buffers, e.flow),
    inclusive,
    exclusive,
    dropped: 0,
    level: 0,
    highestLevel: 0,
    flushed: 0,
  };
}

export function sampleState(info: ProfileInfo): SegmentState {
  const handler = emptyHistogram();
  for (let i = 0; i < info.samples; i++) record(handler, 4000 + (i % 50) * 100);
  return {
    pid: 4242,
    startTicks: 777,
    createdMonoNs: 5_000_000_000,
    createdUnixNs: START_UNIX_NS,
    targetState: "running",
    flushAsked: 0,
    processCpuBeginNs: 20_000_000,
    processCpuNs: 20_000_000 + info.totalNs,
    registeredCpuNs: info.totalNs,
    maskedCpuNs: 0,
    unseenCpuNs: 0,
    ownCpuNs: 0,
    unarmedCpuNs: 0,
    samplesSettled: info.samples,
    samplesAgentLost: 0,
    timingCostPs: 31_500,
    clockSource: "tsc",
    enabled: true,
    sampleRate: 100,
    wallRate: 0,
    spanThreshold: 0n,
    spanSlowNs: 0,
    spanP99: false,
    changes: 1,
    obeyed: 1,
    cannot: [],
    timing: "wrap",
    handler,
    counters: { samples_written: info.samples, ring_full: 0, masked: 0, no_table: 0, truncated: 0, unwind_failed: 0 },
  };
}

function sampleModules(stacks: readonly SampleStack[]): ModuleNames[] {
  const modules = new Map<string, ModuleNames>();
  for (const { stack, ns } of stacks) {
    for (const frame of stack) {
      const path = frame.slice(0, frame.indexOf("!"));
      const row = modules.get(path) ?? {
        path: `/usr/lib/${path}`,
        buildId: "abcdef",
        ...{ frames: 0, byType: 0, byRole: 0, unnamed: 0 },
        problem: "",
        source: ".symtab",
        lines: false,
        debuginfod: "",
      };
      row.frames += ns / PERIOD_NS;
      if (frame.includes("+fn@")) row.unnamed += ns / PERIOD_NS;
      modules.set(path, row);
    }
  }
  return [...modules.values()];
}

export const sampleFacts = (changes: Partial<CaptureFacts> = {}): CaptureFacts => ({
  pid: 4242,
  startTicks: 777,
  command: "gst-launch-1.0 videotestsrc num-buffers=300 ! tee name=t ! queue ! x264enc ! mp4mux ! filesink",
  executable: "/usr/bin/gst-launch-1.0",
  serviceName: "gst.pyroscope",
  clock: { monoNs: 5_000_000_000, unixNs: START_UNIX_NS },
  tool: "0.1.0",
  lossHelp: {
    ring_full: "samples dropped because every ring chunk was full or held",
    no_table: "stacks that ended in a module whose unwind table was not built yet",
  },
  ...changes,
});

export const sampleAgent = (seconds: number, changes: Partial<AgentState> = {}): AgentState => ({
  engine: "timer: 100 Hz is within the kernel's tick of 250 Hz",
  timeUnixNs: START_UNIX_NS + BigInt(Math.round(seconds * SECOND)),
  atNs: Math.round(seconds * SECOND),
  cpuNs: 120_000_000,
  rssBytes: 71_000_000,
  losses: {},
  ...changes,
});

/** Writes it whole: one profile, one snapshot on the way, the end. Resolves to the directory. */
export async function writeSample(dir: string, sample: SampleCapture, facts = sampleFacts()): Promise<string> {
  const writer = await CaptureWriter.create(dir, facts);
  await writer.addProfile(samplePprof(sample.stacks), sample.info);
  await writer.snapshot(sample.topology, sample.cells.slice(0, 1), sample.state, sampleAgent(5));
  await writer.finish({ ...sample, agent: sampleAgent(10) });
  return writer.dir;
}
