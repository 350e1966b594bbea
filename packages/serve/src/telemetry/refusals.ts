// How does it come out that players are set up wrong, when only their browsers hear it? A counter, and one line of the log a minute for each kind.
// SPDX-License-Identifier: MPL-2.0
import type { Fields, Log } from "./log.js";
import type { Metrics } from "./metrics.js";

export interface Refusing {
  log: Log;
  metrics: Pick<Metrics, "add">;
  now(): number;
}

type Kind = "origin" | "token";

const QUIET_MS = 60_000;

/** When each kind last had a line. */
const written = new WeakMap<Log, Map<Kind, number>>();

/** A preflight or a batch; a browser that hears no to the first one sends no second one. */
export function originRefused(parts: Refusing, origin: string): void {
  parts.metrics.add("mtrace_origins_refused_total");
  const line = "a page may not send events: where it is yours, start the service with --allow-origin and its origin";
  sayOnce("origin", line, { origin: pageOrigin(origin) }, parts);
}

/** `why` is the error code that the sender gets. */
export function tokenRefused(parts: Refusing, why: string): void {
  parts.metrics.add("mtrace_tokens_refused_total");
  const line = "events were refused for their token: token add --project NAME --kind browser makes one that may send";
  sayOnce("token", line, { why }, parts);
}

function sayOnce(kind: Kind, line: string, fields: Fields, { log, now }: Refusing): void {
  const kinds = written.get(log) ?? new Map<Kind, number>();
  written.set(log, kinds);
  const last = kinds.get(kind);
  if (last !== undefined && now() - last < QUIET_MS) return;
  kinds.set(kind, now());
  log.warn(line, fields);
}

/** Browsers send scheme, host and port; of what others send, no more than that is written. */
const pageOrigin = (text: string): string => (URL.canParse(text) ? new URL(text).origin : "null");
