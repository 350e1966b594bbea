// How does one HTTP request end, whatever the other side does? With a reply or a reason, within its deadline.
// SPDX-License-Identifier: MPL-2.0

import type { Agent, IncomingMessage } from "node:http";
import { environment } from "../config/config.js";
import type { Environment } from "../config/configuration.js";
import { decoded } from "../config/option-values.js";
import { CodedError } from "../errors.js";
import { redact } from "../redact/text.js";
import { exchange, ProxyRefusal } from "./exchange.js";
import { type Route, routeTo } from "./proxies.js";
import { reasonOf } from "./reasons.js";

export interface Credentials {
  user?: string;
  password?: string;
  /** Bearer; before user and password. */
  token?: string;
  /** X-Scope-OrgID. */
  tenant?: string;
  headers?: Record<string, string>;
}

/** Where requests go; `shown` and `url` hold no credentials, `headers` may. */
export interface Endpoint {
  url: string;
  headers: Record<string, string>;
  shown: string;
  route: Route;
}

/** status 0: no answer came, `message` says why. */
export interface Reply {
  status: number;
  message: string;
  /** Its beginning, and what it is called. */
  body?: Uint8Array;
  contentType?: string;
  /** A success, but not the answer of such a server: the data has not arrived. */
  foreign?: boolean;
  retryAfterMs?: number;
}

/** Contents of PEM files; undefined: as Node has it. */
export interface Tls {
  ca?: Buffer | undefined;
  cert?: Buffer | undefined;
  key?: Buffer | undefined;
}

const MAX_MESSAGE = 4096;

/** `server` may have a path prefix and credentials; `variables` name proxies. Throws ERR_SERVER_URL. */
export function endpointOf(
  server: string,
  path: string,
  credentials: Credentials = {},
  variables: Environment = environment(),
): Endpoint {
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new CodedError("ERR_SERVER_URL", redact(server));
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new CodedError("ERR_SERVER_URL", redact(server));
  const { user = decoded(url.username), password = decoded(url.password), token, tenant } = credentials;
  const headers: Record<string, string> = {};
  if (user || password) headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  if (token) headers.authorization = `Bearer ${token}`;
  if (tenant) headers["x-scope-orgid"] = tenant;
  for (const [name, value] of Object.entries(credentials.headers ?? {})) headers[name.toLowerCase()] = value;
  const prefix = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return { url: `${prefix}${path}`, headers, shown: prefix, route: routeTo(prefix, variables) };
}

export interface PostOptions {
  contentType: string;
  /** Header Content-Encoding, where this body has one. */
  encoding?: "gzip" | undefined;
  timeoutMs: number;
  /** Ends the request early. */
  signal?: AbortSignal;
  tls?: Tls | undefined;
  /** Keeps connections, for those who send every few seconds; without, each request has one of its own. */
  agent?: Agent | undefined;
}

/** Of Node's timers, which take whole milliseconds only. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Never rejects. Redirects are not followed: they would lose the credentials, and the 401 after that explains nothing.
 * Not by `fetch`, which costs 9 MB. A connection of its own unless there is an `agent`: kept ones die between two profiles.
 */
export async function post(endpoint: Endpoint, body: Uint8Array, options: PostOptions): Promise<Reply> {
  const timeoutMs = Math.min(MOST_TIMEOUT_MS, Math.max(0, Math.ceil(options.timeoutMs)));
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const { agent, encoding } = options;
  try {
    const headers = {
      ...endpoint.headers,
      ...{ "content-type": options.contentType, "content-length": body.length },
      ...(encoding !== undefined && { "content-encoding": encoding }),
    };
    const response = await exchange(
      endpoint.url,
      endpoint.route,
      { method: "POST", headers, signal, ...(agent !== undefined && { agent }), ...options.tls },
      body,
    );
    const retryAfterMs = retryAfter(response.headers["retry-after"] ?? null);
    const start = await readStart(response);
    const contentType = response.headers["content-type"] ?? "";
    const message = messageOf(start.toString(), contentType);
    const answer = { status: response.statusCode ?? 0, message, body: start, contentType };
    return { ...answer, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch (error) {
    if (timeout.aborted) return { status: 0, message: `no answer within ${timeoutMs} ms` };
    if (error instanceof ProxyRefusal) return refusedBy(error);
    return { status: 0, message: viaProxy(endpoint.route, reasonOf(error)) };
  }
}

/** Forbidden and not known: as the proxy says it. Else it could not get through, which passes. */
export function refusedBy({ status, message }: ProxyRefusal): Reply {
  return { status: status === 403 || status === 407 ? 407 : 0, message };
}

export function viaProxy(route: Route, message: string): string {
  return route.kind === "proxy" ? `through the proxy ${route.proxy.shown}: ${message}` : message;
}

async function readStart(response: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_MESSAGE) break; // that ends the connection as well
  }
  return Buffer.concat(chunks).subarray(0, MAX_MESSAGE);
}

/** Servers answer `{"code", "message"}` or `{"error", "reason"}`, gateways whatever they like. */
function messageOf(body: string, contentType: string): string {
  if (contentType.startsWith("text/html")) {
    const [, title = ""] = /<title[^>]*>([^<]*)/i.exec(body) ?? [];
    return `a page for a browser${title && `: ${title.trim()}`}`;
  }
  try {
    const { message, reason } = JSON.parse(body) as { message?: unknown; reason?: unknown };
    const said = message ?? reason;
    if (typeof said === "string") return said;
  } catch {}
  return body.trim();
}

/** Seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
