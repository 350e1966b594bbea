// How is the service itself? Store, limits, counters and losses in one answer, for the page Status.
// SPDX-License-Identifier: MPL-2.0
import { limits } from "@gst-pyroscope/contract/names";
import type { Caller, Tokens } from "../ingest/tokens.js";
import type { Settings } from "../options.js";
import type { SessionStore, StoreStats } from "../store/port.js";
import type { CounterName, Metrics } from "../telemetry/metrics.js";
import type { App } from "./context.js";
import type { Hub } from "./hub.js";

export interface StatusParts {
  settings: Pick<Settings, "lab" | "address" | "limits" | "retention">;
  store: Pick<SessionStore, "stats">;
  metrics: Metrics;
  hub: Hub;
  tokens: Tokens;
  startedMs: number;
  version: string;
  /** Whether spans of requests are sent. */
  spans: boolean;
}

/** Answer of GET /api/status. Times are RFC 3339, sizes bytes. */
export interface StatusView {
  service: { version: string; node: string; started_at: string; lab: boolean; address: string; spans: boolean };
  /** Of an admin, and of the person at the service's own pages, who may look at each: all; of others their own. */
  projects: string[];
  /** The project that this caller reads. */
  project: string;
  store: StoreStats;
  limits: { capacity: number; refill_per_second: number; body_bytes: number; events_per_batch: number };
  retention: { events_ms: number; sessions_ms: number; max_bytes: number };
  subscribers: number;
  counters: Record<CounterName, number>;
  /** Events, or frames, that did not get through since the start. */
  losses: { invalid: number; rate_limited: number; dropped: number; stream_frames: number };
}

export function statusRoute(app: App, parts: StatusParts): void {
  app.get("/api/status", async (c) => c.json(await status(c.get("caller"), parts)));
}

async function status({ project, knowsAll }: Caller, parts: StatusParts): Promise<StatusView> {
  const { settings, store, metrics, hub, tokens } = parts;
  const { capacity, refill } = settings.limits;
  const { eventsMs, sessionsMs, maxBytes } = settings.retention;
  const counters = metrics.values();
  const started = new Date(parts.startedMs).toISOString();
  const { lab, address } = settings;
  return {
    service: {
      version: parts.version,
      node: process.versions.node,
      started_at: started,
      lab,
      address,
      spans: parts.spans,
    },
    projects: knowsAll ? tokens.projectIds : [project],
    project,
    store: await store.stats(),
    limits: { capacity, refill_per_second: refill, body_bytes: limits.bodyBytes, events_per_batch: limits.events },
    retention: { events_ms: eventsMs, sessions_ms: sessionsMs, max_bytes: maxBytes },
    subscribers: hub.size,
    counters,
    losses: {
      invalid: counters.mtrace_invalid_events_total,
      rate_limited: counters.mtrace_rate_limited_events_total,
      dropped: counters.mtrace_dropped_events_total,
      stream_frames: counters.mtrace_stream_frames_lost_total,
    },
  };
}
