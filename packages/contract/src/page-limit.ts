// How many rows may a reader ask for at once?
// SPDX-License-Identifier: MPL-2.0
import type { ErrorBody } from "./wire.js";

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** Of a query: `limit` of the sessions, `events_limit` of a session's events. Answer 400 to a problem. */
export function readLimit(
  name: "limit" | "events_limit",
  text: string | null | undefined,
): { limit: number } | { problem: ErrorBody } {
  if (text == null) return { limit: DEFAULT_LIMIT };
  const limit = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return { limit };
  return { problem: { error: `${name}_invalid`, reason: `${name} must be a whole number from 1 to ${MAX_LIMIT}` } };
}
