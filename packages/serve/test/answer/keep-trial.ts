// What of a recorded trial has to be kept, so that its stall can be judged again with the same answer?
// SPDX-License-Identifier: MPL-2.0
import { type PipelineWindow, type StallView, waitReasons } from "@gst-pyroscope/contract/window";
import { intervalOf, judge } from "../../src/answer/judge.js";
import type { KnownStall } from "../../src/answer/stall-case.js";
import { knownStall } from "../../src/stalls/known-stall.js";
import { number } from "../../src/stalls/player.js";
import { Players } from "../../src/stalls/players.js";
import { beginsStall, newStall, type Stall } from "../../src/stalls/stall.js";
import type { AcceptedBatch } from "../../src/store/port.js";
import { toColumns } from "./columns.js";
import { caseOf, type Got, gotOf, type PackedTrial, type Trial, unpacked } from "./kept-trial.js";

interface RecordedEvent {
  event_name: string;
  session_id: string;
  client_timestamp: string;
  server_received_at: string;
  ingest_sequence: number;
  meta?: AcceptedBatch["events"][number]["meta"];
}

export interface Recording {
  windows: PipelineWindow[];
  session: { events: RecordedEvent[] } | null;
}

export interface Result {
  id: string;
  expect: Trial["expect"];
  outcome: "right" | "wrong" | "void";
  stall: StallView;
  /** As it stayed. */
  final: StallView;
}

export interface Found {
  packed: PackedTrial;
  /** What the service said, and what the same code says to the whole recording, and to what is kept. */
  live: Got;
  whole: Got;
  kept: Got;
}

/** `earlier`: trials of the same lab before this one. */
export function keep(result: Result, recording: Recording, earlier: Result[]): Found {
  const stall = stallIn(recording, result.final) ?? stallBy(result.final);
  const trial = withReady(trialOf(result, recording, stall, earlier), result.final);
  const whole = judged(trial);
  const isSame = (packed: PackedTrial) => JSON.stringify(judged(unpacked(packed))) === JSON.stringify(whole);
  const packed = longer.reduce((had, size) => (isSame(had) ? had : packedOf(trial, size)), packedOf(trial, shortest));
  return { packed, live: trial.live, whole, kept: judged(unpacked(packed)) };
}

/** How much of the time before the stall is kept, and how exactly figures are: the first that leaves the answer as it is. */
interface Size {
  healthMs: number;
  digits: number;
}
const shortest: Size = { healthMs: 64_000, digits: 0 };
const longer: Size[] = [
  { healthMs: 300_000, digits: 0 },
  { healthMs: 300_000, digits: 3 },
];

const judged = (trial: Trial): Got => gotOf(judge(caseOf(trial)));

/** As the service came to it: by batches, for each of which the clocks are compared first. */
function stallIn({ session }: Recording, { stall }: StallView): KnownStall | null {
  const players = new Players();
  const at = Date.parse(stall.at);
  let best: Stall | null = null;
  for (const events of batchesOf(session?.events ?? [])) {
    const [first] = events;
    if (first === undefined) continue;
    const { receivedMs } = first;
    const player = players.take({ project: "demo", receivedMs, events }).get(first.sessionId);
    if (player === undefined) continue;
    for (const event of events) {
      const atMs = player.timeOf(event, receivedMs);
      player.take(event, atMs);
      const begun = begins(event)
        ? newStall(player, event.ingest, atMs - startup(event), event.meta, receivedMs)
        : null;
      if (begun !== null && Math.abs(begun.atMs - at) < Math.abs((best?.atMs ?? 0) - at)) best = begun;
    }
  }
  if (best === null || Math.abs(best.atMs - at) > NEAR_MS) return null;
  const known = knownStall({ ...best, lastedMs: stall.lasted_ms }, stall.stream_id, 0);
  return { ...known, session_id: "viewer", atMs: at };
}

/** What the player told of a stall that came after the events that were recorded: as far as the answer's evidence has it. */
function stallBy({ stall, evidence }: StallView): KnownStall {
  const told = Object.assign({}, ...evidence.map(({ numbers }) => numbers)) as Record<string, number | undefined>;
  const ms = (seconds: number | undefined) => (seconds === undefined ? null : Math.round(seconds * 1000));
  const loadMs = ms(told.load_s);
  const ends = stall.buffer_end_program_time;
  return {
    ...{ session_id: "viewer", stream_id: stall.stream_id, atMs: Date.parse(stall.at), lastedMs: stall.lasted_ms },
    ...{ bufferEndMs: ends === null ? null : Date.parse(ends), liveLatencyMs: null, bufferMs: ms(told.buffer_s) },
    ...{ edgeAgeMs: ms(told.edge_s), framesDropped: told.frames ?? null, targetMs: ms(told.media_s) ?? SEGMENT_MS },
    segmentLoads: loadMs === null ? [] : [{ ms: loadMs }],
    loadFailed: evidence.some(({ kind, numbers }) => kind === "segment_load" && Object.keys(numbers).length === 0),
  };
}

/** Of the lab's pipelines. */
const SEGMENT_MS = 2000;

/** The service compared clocks before its start, too. */
const NEAR_MS = 2000;
const begins = (event: Event): boolean => beginsStall(event) || event.name === "startup_time_measured";
const startup = ({ name, meta }: Event): number =>
  name === "startup_time_measured" ? (number(meta?.duration_ms) ?? 0) : 0;

