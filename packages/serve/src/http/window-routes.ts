// At which address may pipelines send their windows, and what is told to them in return?
// SPDX-License-Identifier: MPL-2.0
import { type WindowsAccepted, windowLimits } from "@gst-pyroscope/contract/window";
import { endUnread, readBody } from "../ingest/read-body.js";
import { type ReceivingWindows, windowsReceiver } from "../ingest/receive-windows.js";
import type { WindowRow } from "../store/stall-port.js";
import { type App, ownOrigin } from "./context.js";

export interface WindowParts extends Omit<ReceivingWindows, "stored"> {
  stalls: {
    saw(rows: readonly WindowRow[]): void;
    attribution: { wants: { of(rows: readonly WindowRow[], nowMs: number): NonNullable<WindowsAccepted["want"]> } };
  };
}

export function windowRoutes(app: App, parts: WindowParts): void {
  const receive = windowsReceiver({ ...parts, stored: (rows) => parts.stalls.saw(rows) });
  app.post("/api/pipeline-windows", async (c) => {
    const { incoming, outgoing } = c.env;
    const token = c.req.header("X-MTrace-Token");
    const { windows, ...outcome } = await receive({
      token: token === "" ? undefined : token,
      origin: c.req.header("Origin"),
      ownOrigin: ownOrigin(c),
      client: incoming.socket.remoteAddress ?? "",
      cookie: false,
      body: () => readBody(incoming, windowLimits.bodyBytes),
      traceId: null,
      encoding: c.req.header("Content-Encoding") ?? "",
    });
    if (!incoming.complete) endUnread(incoming, outgoing);
    c.set("batch", outcome);
    if (outcome.retryAfter !== undefined) c.header("Retry-After", String(outcome.retryAfter));
    const want = windows === undefined ? [] : parts.stalls.attribution.wants.of(windows, parts.now());
    return c.json(want.length === 0 ? outcome.body : { ...outcome.body, want }, outcome.status);
  });
}
