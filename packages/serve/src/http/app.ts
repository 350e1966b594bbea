// What does the session service answer at which address? All routes, and what every request goes through.
// SPDX-License-Identifier: MPL-2.0
import { Hono } from "hono";
import type { ReportReceiving } from "../ingest/request-reports.js";
import type { Stalls } from "../stalls/stalls.js";
import type { SessionStore } from "../store/port.js";
import { onlyAdmins, onlyReaders } from "./access.js";
import { type App, type Env, problem } from "./context.js";
import { cors } from "./cors.js";
import { isLoopback } from "./host-name.js";
import { ingestRoutes } from "./ingest-routes.js";
import type { PageKey } from "./page-key.js";
import { pageRoutes } from "./pages.js";
import { deleteSession, readRoutes } from "./read-routes.js";
import type { Spans } from "./spans.js";
import { readPaths, type StallParts, stallRoutes } from "./stall-routes.js";
import { type StatusParts, statusRoute } from "./status-route.js";
import { type Following, streamRoute } from "./stream-route.js";
import { type WindowParts, windowRoutes } from "./window-routes.js";

export interface AppParts
  extends ReportReceiving,
    StatusParts,
    Following,
    Omit<WindowParts, "store" | "settings">,
    Omit<StallParts, "store"> {
  store: SessionStore;
  stalls: Stalls;
  pages: PageKey;
  /** Folder of the built pages. */
  uiFolder: string;
  /** null: not configured. */
  spanSink: Spans | null;
  /** Routes of the stream's files, for what takes the CMCD of their requests; null: this service hands out none. */
  origin: ((cmcd: (value: string) => void) => App) | null;
}

export function serviceApp(parts: AppParts): App {
  const app: App = new Hono<Env>();
  const { tokens, store, metrics, pages, settings } = parts;
  app.onError((error, c) => {
    parts.log.warn("a request failed", { route: c.req.routePath, problem: error.message });
    return problem(c, 500, "internal_error", "the service could not answer that; its log says why");
  });
  if (parts.spanSink !== null) app.use("*", parts.spanSink.around);
  app.use("/api/*", async (_, next) => {
    metrics.add("mtrace_api_requests_total");
    await next();
  });
  for (const path of ["/api/*", "/cmcd/*"]) app.use(path, cors(tokens, parts));
  const cmcd = ingestRoutes(app, parts);
  windowRoutes(app, parts);
  app.get("/api/health", (c) => c.json({ status: "ok" }));
  const readers = onlyReaders(tokens, pages);
  const open = isLoopback(settings.address);
  if (!open) app.use("/api/metrics", readers);
  app.get("/api/metrics", async (c) => c.body(await metrics.text(), 200, { "Content-Type": metrics.contentType }));
  app.delete("/api/stream-sessions/:id", onlyAdmins(tokens), (c) =>
    deleteSession(c, store, (project, id) => parts.stalls.forget(project, id)),
  );
  for (const path of ["/api/stream-sessions", "/api/stream-sessions/*", "/api/status", ...readPaths])
    app.get(path, readers);
  streamRoute(app, parts);
  readRoutes(app, store);
  stallRoutes(app, parts);
  statusRoute(app, parts);
  otherMethods(app);
  app.use("*", pages.entering);
  if (parts.origin !== null) app.route("/", parts.origin(cmcd));
  pageRoutes(app, parts.uiFolder);
  app.notFound((c) => problem(c, 404, "not_found", "there is nothing at this address"));
  return app;
}

/** Addresses of the API and what each takes. */
const methods: Record<string, string> = {
  "/api/playback-events": "POST, OPTIONS",
  "/api/cmcd": "POST, OPTIONS",
  "/cmcd/event-mode": "POST, OPTIONS",
  "/cmcd/response-mode": "POST, OPTIONS",
  "/api/health": "GET, OPTIONS",
  "/api/metrics": "GET, OPTIONS",
  "/api/status": "GET, OPTIONS",
  "/api/stream-sessions": "GET, OPTIONS",
  "/api/stream-sessions/:id": "GET, DELETE, OPTIONS",
  "/api/pipeline-windows": "POST, OPTIONS",
  ...Object.fromEntries(
    ["stream-sessions/:id/stalls", "streams", "streams/:stream/stalls", "streams/:stream/pipeline"]
      .concat("streams/:stream/flamegraph", "incidents", "incidents/:id")
      .map((path) => [`/api/${path}`, "GET, OPTIONS"]),
  ),
};

function otherMethods(app: App): void {
  for (const [path, allow] of Object.entries(methods)) {
    app.all(path, (c) => {
      c.header("Allow", allow);
      return problem(c, 405, "method_not_allowed", `this address takes ${allow}`);
    });
  }
}
