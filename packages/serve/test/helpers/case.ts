// What is a case of the contract's table, and of which bodies are most made?
import { batch, event, now } from "./service.js";

export interface Case {
  name: string;
  status: number;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: unknown;
  error?: string;
  /** By how much counters rise; the others of events must not. */
  counts?: Partial<Record<"playback" | "invalid" | "rate_limited" | "dropped", number>>;
}

export const many = (count: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: count }, () => event(more));
export const withMeta = (meta: unknown) => batch([event({ meta })]);
export const without = (key: string) =>
  batch([Object.fromEntries(Object.entries(event()).filter(([name]) => name !== key))]);
export const boundary = (more: Record<string, unknown> = {}) => ({
  kind: "network_signal_absent",
  project_id: "demo",
  session_id: "session-1",
  network_kind: "segment",
  adapter: "native_hls",
  reason: "native_hls_unavailable",
  client_timestamp: now(),
  ...more,
});
export const bounded = (...boundaries: unknown[]) => batch([event()], { session_boundaries: boundaries });
export const padded = (bytes: number): string => {
  const text = JSON.stringify(withMeta({ padding: "" }));
  return text.replace('"padding":""', `"padding":"${"x".repeat(bytes - text.length)}"`);
};

export const good = (name: string, body: unknown, events = 1): Case => ({
  name,
  body,
  status: 202,
  counts: { playback: events },
});
export const bad = (name: string, body: unknown, error = "event_invalid", events = 1): Case => ({
  ...{ name, body, error },
  status: 422,
  counts: { invalid: events },
});

export const LIMIT = 262_144;
