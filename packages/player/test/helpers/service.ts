// What does a session service see of a tracker, when it answers as the test says?
// SPDX-License-Identifier: MIT
import type { Transport, TransportRequest } from "../../src/types.js";

export interface SentEvent {
  event_name: string;
  session_id: string;
  project_id: string;
  client_timestamp: string;
  client_time_origin: string;
  sequence_number: number;
  sdk: { name: string; version: string };
  meta: Record<string, string | number | boolean | null>;
}

export interface SentBatch {
  schema_version: string;
  events: SentEvent[];
  session_boundaries?: Array<{ session_id: string; network_kind: string; reason: string }>;
}

export type Answer = number | { status: number; retryAfter: string } | "network error" | "hang";

export interface Seen {
  url: string;
  request: TransportRequest;
  batch: SentBatch;
  atMs: number;
  accepted: boolean;
}

/** `answers` are used one after the other, the last one for all that follow. */
export function fakeService(...answers: Answer[]) {
  const seen: Seen[] = [];
  const queue = [...answers];
  const transport: Transport = (url, request) => {
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? 202;
    const status = typeof answer === "object" ? answer.status : answer;
    seen.push({ url, request, batch: JSON.parse(request.body), atMs: Date.now(), accepted: status === 202 });
    if (status === "hang") return new Promise(() => {});
    if (status === "network error") return Promise.reject(new TypeError("Failed to fetch"));
    const retryAfter = typeof answer === "object" ? answer.retryAfter : null;
    return Promise.resolve({ status, headers: { get: (name) => (name === "Retry-After" ? retryAfter : null) } });
  };
  const acceptedEvents = () => seen.filter((one) => one.accepted).flatMap((one) => one.batch.events);
  const answerWith = (...next: Answer[]) => queue.splice(0, queue.length, ...next);
  return { seen, transport, acceptedEvents, answerWith };
}

export const options = { endpoint: "http://service.test", token: "demo-token", projectId: "demo" };
