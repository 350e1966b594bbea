// What is each field of a player's event for, and how long is it kept? TABLE: docs/what-is-collected.md is made of it.
// SPDX-License-Identifier: MPL-2.0

/**
 * `event`: as long as events are; `session`: as long as sessions; `window`: two hours, in sums a day, around a stall as long as its session;
 * `removal`: until someone removes it; `never`: used while the request is answered, not stored.
 */
export type Kept = "event" | "session" | "window" | "removal" | "never";

export interface Field {
  purpose: string;
  kept: Kept;
}

const ofEvent = (purpose: string): Field => ({ purpose, kept: "event" });
const ofSession = (purpose: string): Field => ({ purpose, kept: "session" });

export const batchFields = {
  schema_version: { purpose: "Version of this format; a service refuses one that it does not know", kept: "never" },
  events: { purpose: "What happened, oldest first", kept: "never" },
  session_boundaries: { purpose: "What a player cannot see, so that its absence is no finding", kept: "never" },
} as const satisfies Record<string, Field>;

export const eventFields = {
  event_name: ofEvent("What happened; names that are not in the list are accepted and kept"),
  project_id: ofSession("Whose event it is; must be the project of the token"),
  session_id: ofSession(
    "A pseudonym that the player makes up for one playback; UUID or ULID by convention, never `stream`, `.` or `..`",
  ),
  client_timestamp: ofEvent(
    "When it happened, by the player's clock; marked when it differs by more than 60 s from ours",
  ),
  client_time_origin: ofEvent("When the page was opened, by the same clock: tells how old an event was when it came"),
  sequence_number: ofEvent("Counts the events of a session: order, and duplicates"),
  sdk: ofEvent("Which program sent it, and its version"),
  meta: ofEvent("More about it; unknown keys are kept, URLs are redacted"),
  server_received_at: ofEvent(
    "When it came, by the clock of the service, which sets it; what a player sends is ignored",
  ),
} as const satisfies Record<string, Field>;

