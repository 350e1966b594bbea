// How does a request at a control socket reach the routes? Loaded at the first one, with all that it needs.
// SPDX-License-Identifier: MPL-2.0

import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";

export function listenerOf(routes: Hono) {
  const app = new Hono();
  app.route("/", routes);
  app.notFound((c) => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404));
  // Hono's own writes to the error stream of the process.
  app.onError((error, c) => c.json({ error: error.message }, 500));
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}
