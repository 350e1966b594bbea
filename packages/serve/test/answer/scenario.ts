// Which pipeline, which fault, which viewer: what is known when the viewer's picture stops?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow, WaitReason } from "@gst-pyroscope/contract/window";
import type { KnownPipeline, KnownStall, StallCase } from "../../src/answer/stall-case.js";
import { type CostAt, instant, type Mux, type Part, Run, type Source, type Stage, UNIT } from "./simulation.js";

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const places = ["before", "after", "audio", "encoder", "workers", "disk", "low", "chain"] as const;
export type Place = (typeof places)[number];
export const kinds = ["burn", "sleep", "lock"] as const;
export type Kind = (typeof kinds)[number];

export interface Fault {
  place?: Place;
  kind?: Kind;
  /** Demand that it makes, in seconds per second of media; Infinity: one buffer is held for ever. */
  factor?: number;
  /** Everything takes so many times as long, for want of CPU. */
  host?: number;
  /** The source gives so much of its units; 0: none. */
  source?: number;
  /** A segment takes so many seconds to load. */
  load?: number;
  /** Lasts so long; else to the end. */
  lasts?: number;
}

export interface Scenario {
  seed: number;
  fault: Fault;
  /** Differences of single costs, and of the whole machine. */
  noise?: number;
  /** Cost of everything, from the start on. */
  busy?: number;
  /** When the fault begins, in seconds. */
  start?: number;
  /** The pipeline is already so slow until then. */
  slowUntil?: number;
  /** What of the windows is not known. */
  change?: (window: PipelineWindow, place: number) => PipelineWindow | null;
}

export interface Played {
  input: StallCase;
  /** null: the picture did not stop. */
  stalledAt: number | null;
  /** Path of the element that has the fault; null: none has. */
  guilty: string | null;
}

const SEGMENT = 2;
const END = 110;
const usual = {
  conv: 0.004,
  before: 0.0005,
  enc: 0.012,
  after: 0.0005,
  parse: 0.0005,
  aconv: 0.001,
  audio: 0.0005,
  aenc: 0.003,
  sink: 0.001,
};
const names: Record<Place, string> = {
  before: "before",
  after: "after",
  audio: "audio",
  encoder: "enc",
  workers: "enc",
  disk: "sink",
  low: "enc_low",
  chain: "before",
};

/** Costs of elements in the course of time, with noise, the machine's slowness and the fault. */
function costs({ seed, fault, noise = 0.1, busy = 1, start = 40, slowUntil = 0 }: Scenario) {
  const random = seeded(seed);
  const drift = Array.from({ length: END }, () => 1 + noise * (random() - 0.5) * 2);
  const faulty = (at: number) => (at >= start && at < start + (fault.lasts ?? Infinity)) || at < slowUntil;
  return (name: string, cpu: number, mine: boolean): CostAt => {
    return (at) => {
      const base = cpu * busy * (drift[Math.floor(at)] ?? 1) * (1 + noise * (random() - 0.5));
      if (!faulty(at)) return { cpu: base };
      const host = fault.host ?? 1;
      const ready = base * (host - 1);
      if (!mine || fault.factor === undefined)
        return host === 1 ? { cpu: base } : { cpu: base, blocked: { cpu_ready: ready } };
      const extra = Math.max(0, fault.factor === Infinity ? 1e6 : fault.factor * UNIT - base);
      if (name === "sink") return { cpu: base, blocked: { disk: extra } };
      const reason: WaitReason = fault.kind === "sleep" ? "timer" : "lock";
      return fault.kind === "burn" || fault.kind === undefined
        ? { cpu: base + extra }
        : { cpu: base, blocked: { [reason]: extra } };
    };
  };
}

type CostOf = ReturnType<typeof costs>;

function parts(costOf: CostOf, guilty: string | null, ...list: [string, string][]): Part[] {
  return list.map(([name, factory]) => {
    const plain = name.split("_")[0] as keyof typeof usual;
    const kind = factory === "filesink" ? "sink" : "work";
    return { name, factory, class: kind, cost: costOf(name, usual[plain], name === guilty) };
  });
}

const stage = (queue: string, list: Part[], next: Stage["next"], capacity = 8): Stage => ({
  queue,
  capacity,
  parts: list,
  next,
});

const muxer = (name: string, queues: string[], sink: Part[]): Mux => ({
  name,
  queues,
  capacity: 6,
  parts: sink,
  done: [],
});

function encoder(costOf: CostOf, guilty: string | null, next: Stage["next"], workers: boolean): Stage["next"] {
  const enc = parts(costOf, guilty, ["enc", "x264enc"]);
  const rest = stage("qenc", parts(costOf, guilty, ["after", "identity"], ["parse", "h264parse"]), next);
  return workers ? [{ ...stage("conv_q", enc, [rest], 4), workers: true }] : [rest];
}

/** Pictures and sound to one muxer and sink. */
function plain(scenario: Scenario, at: Source["at"], name: string, place: Place | undefined, source = "vsrc") {
  const costOf = costs(scenario);
  const guilty = place === undefined ? null : names[place];
  const mux = muxer("mux", ["qvideo", "qaudio"], parts(costOf, guilty, ["sink", "filesink"]));
  const workers = place === "workers";
  const front: [string, string][] = [
    ["before", "identity"],
    ["conv", "videoconvert"],
  ];
  const chain = parts(costOf, guilty, ...front, ...(workers ? [] : [["enc", "x264enc"] as [string, string]]));
  const video = stage("qcap", chain, encoder(costOf, guilty, [mux], workers));
  const sound: [string, string][] = [
    ["audio", "identity"],
    ["aconv", "audioconvert"],
    ["aenc", "avenc_aac"],
  ];
  const audio = stage("qsnd", parts(costOf, guilty, ...sound), [mux]);
  const run = new Run(
    [
      { name: source, at, next: video },
      { name: source === "vsrc" ? "asrc" : `${source}_audio`, at, next: audio },
    ],
    name,
  );
  return { run: run.run(END), mux };
}

