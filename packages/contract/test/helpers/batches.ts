// What does a good batch look like, from which a test makes bad ones?
// SPDX-License-Identifier: MPL-2.0
import { Ajv } from "ajv";
import { checkBatch } from "../../src/check-batch.js";
import { ajvOptions, boundarySchema, eventSchema } from "../../src/schema.js";

const ajv = new Ajv(ajvOptions);
export const validators = { event: ajv.compile(eventSchema), boundary: ajv.compile(boundarySchema) };
export const receivedMs = Date.parse("2026-04-28T12:00:01.000Z");

export type Json = Record<string, unknown>;

export const event = (more: Json = {}): Json => ({
  event_name: "rebuffer_started",
  project_id: "demo",
  session_id: "01J7K9X4Z2QHB6V3WS5R8Y4D1F",
  client_timestamp: "2026-04-28T12:00:00.000Z",
  sequence_number: 42,
  sdk: { name: "@pt9912/player-sdk", version: "0.2.0" },
  ...more,
});

export const boundary = (more: Json = {}): Json => ({
  kind: "network_signal_absent",
  project_id: "demo",
  session_id: "01J7K9X4Z2QHB6V3WS5R8Y4D1F",
  network_kind: "segment",
  adapter: "native_hls",
  reason: "native_hls_unavailable",
  client_timestamp: "2026-04-28T12:00:00.000Z",
  ...more,
});

export const batch = (events: unknown, more: Json = {}): Json => ({ schema_version: "1.0", events, ...more });
export const withMeta = (meta: unknown): Json => batch([event({ meta })]);
export const withBoundaries = (...boundaries: unknown[]): Json => batch([event()], { session_boundaries: boundaries });

export const check = (json: unknown, project = "demo") => checkBatch(json, project, { receivedMs, validators });

export const many = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, index) => event({ sequence_number: index, ...more }));
export const unavailable = (reason: unknown): Json => ({
  "network.detail_status": "network_detail_unavailable",
  "network.unavailable_reason": reason,
});

/** Without a field, also one that lies deeper: "sdk.name". */
export function without(json: Json, path: string): Json {
  const [first = "", ...rest] = path.split(".");
  const { [first]: value, ...others } = json;
  return rest.length === 0 ? others : { ...others, [first]: without(value as Json, rest.join(".")) };
}

/** A generator of numbers that a seed repeats: 0 ≤ n < below. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
