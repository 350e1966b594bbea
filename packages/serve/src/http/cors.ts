// Which pages of other origins may use the service from a browser? The known ones, each by its name; never all, never with cookies.
// SPDX-License-Identifier: MPL-2.0
import type { MiddlewareHandler } from "hono";
import type { Tokens } from "../ingest/tokens.js";
import { originRefused, type Refusing } from "../telemetry/refusals.js";
import { type Env, ownOrigin } from "./context.js";

const MAX_AGE_S = "600";

/** Ingest is POST, all else GET; deleting is not for pages of others. */
const ingestPaths = /^\/(api\/(playback-events|pipeline-windows|cmcd)|cmcd\/(event|response)-mode)$/;

export const isIngest = (path: string): boolean => ingestPaths.test(path);

/** A preflight is always answered 204; to an unknown origin without the headers that would let it go on. */
export function cors(tokens: Tokens, refusing: Refusing): MiddlewareHandler<Env> {
  return async (c, next) => {
    const origin = c.req.header("Origin");
    const known = origin !== undefined && (origin === ownOrigin(c) || tokens.knows(origin));
    const allowed: Record<string, string> = known ? { "Access-Control-Allow-Origin": origin } : {};
    const always = { Vary: "Origin", "Cache-Control": "no-store" };
    if (c.req.method === "OPTIONS") {
      if (!known && origin !== undefined && isIngest(c.req.path)) originRefused(refusing, origin);
      return c.body(null, 204, { ...always, ...allowed, ...(known ? preflight(c.req.path) : {}) });
    }
    // Before the route, because a live stream writes its head itself.
    for (const [name, value] of Object.entries({ ...always, ...allowed })) c.header(name, value);
    if (known) c.header("Access-Control-Expose-Headers", "Retry-After");
    return next();
  };
}

function preflight(path: string): Record<string, string> {
  const [methods, headers] = isIngest(path)
    ? ["POST, OPTIONS", "Content-Type, X-MTrace-Token, X-MTrace-Project, traceparent"]
    : ["GET, OPTIONS", "X-MTrace-Token, X-MTrace-Project, Last-Event-ID, traceparent"];
  return {
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers": headers,
    "Access-Control-Max-Age": MAX_AGE_S,
  };
}
