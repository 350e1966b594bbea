// How does a test play a pipeline that is healthy and then slow, and a viewer who stalls by that, to the built service?
// SPDX-License-Identifier: MPL-2.0
import { gzipSync } from "node:zlib";
import type { ElementWindow, PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import { batch, event, type Started, TOKEN, until } from "./service.js";

const STEP_MS = 2000;
export const iso = (ms: number): string => new Date(ms).toISOString();

const element = (path: string, more: Partial<ElementWindow>): ElementWindow => ({
  ...{ path, factory: "identity", class: "work", threads: ["main/src"], feeds: [] },
  ...{ buffers_in: 50, buffers_out: 50, bytes_in: 50_000, own_ms: 20, driver_ms: 0, cpu_ms: 20 },
  ...{ blocked_ms: {}, queue: null, drops: 0, flow_errors: 0 },
  ...more,
});

/** `pace`: of real time; `work`: milliseconds of the encoder in the window. */
export function windowOf(
  fromMs: number,
  { pace = 1, work = 200 } = {},
  more: Partial<PipelineWindow> = {},
): PipelineWindow {
  const buffers = Math.round(50 * pace);
  const flow = { buffers_in: buffers, buffers_out: buffers };
  return {
    ...{ stream_id: "demo", stream_source: "tag", pipeline: "main", service: "encoder", host: "box", run_id: "run-1" },
    ...{ topology: "t1", state: "playing", from: iso(fromMs), to: iso(fromMs + STEP_MS), process_cpu_ms: work + 100 },
    machine: { load: 1, cpus: 4, steal: 0, pressure: 0 },
    losses: 0,
    elements: [
      element("main/src", { ...flow, factory: "videotestsrc", class: "source", feeds: ["main/enc"], driver_ms: 30 }),
      element("main/enc", { ...flow, factory: "x264enc", feeds: ["main/sink"], own_ms: work, cpu_ms: work }),
      element("main/sink", { ...flow, factory: "filesink", class: "sink" }),
    ],
    sinks: [{ path: "main/sink", buffers, media_ms: STEP_MS * pace }],
    ...more,
  };
}

export const windowBatch = (windows: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ schema_version: "1.0", project_id: "demo", sent_at: iso(Date.now()), windows },
  ...more,
});

/** A text is packed where the header says so, bytes are sent as they are. */
export const postWindows = (
  { url }: Pick<Started, "url">,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> => {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const isPacked = headers["Content-Encoding"] === "gzip" && !(body instanceof Uint8Array);
  return fetch(`${url}/api/pipeline-windows`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-MTrace-Token": TOKEN, ...headers },
    body: new Uint8Array(isPacked ? gzipSync(bytes) : bytes),
  });
};

export interface Played {
  /** Health before, in seconds, and slowness up to now. */
  healthyS?: number;
  slowS?: number;
  slow?: Parameters<typeof windowOf>[1];
  more?: Partial<PipelineWindow>;
}

/** Sends windows that end now; answers with the end of the last one. */
export async function play(
  service: Pick<Started, "url">,
  { healthyS = 60, slowS = 14, slow = { pace: 0.6, work: 1980 }, more = {} }: Played = {},
): Promise<number> {
  const endMs = Date.now();
  const beginMs = endMs - 1000 * (healthyS + slowS);
  const windows: PipelineWindow[] = [];
  for (let fromMs = beginMs; fromMs < endMs; fromMs += STEP_MS)
    windows.push(windowOf(fromMs, fromMs < endMs - 1000 * slowS ? {} : slow, more));
  for (let at = 0; at < windows.length; at += 60) {
    const answer = await postWindows(service, windowBatch(windows.slice(at, at + 60)), { "Content-Encoding": "gzip" });
    if (answer.status !== 202) throw new Error(`windows: ${answer.status} ${await answer.text()}`);
  }
  return endMs;
}

/** What an SDK tells when the picture stops: at `atMs`, with nothing left that was made after `atMs` − 4 s. */
export const stallEvent = (sessionId: string, atMs: number, meta: Record<string, unknown> = {}) =>
  event({
    ...{ event_name: "rebuffer_started", session_id: sessionId, client_timestamp: iso(atMs) },
    meta: { stream_id: "demo", playing_date: atMs - 4000, buffer_ms: 0, edge_age_ms: 300, frag_load_ms: 30, ...meta },
  });

export const stallEnd = (sessionId: string, atMs: number, lastedMs: number) =>
  event({
    ...{ event_name: "rebuffer_ended", session_id: sessionId, client_timestamp: iso(atMs + lastedMs) },
    meta: { stream_id: "demo", duration_ms: lastedMs },
  });

export const stallsOf = async (service: Pick<Started, "get">, sessionId: string): Promise<StallView[]> =>
  ((await (await service.get(`/api/stream-sessions/${sessionId}/stalls`)).json()) as { stalls?: StallView[] }).stalls ??
  [];

/** Sends the stall of a viewer, and waits for its answer. */
export async function stalled(service: Started, sessionId: string, atMs: number, meta = {}): Promise<StallView> {
  await service.post(batch([stallEvent(sessionId, atMs, meta)]));
  await until("the stall is judged", async () => (await stallsOf(service, sessionId)).length > 0);
  const [stall] = await stallsOf(service, sessionId);
  if (stall === undefined) throw new Error("it has gone");
  return stall;
}
