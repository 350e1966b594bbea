// May this request read, or delete? With a token of that kind; to read, the cookie of the service's own pages is enough.
// SPDX-License-Identifier: MPL-2.0
import type { MiddlewareHandler } from "hono";
import type { Caller, Tokens } from "../ingest/tokens.js";
import { type Ctx, type Env, problem } from "./context.js";
import type { PageKey } from "./page-key.js";

const readHint =
  "send a read token in the header X-MTrace-Token (gst-pyroscope serve token add --project NAME --kind read), or open the address that the service printed";

export function onlyReaders(tokens: Tokens, pages: PageKey): MiddlewareHandler<Env> {
  return async (c, next) => {
    const token = tokenIn(c);
    if (token === undefined) {
      if (!pages.reads(c)) return problem(c, 401, "token_missing", readHint);
      const caller = pageReader(c, tokens);
      if (caller === null) return problem(c, 404, "not_found", "there is no such project");
      c.set("caller", caller);
      return next();
    }
    const caller = tokens.find(token);
    if (caller === null) return problem(c, 401, "token_unknown", `that token is nobody's: ${readHint}`);
    if (!caller.reads)
      return problem(c, 403, "token_not_permitted", `a ${caller.kind} token may not read: ${readHint}`);
    c.set("caller", caller);
    return next();
  };
}

export function onlyAdmins(tokens: Tokens): MiddlewareHandler<Env> {
  return async (c, next) => {
    const hint =
      "send an admin token in the header X-MTrace-Token (gst-pyroscope serve token add --project NAME --kind admin)";
    const token = tokenIn(c);
    if (token === undefined) return problem(c, 401, "token_missing", hint);
    const caller = tokens.find(token);
    if (caller === null) return problem(c, 401, "token_unknown", hint);
    if (!caller.deletes) return problem(c, 403, "token_not_permitted", hint);
    c.set("caller", caller);
    return next();
  };
}

/** Prometheus and others send it as a bearer. */
export function tokenIn(c: Ctx): string | undefined {
  const own = c.req.header("X-MTrace-Token");
  if (own !== undefined && own !== "") return own;
  return /^Bearer ([^\s]+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
}

/** The person at the service's own pages sees one project at a time: the first one, or the one of `?project=`. */
function pageReader(c: Ctx, tokens: Tokens): Caller | null {
  const ids = tokens.projectIds;
  const project = c.req.query("project") ?? ids[0] ?? "demo";
  if (!ids.includes(project) && ids.length > 0) return null;
  return { project, kind: "read", sends: false, windows: false, reads: true, deletes: false, knowsAll: true };
}
