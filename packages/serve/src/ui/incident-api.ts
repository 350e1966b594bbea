// How does a page ask the service about incidents, streams, and the windows and profiles of their pipelines?
// SPDX-License-Identifier: MPL-2.0
import type {
  FlameGraph,
  IncidentDetail,
  IncidentPage,
  StallPage,
  StreamList,
  WindowList,
} from "@gst-pyroscope/contract/stall-views";
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import { ask } from "./api.js";

const part = encodeURIComponent;

export const askIncident = (id: string, signal: AbortSignal): Promise<IncidentDetail> =>
  ask(`/api/incidents/${part(id)}`, signal);

export const askIncidents = (limit: number, cursor?: string, signal?: AbortSignal): Promise<IncidentPage> =>
  ask(`/api/incidents?${new URLSearchParams({ limit: String(limit), ...(cursor ? { cursor } : {}) })}`, signal);

export const askStreams = (signal: AbortSignal): Promise<StreamList> => ask("/api/streams", signal);

export const askSessionStalls = (id: string, signal: AbortSignal): Promise<StallPage> =>
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
  const answer = await ask<WindowList>(`/api/streams/${part(stream)}/pipeline?${query}`, signal);
  return answer.windows;
}

/** The address comes from the judgement, which knows its interval; only one of this service is followed. */
export function askFlame(address: string, signal: AbortSignal): Promise<FlameGraph> {
  if (!address.startsWith("/api/")) return Promise.resolve({ source: "none", unit: "ms", stacks: [] });
  return ask(address, signal);
}
