// May this body be stored, and as what; or which status, counter and sentence does its sender get?
// SPDX-License-Identifier: MPL-2.0
import type { CheckedBoundary, CheckedEvent, ErrorBody } from "./wire.js";

export interface Refused {
  status: 400 | 401 | 422;
  /** `invalid`: add `events` to mtrace_invalid_events_total. */
  counter: "none" | "invalid";
  events: number;
  body: ErrorBody;
}

export interface Passed {
  status: 202;
  events: CheckedEvent[];
  boundaries: CheckedBoundary[];
}

export interface CheckOptions {
  receivedMs: number;
  /** Validator compiled of `batchSchema` (src/schema.ts) by ajv; null when good, else where and what. */
  shape?: (json: unknown) => { path: string; message: string } | null;
}

/** Checks 5 to 9 in their order; all or nothing. */
export declare const checkBatch: (json: unknown, project: string, options: CheckOptions) => Passed | Refused;
/** How many events a body claims to have, for the rate limit that is charged before the checks; 0 when it has no list. */
export declare const eventsIn: (json: unknown) => number;
