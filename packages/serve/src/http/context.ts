// What does every route of the service have at hand?
// SPDX-License-Identifier: MPL-2.0

import type { ErrorCode } from "@gst-pyroscope/contract/wire";
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Outcome } from "../ingest/outcome.js";
import type { Caller } from "../ingest/tokens.js";

export interface Env {
  Bindings: HttpBindings;
  Variables: {
    /** Set where a route asked for one. */
    caller: Caller;
    /** Of a batch, for the span. */
    batch: Outcome;
  };
}

export type App = Hono<Env>;
export type Ctx = Context<Env>;

export function problem(
  c: Ctx,
  status: 400 | 401 | 403 | 404 | 405 | 410 | 500 | 503,
  error: ErrorCode,
  reason: string,
): Response {
  return c.json({ error, reason }, status);
}

/** Of the service's own pages, by the name under which the client asked. */
export const ownOrigin = (c: Ctx): string => `http://${c.req.header("Host") ?? ""}`;
