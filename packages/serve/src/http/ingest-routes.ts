// At which addresses may events be sent, and how is a batch taken from a request?
// SPDX-License-Identifier: MPL-2.0
import { recallCmcd } from "@gst-pyroscope/contract/cmcd/recall";
import { limits } from "@gst-pyroscope/contract/names";
import { readTraceparent } from "@gst-pyroscope/contract/traceparent";
import { type CmcdMemory, cmcdFormat } from "../ingest/cmcd-format.js";
import { eventsFormat } from "../ingest/events-format.js";
import { endUnread, readBody } from "../ingest/read-body.js";
import { type Format, type Receiving, receive } from "../ingest/receive.js";
import { type ReportReceiving, requestReports } from "../ingest/request-reports.js";
import { type App, type Ctx, ownOrigin } from "./context.js";

/** Answers with what takes the CMCD of requests for media. */
export function ingestRoutes(app: App, receiving: ReportReceiving): (value: string) => void {
  const events = eventsFormat();
  app.post("/api/playback-events", (c) => take(c, c.req.header("X-MTrace-Token"), events, receiving));
  const memory = cmcdMemory(receiving.store);
  const cmcd = cmcdFormat(events, "event", memory);
  // Players that are set up by data alone set no headers. The last two are the addresses of other receivers of CMCD.
  for (const path of ["/api/cmcd", "/cmcd/event-mode", "/cmcd/response-mode"])
    app.post(path, (c) => take(c, c.req.header("X-MTrace-Token") || c.req.query("token"), cmcd, receiving));
  return requestReports(cmcdFormat(events, "request", memory), receiving);
}

/** More events than one body can bring; with older ones nothing is open. */
const RECALLED = 500;

const cmcdMemory = (store: Receiving["store"]): CmcdMemory => ({
  sessions: new Map(),
  recall: async (project, sessionId) => {
    const events = await store.events(project, sessionId, { limit: RECALLED, newest: true });
    return recallCmcd(
      events.sort((a, b) => a.ingest - b.ingest),
      events.length < RECALLED,
    );
  },
});

async function take<Decoded>(
  c: Ctx,
  token: string | undefined,
  format: Format<Decoded>,
  receiving: Receiving,
): Promise<Response> {
  const { incoming, outgoing } = c.env;
  const parent = readTraceparent(c.req.header("traceparent"));
  const request = {
    token: token === "" ? undefined : token,
    origin: c.req.header("Origin"),
    ownOrigin: ownOrigin(c),
    client: incoming.socket.remoteAddress ?? "",
    cookie: c.req.header("Cookie") !== undefined,
    body: () => readBody(incoming, limits.bodyBytes),
    traceId: typeof parent === "string" ? null : parent.traceId,
  };
  const outcome = await receive(request, format, receiving);
  if (!incoming.complete) endUnread(incoming, outgoing);
  c.set("batch", outcome);
  const headers: Record<string, string> =
    outcome.retryAfter === undefined ? {} : { "Retry-After": String(outcome.retryAfter) };
  return c.json(outcome.body, outcome.status, headers);
}