export const metaFields = {
  "network.kind": ofEvent("Whether a request was for a manifest or for a segment"),
  "network.detail_status": ofEvent("Whether the player could see time and address of the request"),
  "network.unavailable_reason": ofEvent("Why it could not"),
  "network.redacted_url": ofEvent("Address of the request, already redacted"),
  session_sample_rate: ofSession("Which part of all sessions the player reports: more than 0, at most 1"),
  stream_id: ofSession("Which stream is watched: connects the viewer with the pipeline that makes it"),
  playing_date: ofEvent("Program date-time of the picture on the screen, milliseconds since 1970"),
  live_latency_ms: ofEvent("How far behind live the picture is, milliseconds"),
  buffer_ms: ofEvent("How much is loaded ahead, milliseconds"),
  edge_age_ms: ofEvent("Since when the playlist has not become longer, milliseconds"),
  frag_load_ms: ofEvent("How long the last segment took to load, milliseconds"),
  frag_bytes: ofEvent("How large the last segment was, bytes"),
  frag_ttfb_ms: ofEvent("When its first byte had come, milliseconds after it was asked for"),
  frag_date: ofEvent("Program date-time of its beginning, milliseconds since 1970"),
  frag_duration_ms: ofEvent("How much time it plays, milliseconds"),
  frag_sn: ofEvent("Its number in the playlist"),
  frag_type: ofEvent("Whether it is of the main stream, of audio or of subtitles"),
  frag_age_ms: ofEvent("When a stall began: how long ago the last segment had come, milliseconds"),
  load_ms: ofEvent("How long a playlist took to load, milliseconds"),
  live: ofEvent("Whether the playlist is of a live stream"),
  levels: ofEvent("How many variants the stream has"),
  level: ofEvent("Which of them it was, counted from 0"),
  end_sn: ofEvent("Number of the last segment in the playlist"),
  misses: ofEvent("How often the playlist came again without a new segment"),
  width: ofEvent("Width of the variant, pixels"),
  height: ofEvent("Height of the variant, pixels"),
  current_time_ms: ofEvent("Position of the picture in the page's video, milliseconds"),
  player_state: ofEvent("starting, playing, paused, waiting, seeking or ended"),
  playback_rate: ofEvent("Speed at which the picture runs, 1 is normal"),
  dropped_frames: ofEvent("Frames that the browser did not show so far"),
  total_frames: ofEvent("Frames that it had to show so far"),
  bandwidth_bps: ofEvent("What the player thinks its network carries, bits per second"),
  bitrate: ofEvent("Bits per second of the variant that is played, as its playlist says"),
  duration_ms: ofEvent("How long it lasted, milliseconds: a stall, the start"),
  error_code: ofEvent("The player's own name of an error"),
  error_type: ofEvent("The player's own kind of an error: network, media, other"),
  http_status: ofEvent("What the server of the stream answered where that was the error"),
  fatal: ofEvent("Whether playback ended by that error"),
  rebuffer_count: ofEvent("How many stalls the session had, this one included"),
  total_rebuffer_duration_ms: ofEvent("How long all its stalls lasted together, milliseconds"),
  waits: ofEvent("How often the player waited for data within one stall"),
  nudges: ofEvent("How often the player jumped over a gap before a stall ended"),
  ended_by: ofEvent(
    "What ended a stall or a seek, when it was not the picture: pause, seek, end, error, quit, emptied (another source), detached",
  ),
  reason: ofEvent("Why a session ended: `destroyed` by the page, `pagehide`: the page was left"),
  sdk_dropped: ofEvent("Events that the player had to throw away before this one, as its queue was full"),
  late: ofEvent("A report that came after a later one"),
  source: ofEvent("`request`: read from the address of a request, not reported by the player"),
  "webrtc.peer_connection_run_id": ofEvent("Which of the connections of this page, a number that begins anew with it"),
  "webrtc.sample_id": ofEvent("Counts the samples of a connection"),
  "webrtc.connection_state": ofEvent("State of the connection"),
  "webrtc.ice_state": ofEvent("State of its search for a path"),
  "webrtc.dtls_state": ofEvent("State of its encryption"),
  "webrtc.packets_lost": ofEvent("Packets lost so far"),
  "webrtc.bytes_received": ofEvent("Bytes received so far"),
  "webrtc.bytes_sent": ofEvent("Bytes sent so far"),
  "webrtc.error_code": ofEvent("What failed before there was a picture"),
  "webrtc.error_detail": ofEvent("More about it, at most 256 characters"),
} as const satisfies Record<string, Field>;

/** Keys by their beginning or end. */
export const metaPatterns = {
  "timing.*": ofEvent("Instants and durations of a request: numbers, or RFC 3339 times"),
  "webrtc.*": {
    purpose: "No other key of this beginning is accepted: addresses, candidates and SDP are refused",
    kept: "never",
  },
  "frag_*_2": ofEvent("When a stall began: the same of the segment before the last one"),
  "frag_*_3": ofEvent("And of the one before that"),
  "cmcd_*": ofEvent("What a player sent by CMCD under a key that has no field here"),
} as const satisfies Record<string, Field>;

export const boundaryFields = {
  kind: ofSession("`network_signal_absent`: the player cannot see requests"),
  project_id: ofSession("As of the events"),
  session_id: ofSession("As of the events: the session must have one in the same batch"),
  network_kind: ofSession("Requests for manifests, or for segments"),
  adapter: ofSession("Which part of the player says it"),
  reason: ofSession("Why"),
  client_timestamp: { purpose: "When it was found out, by the player's clock", kept: "never" },
} as const satisfies Record<string, Field>;

/** What a request carries besides its body. */
export const requestFields = {
  "IP address": { purpose: "Rate limit, in memory, for seconds; in no file, log, metric or span", kept: "never" },
  Origin: { purpose: "Compared with the origins that the project permits; rate limit", kept: "never" },
  "User-Agent": { purpose: "Not read", kept: "never" },
  Cookie: { purpose: "Not read; players are told to send none", kept: "never" },
  "X-MTrace-Token": { purpose: "Which project; compared by its hash, never logged or echoed", kept: "never" },
  traceparent: {
    purpose: "Its trace becomes the parent of ours; the id of the trace is kept with the events",
    kept: "event",
  },
} as const satisfies Record<string, Field>;