/** Three encoders behind a tee, each with its own muxer and sink; the viewer watches `low`. */
function ladder(scenario: Scenario, at: Source["at"], guilty: string | null) {
  const costOf = costs(scenario);
  const muxes = ["low", "mid", "high"].map((name) =>
    muxer(`mux_${name}`, [`qmux_${name}`], parts(costOf, guilty, [`sink_${name}`, "filesink"])),
  );
  const branches = muxes.map((mux) => {
    const name = mux.name.slice(4);
    return stage(`q_${name}`, parts(costOf, guilty, [`enc_${name}`, "x264enc"], [`parse_${name}`, "h264parse"]), [mux]);
  });
  const head = stage("qcap", parts(costOf, guilty, ["conv", "videoconvert"], ["before_tee", "identity"]), branches);
  const run = new Run([{ name: "vsrc", at, next: head }]);
  return { run: run.run(END), mux: muxes[0] as Mux };
}

function sourceAt({ fault, start = 40 }: Scenario): Source["at"] {
  const part = fault.source ?? 1;
  return (unit) => {
    const at = unit * UNIT;
    if (at < start || part === 1) return at;
    const lasts = fault.lasts ?? END;
    const slow = part === 0 ? at + lasts : start + (at - start) / part;
    return Math.min(slow, at + lasts);
  };
}

/** The pipelines of a scenario, and when each unit of media left the last of them. */
function pipelines(scenario: Scenario): { list: KnownPipeline[]; done: number[] } {
  const { place } = scenario.fault;
  const known = (run: Run, hop: number, sinks: string[] | null): KnownPipeline => ({
    ...{ hop, linked: hop === 0 ? null : "address", sinks, nominal: null },
    windows: run.windows(END, scenario.change),
  });
  const at = sourceAt(scenario);
  if (place === "low") {
    const { run, mux } = ladder(scenario, at, names.low);
    return { list: [known(run, 0, ["pipeline0/sink_low"])], done: mux.done };
  }
  const first = plain(scenario, at, place === "chain" ? "contribution" : "pipeline0", place);
  if (place !== "chain") return { list: [known(first.run, 0, null)], done: first.mux.done };
  const healthy = { ...scenario, fault: {} };
  const second = plain(healthy, (unit) => (first.mux.done[unit] ?? Infinity) + 0.1, "pipeline0", undefined, "srtsrc");
  return { list: [known(first.run, 1, null), known(second.run, 0, null)], done: second.mux.done };
}

/** A viewer three segments behind the edge: when does its picture stop, and what does it have then? */
function view(
  { fault, start = 40 }: Scenario,
  done: number[],
  offset: number,
): Partial<KnownStall> & { at: number | null; ready: boolean } {
  const units = SEGMENT / UNIT;
  const closed = (segment: number) => done[(segment + 1) * units - 1] ?? Infinity;
  const load = (at: number) => (at >= start && fault.load !== undefined ? fault.load : 0.03);
  let loaded = closed(10) + offset;
  let [end, programEnd, segment] = [loaded + 3 * SEGMENT, closed(10), 11];
  const loads: { ms: number; bytes: number }[] = [];
  for (; ; segment++) {
    const begun = Math.max(loaded, closed(segment));
    loaded = begun + load(begun);
    if (loaded > end) break;
    loads.push({ ms: load(begun) * 1000, bytes: 500_000 });
    programEnd = Math.abs(programEnd + SEGMENT - closed(segment)) < 1 ? programEnd + SEGMENT : closed(segment);
    end += SEGMENT;
    if (end > END - 10) return { at: null, ready: true };
  }
  const late = { ms: load(closed(segment)) * 1000, bytes: 500_000 };
  const all = fault.load === undefined ? loads : [...loads, late];
  const ready = closed(segment) <= end - SEGMENT / 2;
  return { at: end, ready, bufferEndMs: instant(programEnd), segmentLoads: all.slice(-3), bufferMs: 40 };
}

export function play(scenario: Scenario): Played {
  const { list, done } = pipelines(scenario);
  const { at, ready, ...told } = view(scenario, done, seeded(scenario.seed + 7)() * SEGMENT);
  const atMs = instant(at ?? 80);
  const stall: KnownStall = {
    ...{
      session_id: "s1",
      stream_id: "demo",
      atMs,
      lastedMs: null,
      bufferEndMs: null,
      liveLatencyMs: 8000,
      bufferMs: 40,
    },
    ...{ edgeAgeMs: 2000, segmentLoads: [], framesDropped: 0, targetMs: SEGMENT * 1000 },
    ...told,
  };
  const shown = list.map((one) => ({
    ...one,
    windows: one.windows.filter(({ toMs }) => toMs <= atMs + 2200 && toMs > atMs - 180_000),
  }));
  const { place, factor } = scenario.fault;
  const pipeline = place === "chain" ? "contribution" : "pipeline0";
  return {
    input: { stall, pipelines: shown, troubled: [], segmentWasReady: ready, nowMs: atMs + 2500 },
    stalledAt: at,
    guilty: place === undefined || factor === undefined ? null : `${pipeline}/${names[place]}`,
  };
}
