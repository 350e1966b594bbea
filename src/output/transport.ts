// How does one HTTP request end, whatever the other side does? With a reply or a reason, within its deadline.
// SPDX-License-Identifier: MPL-2.0

import type { IncomingMessage, RequestOptions } from "node:http";
import { CodedError } from "../errors.js";
import { redact } from "../redact/text.js";

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
}

/** status 0: no answer came, `message` says why. */
export interface Reply {
  status: number;
  message: string;
  /** Its beginning. */
  body?: Uint8Array;
  retryAfterMs?: number;
}

/** Contents of PEM files; undefined: as Node has it. */
export interface Tls {
  ca?: Buffer | undefined;
  cert?: Buffer | undefined;
  key?: Buffer | undefined;
}

const MAX_MESSAGE = 4096;

/** `server` may have a path prefix and credentials. Throws ERR_SERVER_URL. */
export function endpointOf(server: string, path: string, credentials: Credentials = {}): Endpoint {
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
  return { url: `${prefix}${path}`, headers, shown: prefix };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface PostOptions {
  contentType: string;
  timeoutMs: number;
  /** Ends the request early. */
  signal?: AbortSignal;
  tls?: Tls | undefined;
}

/**
 * Never rejects. Redirects are not followed: they would lose the credentials, and the 401 after that explains nothing.
 * Not by `fetch`, which costs 9 MB. A connection of its own: kept ones die between two windows.
 */
export async function post(endpoint: Endpoint, body: Uint8Array, options: PostOptions): Promise<Reply> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const headers = { ...endpoint.headers, "content-type": options.contentType, "content-length": body.length };
    const request = { method: "POST", headers, signal, agent: false as const, ...options.tls };
    const response = await exchange(endpoint.url, request, body);
    const retryAfterMs = retryAfter(response.headers["retry-after"] ?? null);
    const start = await readStart(response);
    const message = messageOf(start.toString());
    const answer = { status: response.statusCode ?? 0, message, body: start };
    return { ...answer, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch (error) {
    if (timeout.aborted) return { status: 0, message: `no answer within ${options.timeoutMs} ms` };
    return { status: 0, message: reasonOf(error) };
  }
}

async function exchange(url: string, options: RequestOptions, body: Uint8Array): Promise<IncomingMessage> {
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  return new Promise((resolve, reject) => {
    request(url, options).once("response", resolve).on("error", reject).end(body);
  });
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

/** Servers answer `{"code", "message"}`, gateways whatever they like. */
function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {}
  return body.trim();
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

/** Seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
