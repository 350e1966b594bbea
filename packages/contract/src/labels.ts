// Which labels may series of the session service have, and which names never, on a series or on a span?
//
// A server keeps a series for each combination of values, for ever; what differs from viewer to viewer is stored in sessions and
// events instead. Pure lists and functions: a test, the smoke run and the profiler's own rules hold names against them.
// SPDX-License-Identifier: MPL-2.0
import { connectionStates, dtlsStates, eventNames, furtherEventNames, iceStates } from "./names.js";
import { verdicts } from "./window.js";

/** On no series of any family, in any spelling: "sessionId" and "session.id" are "session_id". */
export const forbiddenNames = [
  ...["session_id", "viewer_id", "request_id", "correlation_id", "trace_id", "span_id", "project_id", "batch_size"],
  ...["user_agent", "client_ip", "ip", "authorization", "token", "secret", "cookie", "password"],
  ...["url", "uri", "segment_url", "manifest_url"],
] as const;

/** Nor a name with one of these endings. */
export const forbiddenEndings = ["_url", "_uri", "_token", "_secret"] as const;

/** Nor, on families whose name begins so, one of these: most are numbers that each connection has anew. */
export const forbiddenInFamilies = {
  mtrace_srt_: ["id", "path", "remote_addr", "state", "connection_id", "stream_id"],
  mtrace_webrtc_: [
    ...["peer_connection_id", "peer_connection_run_id", "track_id", "transport_id", "ssrc", "mime_type"],
    ...["candidate_id", "local_candidate_id", "remote_candidate_id"],
  ],
} as const;

/** What is put in place of a value that is not in the table. */
export const UNKNOWN = "_unknown";

/** TABLE: the only labels that a mtrace_* series may have, and their values; `of the scraper`: set when it is read. */
export const boundedLabels: Readonly<Record<string, readonly string[] | "of the scraper">> = {
  outcome: ["accepted", "invalid", "rate_limited", "auth_error", "too_large", "error"],
  code: ["200", "202", "204", "400", "401", "403", "404", "405", "410", "413", "415", "422", "429", "500", "503"],
  event_type: [...eventNames, ...furtherEventNames],
  health_state: ["healthy", "degraded", "critical", "unknown"],
  source_status: ["ok", "unavailable", "partial", "stale", "no_active_connection"],
  source_error_code: [
    ...["none", "source_unavailable", "no_active_connection", "partial_sample", "stale_sample", "parse_error"],
  ],
  connection_state: [...connectionStates, "no_active_connection", "unknown"],
  ice_state: iceStates,
  dtls_state: dtlsStates,
  verdict: verdicts,
  instance: "of the scraper",
  job: "of the scraper",
  __name__: "of the scraper",
  le: "of the scraper",
};

/** The value itself if the label's table has it. */
export function boundedValue(label: string, value: string): string {
  const values = Object.hasOwn(boundedLabels, label) ? boundedLabels[label] : undefined;
  return values === "of the scraper" || values?.includes(value) ? value : UNKNOWN;
}

/** Those of the names that a series must not have; `metric`: name of its family, for the rules that only some have. */
export function forbiddenLabels(names: Iterable<string>, metric = ""): string[] {
  return [...names].filter((name) => isForbidden(plain(name), metric));
}

/** Those that are forbidden or that nobody has allowed. */
export function strayLabels(names: Iterable<string>, metric = ""): string[] {
  return [...names].filter((name) => !Object.hasOwn(boundedLabels, name) || isForbidden(plain(name), metric));
}

function isForbidden(name: string, metric: string): boolean {
  if ((forbiddenNames as readonly string[]).includes(name)) return true;
  if (forbiddenEndings.some((ending) => name.endsWith(ending))) return true;
  const families = Object.entries(forbiddenInFamilies).filter(([family]) => metric.startsWith(family));
  return families.some(([, names]) => (names as readonly string[]).includes(name));
}

/** "remoteAddr", "remote.addr" and "Remote-Addr" are "remote_addr". */
function plain(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
}

/** TABLE: what a server span of the session service may carry. Never the session: its correlation id leads to it. */
export const spanAttributes = [
  ...["http.method", "http.route", "http.status_code"],
  ...["mtrace.project.id", "mtrace.batch.size", "mtrace.batch.outcome", "mtrace.batch.session_count"],
  ...["mtrace.session.correlation_id", "mtrace.time.skew_warning", "mtrace.trace.parse_error"],
] as const;

/** Those of a span's attributes that are not in the table. */
export function strayAttributes(names: Iterable<string>): string[] {
  return [...names].filter((name) => !(spanAttributes as readonly string[]).includes(name));
}
