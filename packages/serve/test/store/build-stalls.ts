// Which windows and stalls do the tests of stores and of judging write?
// SPDX-License-Identifier: MPL-2.0
import type { ElementWindow, PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import type { StallRow, WindowRow } from "../../src/store/stall-port.js";
import { t0 } from "./build.js";

const iso = (ms: number): string => new Date(ms).toISOString();

export const element = (path: string, more: Partial<ElementWindow> = {}): ElementWindow => ({
  path,
  factory: "identity",
  class: "work",
  threads: [],
  feeds: [],
  ...{ buffers_in: 50, buffers_out: 50, bytes_in: 5000, own_ms: 20, driver_ms: 0, cpu_ms: 20 },
  ...{ blocked_ms: {}, queue: null, drops: 0, flow_errors: 0 },
  ...more,
});

export const pipelineWindow = (fromMs: number, more: Partial<PipelineWindow> = {}): PipelineWindow => ({
  ...{ stream_id: "demo", stream_source: "tag", pipeline: "main", service: "encoder", host: "box", run_id: "run-1" },
  ...{ topology: "t1", state: "playing", from: iso(fromMs), to: iso(fromMs + 2000), process_cpu_ms: 100 },
  machine: { load: 1, cpus: 2, steal: 0, pressure: 0 },
  losses: 0,
  elements: [element("main/enc")],
  sinks: [{ path: "main/sink", buffers: 50, media_ms: 2000 }],
  ...more,
});

export const windowRow = (fromMs: number, more: Partial<PipelineWindow> = {}, own = 0): WindowRow => ({
  project: "demo",
  window: pipelineWindow(fromMs, more),
  ownFromMs: fromMs - own,
  fromMs,
  toMs: fromMs + 2000,
  receivedMs: fromMs + 2100,
  offsetMs: own,
});

interface StallMore {
  lastedMs?: number | null;
  incident?: string;
  stream?: string;
  view?: Partial<StallView>;
}

export const stallRow = (id: number, sessionId: string, atMs = t0, more: StallMore = {}): StallRow => ({
  project: "demo",
  id,
  atMs,
  view: {
    stall: {
      session_id: sessionId,
      stream_id: more.stream ?? "demo",
      at: iso(atMs),
      lasted_ms: more.lastedMs === undefined ? 1000 : more.lastedMs,
      buffer_end_program_time: null,
    },
    ...{ verdict: "unknown", delivery: null, confidence: "low", element: null, sentence: "It is not known why." },
    interval: { from: iso(atMs - 10_000), until: iso(atMs), from_program_time: false },
    ...{ ranking: [], evidence: [], profile: null, viewers: { stalled: 1, watching: 2 } },
    incident_id: more.incident ?? "incident-1",
    ...more.view,
  },
});
