// What does the service answer about incidents, streams, and the windows and profiles of their pipelines?
// SPDX-License-Identifier: MPL-2.0
import type { Confidence, PipelineWindow, StallView, Verdict } from "@gst-pyroscope/contract/window";
import type { Timestamp } from "@gst-pyroscope/contract/wire";
import { ask } from "./api.js";

/** Stalls of one stream, within ten seconds of each other; the judgement is that of the best founded one. */
export interface Incident {
  incident_id: string;
  stream_id: string;
  from: Timestamp;
  /** null: it goes on. */
  until: Timestamp | null;
  viewers: { stalled: number; watching: number };
  worst_ms: number;
  verdict: Verdict;
  element: StallView["element"];
  sentence: string;
  confidence: Confidence;
}

export interface IncidentList {
  incidents: Incident[];
  next_cursor?: string;
}

export interface IncidentDetail {
  incident: Incident;
  stalls: StallView[];
}

export interface StreamNow {
  stream_id: string;
  viewers: { watching: number; stalled: number };
  /** Seconds of media per second in the last 10 s; null: not known. */
  published: number | null;
  last_window_at: Timestamp | null;
  pipelines: string[];
  latest_incident: { incident_id: string; at: Timestamp; verdict: Verdict; sentence: string } | null;
}

export interface FlameAnswer {
  source: "pyroscope" | "agent" | "none";
  unit: "ms";
  stacks: { frames: string[]; ms: number }[];
}

const part = encodeURIComponent;

export const askIncident = (id: string, signal: AbortSignal): Promise<IncidentDetail> =>
  ask(`/api/incidents/${part(id)}`, signal);

export const askIncidents = (limit: number, cursor?: string, signal?: AbortSignal): Promise<IncidentList> =>
  ask(`/api/incidents?${new URLSearchParams({ limit: String(limit), ...(cursor ? { cursor } : {}) })}`, signal);

export const askStreams = (signal: AbortSignal): Promise<{ streams: StreamNow[] }> => ask("/api/streams", signal);

export const askSessionStalls = (id: string, signal: AbortSignal): Promise<{ stalls: StallView[] }> =>
  ask(`/api/stream-sessions/${part(id)}/stalls`, signal);

/** Milliseconds since 1970. */
export interface Range {
  from: number;
  until: number;
}

export async function askWindows(stream: string, range: Range, signal: AbortSignal): Promise<PipelineWindow[]> {
  const query = new URLSearchParams({
    from: new Date(range.from).toISOString(),
    until: new Date(range.until).toISOString(),
  });
  const answer = await ask<{ windows: PipelineWindow[] }>(`/api/streams/${part(stream)}/pipeline?${query}`, signal);
  return answer.windows;
}

/** The address comes from the judgement, which knows its interval; only one of this service is followed. */
export function askFlame(address: string, signal: AbortSignal): Promise<FlameAnswer> {
  if (!address.startsWith("/api/")) return Promise.resolve({ source: "none", unit: "ms", stacks: [] });
  return ask(address, signal);
}
