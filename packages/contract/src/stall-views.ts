// What does the session service answer about streams, incidents, and the profiles of their pipelines?
// SPDX-License-Identifier: MPL-2.0
import type { Confidence, PipelineWindow, StallView, Verdict } from "./window.js";
import type { Timestamp } from "./wire.js";

/** Stalls of one stream within 10 s of each other; the judgement is that of the best-founded one. */
export interface Incident {
  incident_id: string;
  stream_id: string;
  from: Timestamp;
  /** null: it goes on. */
  until: Timestamp | null;
  viewers: { stalled: number; watching: number };
  /** The longest stall so far. */
  worst_ms: number;
  verdict: Verdict;
  element: StallView["element"];
  sentence: string;
  confidence: Confidence;
}

/** GET /api/incidents */
export interface IncidentPage {
  incidents: Incident[];
  next_cursor?: string;
}

/** GET /api/incidents/{id} */
export interface IncidentDetail {
  incident: Incident;
  stalls: StallView[];
}

/** GET /api/stream-sessions/{id}/stalls without, GET /api/streams/{stream}/stalls with pages. */
export interface StallPage {
  stalls: StallView[];
  next_cursor?: string;
}

export interface StreamNow {
  stream_id: string;
  viewers: { watching: number; stalled: number };
  /** Seconds of media per second in the last 10 s, by the slowest sink; null: not known. */
  published: number | null;
  last_window_at: Timestamp | null;
  pipelines: string[];
  latest_incident: { incident_id: string; at: Timestamp; verdict: Verdict; sentence: string } | null;
}

/** A viewer whose playback ended by an error, and has not begun again. */
export interface FailedViewer {
  session_id: string;
  /** null: not named. */
  stream_id: string | null;
  at: Timestamp;
  /** The player's own word for it. */
  error_code: string | null;
}

/** GET /api/streams */
export interface StreamList {
  streams: StreamNow[];
  /** Of the last five minutes, newest first, 100 at most. */
  failed: FailedViewer[];
}

/** GET /api/streams/{stream}/pipeline; times by the service's clock. */
export interface WindowList {
  windows: PipelineWindow[];
}

/** GET /api/streams/{stream}/flamegraph */
export interface FlameGraph {
  source: "pyroscope" | "agent" | "none";
  unit: "ms";
  /** Root first. */
  stacks: { frames: string[]; ms: number }[];
}
