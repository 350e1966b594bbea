// What does the service answer to a browser that asks for its pages? The built files of dist/ui, under a policy that loads nothing else.
// SPDX-License-Identifier: MPL-2.0
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { type App, type Ctx, problem } from "./context.js";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".map": "application/json",
};

const strict = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
const pagePolicy = [...strict, "require-trusted-types-for 'script'", "trusted-types 'none'"].join("; ");
/** A player puts its media together in the page, and parses it in a thread made of its own script. */
const playerPolicy = [...strict, "media-src 'self' blob:", "worker-src 'self' blob:"].join("; ");

const always = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

interface Page {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
}

const notBuilt = "The pages of this service were not built; its API is there. Build them with npm run build.\n";

/** First parts of the addresses that the first page's script knows; at others it says that there is no such page. */
const places = new Set(["", "sessions", "session", "incidents", "status"]);

/** All other addresses than those of the API; an address without an ending is a place on the page of that name, or on the first one. */
export function pageRoutes(app: App, folder: string): void {
  const files = filesBelow(folder);
  app.get("*", (c) => {
    if (c.req.path.startsWith("/api/")) return problem(c, 404, "not_found", `there is no ${c.req.path} here`);
    const name = c.req.path.slice(1);
    const own = files.get(name) ?? files.get(`${name}.html`);
    if (own !== undefined) return sendPage(c, own);
    const place = extname(name) === "" || name.startsWith("incidents/"); // whose name may hold anything
    const first = place ? files.get("index.html") : undefined;
    if (first === undefined) return c.text(files.size === 0 ? notBuilt : `there is no ${c.req.path} here\n`, 404);
    return sendPage(c, first, places.has(name.split("/")[0] ?? "") ? 200 : 404);
  });
}

function sendPage(c: Ctx, { bytes, type }: Page, status: 200 | 404 = 200): Response {
  const policy = /^\/demo(\.html)?$/.test(c.req.path) ? playerPolicy : pagePolicy;
  const headers = { ...always, "Content-Type": type, "Content-Security-Policy": policy, "Cache-Control": "no-store" };
  return c.body(bytes, status, headers);
}

/** They are few and small: read once. */
function filesBelow(folder: string): Map<string, Page> {
  const files = new Map<string, Page>();
  for (const name of namesBelow(folder)) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const type = types[extname(name)] ?? "application/octet-stream";
    files.set(relative(folder, path), { bytes: new Uint8Array(readFileSync(path)), type });
  }
  return files;
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}
