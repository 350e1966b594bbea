// How does a client follow its project live, and go on after a break where it left off?
// SPDX-License-Identifier: MPL-2.0
import type { ServerResponse } from "node:http";
import type { BackfillTruncated } from "@gst-pyroscope/contract/wire";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Tokens } from "../ingest/tokens.js";
import type { SessionStore } from "../store/port.js";
import { tokenIn } from "./access.js";
import { type App, type Ctx, problem } from "./context.js";
import { BACKFILL, framesOf, type Hub, type Sink } from "./hub.js";

/** Bytes that may wait for one subscriber beside what the kernel holds. */
const MOST_WAITING = 256 * 1024;
const MOST_SUBSCRIBERS = 1000;

export interface Following {
  hub: Hub;
  tokens: Tokens;
  store: Pick<SessionStore, "eventsAfter" | "newestIngest">;
}

export function streamRoute(app: App, following: Following): void {
  app.get("/api/stream-sessions/stream", (c) => follow(c, following));
}

const streamHeaders = { "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" };

function follow(c: Ctx, { hub, store, tokens }: Following): Response {
  if (c.req.method === "HEAD") return c.body(null, 200, streamHeaders);
  if (hub.size >= MOST_SUBSCRIBERS) return problem(c, 503, "store_busy", "too many live streams are open: close one");
  const { outgoing } = c.env;
  const { project } = c.get("caller");
  outgoing.writeHead(200, {
    ...Object.fromEntries(c.res.headers),
    ...streamHeaders,
  });
  const last = lastEventId(c.req.header("Last-Event-ID"));
  const token = tokenIn(c);
  const permitted = (): boolean => token === undefined || tokens.find(token)?.project === project;
  const end = hub.subscribe(
    { project, permitted },
    sinkOf(outgoing),
    last === null ? undefined : past(project, last, store),
  );
  outgoing.once("close", end);
  return RESPONSE_ALREADY_SENT;
}

/** null: from now on. */
function lastEventId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function past(
  project: string,
  from: number,
  store: Following["store"],
): Promise<{ text: string; newest: number }> {
  // A number that was not given yet is of a store that was emptied since: all that comes is new.
  const after = Math.min(from, await store.newestIngest());
  const { events, truncated } = await store.eventsAfter(project, after, BACKFILL);
  const [oldest] = events;
  const data: BackfillTruncated = { oldest_ingest_sequence: oldest?.ingest ?? after };
  const mark = truncated ? `event: backfill_truncated\ndata: ${JSON.stringify(data)}\n\n` : "";
  return { text: mark + framesOf(events), newest: events.at(-1)?.ingest ?? after };
}

/** Written past the response of Hono, whose streams would hide how much waits. */
function sinkOf(outgoing: ServerResponse): Sink {
  return {
    room: () => (outgoing.destroyed ? 0 : MOST_WAITING - outgoing.writableLength),
    write: (bytes) => {
      if (!outgoing.destroyed) outgoing.write(bytes);
    },
    close: () => {
      outgoing.end();
      if (outgoing.writableLength > 0) outgoing.destroy();
    },
  };
}
