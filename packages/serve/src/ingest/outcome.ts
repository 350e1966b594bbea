// How can a batch end, and what does its sender hear?
// SPDX-License-Identifier: MPL-2.0
import type { Accepted, ErrorBody, ErrorCode } from "@gst-pyroscope/contract/wire";

export type BatchOutcome = "accepted" | "invalid" | "rate_limited" | "auth_error" | "too_large" | "error";

export interface Outcome {
  status: 202 | 400 | 401 | 403 | 413 | 422 | 429 | 500 | 503;
  body: Accepted | ErrorBody;
  outcome: BatchOutcome;
  /** Seconds. */
  retryAfter?: number;
  /** Known once the token is. */
  project?: string;
  events?: number;
  /** Of accepted ones: the correlation id of each session. */
  correlations?: string[];
  skewed?: boolean;
}

const outcomes: Record<number, BatchOutcome> = {
  401: "auth_error",
  403: "auth_error",
  413: "too_large",
  429: "rate_limited",
  500: "error",
  503: "error",
};

export function refuse(status: Exclude<Outcome["status"], 202>, error: ErrorCode, reason: string): Outcome {
  return { status, body: { error, reason }, outcome: outcomes[status] ?? "invalid" };
}