type Event = AcceptedBatch["events"][number] & { ingest: number; receivedMs: number };

function batchesOf(events: RecordedEvent[]): Event[][] {
  const batches = new Map<string, Event[]>();
  for (const told of events.toSorted((a, b) => a.ingest_sequence - b.ingest_sequence)) {
    const { event_name: name, session_id: sessionId, server_received_at: received } = told;
    const times = { clientMs: Date.parse(told.client_timestamp), receivedMs: Date.parse(received) };
    const event = { name, sessionId, streamId: null, meta: told.meta ?? null, ingest: told.ingest_sequence, ...times };
    batches.set(received, [...(batches.get(received) ?? []), event as unknown as Event]);
  }
  return [...batches.values()];
}

function trialOf(
  { id, expect, outcome, stall: first, final }: Result,
  { windows }: Recording,
  stall: KnownStall,
  earlier: Result[],
): Trial {
  const live = gotOf({ ...final, pipeline: null });
  const troubled = [...earlier.flatMap((one) => one.final ?? []), first].flatMap(troubleOf);
  const offsetS = final.evidence.find(({ kind }) => kind === "clock");
  const offsetMs = 1000 * (offsetS?.numbers.offset_s ?? 0) * (offsetS?.sentence.includes("behind") ? 1 : -1);
  const nowMs = nowOf(final, stall, windows);
  const had = windows.filter(({ to }) => Date.parse(to) <= nowMs);
  return {
    id,
    expect,
    live,
    wasRight: outcome === "right",
    stall,
    segmentWasReady: null,
    troubled,
    nowMs,
    offsetMs: offsetMs || 0,
    windows: had,
  };
}

/** As the service takes them from the stalls of a stream. */
function troubleOf({ verdict, interval, stall }: StallView): Trial["troubled"] {
  if (verdict === "delivery" || verdict === "unknown") return [];
  return [{ fromMs: Date.parse(interval.from), untilMs: Date.parse(stall.at) + (stall.lasted_ms ?? 0) }];
}

/** A stall is judged for good when there are the windows of its end. */
const JUDGED_MS = 2500;

/** By the evidence, if a pipeline's silence is told. */
function nowOf({ evidence }: StallView, { atMs, lastedMs }: KnownStall, windows: PipelineWindow[]): number {
  const usual = atMs + (lastedMs ?? 0) + JUDGED_MS;
  const silent = evidence.find(({ kind }) => kind === "no_windows")?.numbers.silent_s;
  if (silent === undefined) return usual;
  const ends = windows.map(({ to }) => Date.parse(to)).filter((end) => end <= usual);
  return Math.max(usual, Math.max(...ends) + 1000 * silent + 5);
}

/** No recording has what the origin knew of the missing segment: its word stands in the evidence, or is what explains the answer. */
function withReady(trial: Trial, { sentence }: StallView): Trial {
  const live = JSON.stringify(trial.live);
  const words = sentence.includes("was complete in time") ? [true, null, false] : [null, false, true];
  const all = words.map((segmentWasReady) => ({ ...trial, segmentWasReady }));
  const alike = (one: Trial) => JSON.stringify(judged(one)) === live;
  return all.find(alike) ?? all.find((one) => judged(one).verdict === trial.live.verdict) ?? trial;
}

function packedOf(trial: Trial, { healthMs, digits }: Size): PackedTrial {
  const { windows: _, ...more } = trial;
  const fromMs = intervalOf(trial.stall).fromMs - healthMs;
  const windows = trial.windows.filter(({ to }) => Date.parse(to) > fromMs);
  const begins = windows.map(({ from }) => Date.parse(from));
  const after = begins.map((begin, place) => begin - (begins[place - 1] ?? begin));
  const lasts = windows.map(({ to }, place) => Date.parse(to) - (begins[place] ?? 0));
  const columns = toColumns(windows.map((window) => figuresOf(window, digits)));
  return { ...more, times: { fromMs: begins[0] ?? 0, after, lasts }, windows: columns };
}

/** Without what no answer reads. */
function figuresOf({ from: _, to: __, stacks: ___, ...window }: PipelineWindow, digits: number): object {
  const round = (value: number | null) => (value === null ? null : Number(value.toFixed(digits)));
  const share = (value: number | null) => (value === null ? null : Number(value.toFixed(digits + 2)));
  const { machine } = window;
  const elements = window.elements.map((one) => ({
    ...{ ...one, bytes_in: 0, drops: 0, flow_errors: 0 },
    ...{ own_ms: round(one.own_ms), driver_ms: round(one.driver_ms), cpu_ms: round(one.cpu_ms) },
    blocked_ms:
      one.blocked_ms && Object.fromEntries(waitReasons.map((why) => [why, round(one.blocked_ms?.[why] ?? 0)])),
    queue: one.queue && { ...one.queue, wait_ms: 0 },
  }));
  const sinks = window.sinks.map((sink) => ({ ...sink, media_ms: round(sink.media_ms) }));
  const known = { ...machine, load: 0, steal: share(machine.steal), pressure: share(machine.pressure) };
  return { ...window, process_cpu_ms: null, machine: known, elements, sinks };
}
