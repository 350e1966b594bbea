// How does the service listen, and end? What is under way is answered and committed; streams are closed.
// SPDX-License-Identifier: MPL-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { App } from "./context.js";
import { isOwnHost } from "./host-name.js";

const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
/** Players send every few seconds, and a pool of connections may choose one in the moment in which it is closed for being idle. */
const IDLE_MS = 65_000;
const MOST_HEADER_BYTES = 16_384;
/** For requests that are being answered when the end comes. */
const FAREWELL_MS = 1200;
const IDLE_CHECK_MS = 50;

export interface Listening {
  port: number;
  close(): Promise<void>;
}

/** Rejects where the port or the address cannot be had, with a sentence. */
export async function listen(app: App, at: { address: string; port: number }): Promise<Listening> {
  const limits = {
    requestTimeout: REQUEST_MS,
    headersTimeout: HEADERS_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
    keepAliveTimeout: IDLE_MS,
  };
  const answer = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
    autoCleanupIncoming: false,
  });
  const server = createServer(limits, (asked, answering) => {
    if (isOwnHost(asked.headers.host, at.address)) answer(asked, answering);
    else refuseName(asked, answering);
  });
  await started(server, at);
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

function refuseName(asked: IncomingMessage, answering: ServerResponse): void {
  asked.resume();
  const reason = "this service has another name: ask for localhost or its address";
  answering.writeHead(421, { "Content-Type": "application/json", Connection: "close" });
  answering.end(JSON.stringify({ error: "not_found", reason }));
}

function started(server: Server, { address, port }: { address: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error, address, port))));
    server.listen({ host: address, port, exclusive: true }, resolve);
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException, address: string, port: number): string {
  if (code === "EADDRINUSE") return `another process has port ${port}: choose one with --port, 0 takes a free one`;
  if (code === "EACCES") return `this user may not open port ${port}: choose one above 1023 with --port`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `this machine has no address ${address}`;
  return message;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), FAREWELL_MS);
    // A connection is idle when its answer is out: nobody has to wait for those whose clients keep them open.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(late);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
