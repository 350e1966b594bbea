// What does the live page's server answer? The page, its script and style, and the routes on targets, to those who may see them.
// SPDX-License-Identifier: MPL-2.0

import { readFile } from "node:fs/promises";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type LiveAccess, onlyAdmitted, onlyOwnPage } from "./live-access.js";
import { isSent, jsonSender } from "./send-json.js";

/** The built page: three files of one origin, so that nothing of it need be inline. */
export interface LiveFiles {
  html: string;
  script: string;
  style: string;
}

export interface LiveAppRequest extends LiveAccess {
  files: LiveFiles;
  /** Below /api. */
  routes: Hono;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Of every answer; there is no header for CORS. */
const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

export function liveApp(request: LiveAppRequest): Hono {
  const { files, routes } = request;
  const app = new Hono();
  app.use(async (c, next) => {
    c.set("sendJson", jsonSender(c, headers));
    await next();
    if (isSent(c.res)) return;
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
  app.use(onlyOwnPage(request), onlyAdmitted(request));
  const file = (path: string, place: string, type: string) =>
    app.get(path, async (c) =>
      c.body(await readFile(place, "utf8"), 200, { "Content-Type": `${type}; charset=utf-8` }),
    );
  file("/", files.html, "text/html");
  file("/live-page.js", files.script, "text/javascript");
  file("/live-page.css", files.style, "text/css");
  app.route("/", routes);
  app.notFound((c) => c.text(`there is no ${c.req.path} here\n`, 404));
  // Hono's own would write to the error stream of the process.
  app.onError((_, c) => c.text("the agent could not answer that\n", 500));
  return app;
}

export const listenerOf = (app: Hono) => getRequestListener(app.fetch, { overrideGlobalObjects: false });
