// How does a player get the stream from the session service, and how does the lab's page make it stall?
// SPDX-License-Identifier: MPL-2.0
import { Hono } from "hono";
import { Delivery } from "../origin/delivery.js";
import { FAULT_HELP, readFault } from "../origin/faults.js";
import { Origin } from "../origin/origin.js";
import type { Lab } from "../origin/parent-lab.js";
import { type Ctx, type Env, ownOrigin } from "./context.js";

export interface OriginParts {
  folder: string;
  /** That of the folder; made where it is not given. */
  files?: Origin;
  /** Takes POST fault and passes on what concerns the pipeline; null: there is no lab around this service. */
  lab: Lab | null;
  /** Gets the CMCD that a player adds to the address of a segment: the parameter's value, decoded. */
  cmcd?: (value: string, name: string) => void;
}

/** Below /live: its files; below /lab: POST /lab/fault {"fault": "enc:burn=60ms"}. */
export function originApp({ folder, files, lab, cmcd }: OriginParts): Hono<Env> {
  const app = new Hono<Env>();
  const origin = files ?? new Origin(folder);
  const delivery = new Delivery();
  app.get("/live/*", async (c) => {
    if (delivery.isStopped) return hungUp(c);
    const name = new URL(c.req.url).pathname.slice("/live/".length);
    const report = c.req.query("CMCD");
    if (report !== undefined) cmcd?.(report, name);
    const answer = delivery.addsProgramTime ? origin.answer(name) : origin.asWritten(name);
    return delivery.respond(await answer);
  });
  if (lab === null) return app;
  app.post("/lab/fault", async (c) => {
    if (!isOwnPage(c)) return c.json({ error: "not_permitted", reason: "only pages of this service may do that" }, 403);
    const fault = readFault(await faultText(c));
    if (fault === null) return c.json({ error: "fault_invalid", reason: FAULT_HELP }, 422);
    delivery.take(fault);
    const problem = await lab.send(fault);
    if (problem === null) return c.json({ fault });
    const error = problem.status === 404 ? "place_unknown" : "lab_silent";
    return c.json({ error, reason: problem.reason }, problem.status);
  });
  return app;
}

/** As from a server that is gone: the connection ends before a status. */
function hungUp(c: Ctx): Response {
  (c.env as { incoming?: { destroy(): void } } | undefined)?.incoming?.destroy();
  return new Response(null, { status: 503 }); // nobody hears it
}

async function faultText(c: Ctx): Promise<string> {
  const body: unknown = await c.req.json().catch(() => null);
  const text = (body as { fault?: unknown } | null)?.fault;
  return typeof text === "string" ? text : "";
}

/** Another site's page can make a browser send this, but not with this type, nor as from here. */
function isOwnPage(c: Ctx): boolean {
  const [origin, type] = [c.req.header("Origin"), c.req.header("Content-Type") ?? ""];
  return (origin === undefined || origin === ownOrigin(c)) && /^application\/json\b/.test(type);
}
