// Which pipeline, which fault, which viewer: what is known when the viewer's picture stops?
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, PipelineWindow } from "@gst-pyroscope/contract/window";
import type { KnownPipeline, KnownStall, KnownWindow, StallCase } from "../../src/answer/stall-case.js";
import { UNIT } from "./bookings.js";
import { END, type Scenario, START, seeded } from "./costs.js";
import { ladder, names, plain, sourceAt } from "./graphs.js";
import { instant, type Run } from "./simulation.js";

export interface Played {
  input: StallCase;
  /** null: the picture did not stop. */
  stalledAt: number | null;
  /** Path of the element that has the fault; null: none has. */
  guilty: string | null;
}

const SEGMENT = 2;

/** The pipelines of a scenario, as known until a time, and when each unit of media left the last of them. */
function pipelines(scenario: Scenario): { known: (until: number) => KnownPipeline[]; done: number[] } {
  const { place } = scenario.fault;
  const known = (run: Run, hop: number, sinks: string[] | null, until: number): KnownPipeline => ({
    ...{ hop, linked: hop === 0 ? null : "address", sinks, nominal: null },
    windows: run
      .windows(until, (window, number) => told(scenario, window, number))
      .filter(arrived(scenario))
      .map(shifted(scenario)),
  });
  const at = sourceAt(scenario);
  if (place === "low") {
    const { run, mux } = ladder(scenario, at, names.low);
    return { known: (until) => [known(run, 0, ["pipeline0/sink_low"], until)], done: mux.done };
  }
  const first = plain(scenario, at, place === "chain" ? "contribution" : "pipeline0", place);
  if (place !== "chain") return { known: (until) => [known(first.run, 0, null, until)], done: first.mux.done };
  const healthy = { ...scenario, fault: {} };
  const second = plain(healthy, (unit) => (first.mux.done[unit] ?? Infinity) + 0.1, "pipeline0", undefined, "srtsrc");
  const both = (until: number) => [known(first.run, 1, null, until), known(second.run, 0, null, until)];
  return { known: both, done: second.mux.done };
}

function arrived({ seed, lost = 0 }: Scenario) {
  const random = seeded(seed + 3);
  return () => random() >= lost;
}

const shifted =
  ({ shift = 0 }: Scenario) =>
  (known: KnownWindow): KnownWindow => ({
    ...known,
    fromMs: known.fromMs + shift * 1000,
    toMs: known.toMs + shift * 1000,
  });

/** A window with what the agent of this scenario does not know taken away, and the machine's state put in. */
function told(
  { fault, load: scenarioLoad = 0, start = START, unknown = [] }: Scenario,
  window: PipelineWindow,
  place: number,
): PipelineWindow {
  const pressed = fault.host !== undefined && place * 2 >= start;
  const machine = {
    ...window.machine,
    load: pressed || scenarioLoad > 0 ? 20 : 1,
    pressure: pressed || scenarioLoad > 0 ? 0.8 : 0.05,
  };
  const isStarved = (path: string) => fault.place === "workers" && pressed && path.endsWith("/enc");
  const elements = window.elements.map((element) => ({
    ...element,
    cpu_ms: unknown.includes("cpu") ? null : element.cpu_ms,
    blocked_ms: unknown.includes("wall") ? null : isStarved(element.path) ? starved(element) : element.blocked_ms,
  }));
  return { ...window, machine: unknown.includes("pressure") ? { ...machine, pressure: null } : machine, elements };
}

/** Its chain function waits for its own threads, and as they do for a CPU. */
function starved({ cpu_ms, own_ms }: ElementWindow): ElementWindow["blocked_ms"] {
  const waits = Math.max(0, own_ms - (cpu_ms ?? 0));
  return { peer: 0.5 * waits, cpu_ready: 0.5 * waits };
}

/** A viewer three segments behind the edge: when does its picture stop, and what does it have then? */
function view(
  { fault, start = START }: Scenario,
  done: number[],
  offset: number,
): Partial<KnownStall> & { at: number | null; ready: boolean } {
  const units = SEGMENT / UNIT;
  const closed = (segment: number) => done[(segment + 1) * units - 1] ?? Infinity;
  const load = (at: number) => (at >= start && fault.load !== undefined ? fault.load : 0.03);
  let loaded = closed(10) + offset;
  let [end, programEnd, segment] = [loaded + 3 * SEGMENT, closed(10), 11];
  const loads: { ms: number }[] = [];
  for (; ; segment++) {
    const begun = Math.max(loaded, closed(segment));
    loaded = begun + load(begun);
    if (loaded > end) break;
    loads.push({ ms: load(begun) * 1000 });
    programEnd = Math.abs(programEnd + SEGMENT - closed(segment)) < 1 ? programEnd + SEGMENT : closed(segment);
    end += SEGMENT;
    if (end > END - 10) return { at: null, ready: true };
  }
  const late = { ms: load(closed(segment)) * 1000 };
  const all = fault.load === undefined ? loads : [...loads, late];
  const ready = closed(segment) <= end - SEGMENT / 2;
  return { at: end, ready, bufferEndMs: instant(programEnd), segmentLoads: all.slice(-3), bufferMs: 40 };
}

export function play(scenario: Scenario): Played {
  const { known, done } = pipelines(scenario);
  const { at, ready, ...player } = view(scenario, done, seeded(scenario.seed + 7)() * SEGMENT);
  const atMs = instant(at ?? END - 10);
  const { fault, unknown = [] } = scenario;
  const stall: KnownStall = {
    ...{ session_id: "s1", stream_id: "demo", atMs, lastedMs: null, edgeAgeMs: 2000 },
    ...{ bufferMs: 40, segmentLoads: [], framesDropped: 0, targetMs: SEGMENT * 1000, ...player },
    bufferEndMs: unknown.includes("program") ? null : (player.bufferEndMs ?? null),
  };
  const guilty = fault.place === undefined || fault.factor === undefined ? null : names[fault.place];
  const segmentWasReady = unknown.includes("ready") ? null : ready;
  return {
    input: { stall, pipelines: known((at ?? END - 10) + 2.2), troubled: [], segmentWasReady, nowMs: atMs + 2500 },
    stalledAt: at,
    guilty: guilty && `${fault.place === "chain" ? "contribution" : "pipeline0"}/${guilty}`,
  };
}
