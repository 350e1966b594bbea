// How does a command get the address of the live page, and keep the page open? By an answer that lasts until the command goes.
// SPDX-License-Identifier: MPL-2.0

import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

export interface Lease {
  /** With the token. */
  url: string;
  release(): void;
}

/** For the control socket alone: who may use that is the same user. */
export function leaseRoute(lease: () => Promise<Lease>): Hono {
  const app = new Hono();
  app.post("/api/live", async (c) => {
    let held: Lease;
    try {
      held = await lease();
    } catch (error) {
      return c.json({ error: (error as Error).message }, 409);
    }
    return streamSSE(c, async (stream) => {
      const gone = new Promise<void>((resolve) => stream.onAbort(resolve));
      await stream.writeSSE({ event: "open", data: JSON.stringify({ url: held.url }) });
      await gone;
      held.release();
    });
  });
  return app;
}
