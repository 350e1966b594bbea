// What reaches a session service over HTTP, in which order, and with which headers? Its answer depends on the path.
// SPDX-License-Identifier: MIT
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { SentBatch } from "./service.js";
import { listening } from "./stream.js";

export interface Recorded {
  kind: string;
  headers: IncomingHttpHeaders;
  batch: SentBatch;
}

/** /500, /413, /429 (Retry-After: 1), /hang, and what is taken under any other name, each followed by /api/playback-events. */
export async function recorder() {
  const recorded: Recorded[] = [];
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "");
    response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    if (request.method === "OPTIONS") return preflight(response);
    void record(request, response);
  });
  async function record(request: IncomingMessage, response: ServerResponse) {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const kind = (request.url ?? "").split("/")[1] ?? "";
    recorded.push({ kind, headers: request.headers, batch: JSON.parse(Buffer.concat(parts).toString()) });
    if (kind === "hang") return;
    if (kind === "429") response.setHeader("Retry-After", "1");
    response.writeHead(Number(kind) || 202).end("{}");
  }
  const origin = await listening(server);
  return { origin, recorded, close: () => void server.close().closeAllConnections() };
}

function preflight(response: ServerResponse): void {
  response.setHeader("Access-Control-Allow-Headers", "content-type, x-mtrace-token, traceparent");
  response.setHeader("Access-Control-Allow-Methods", "POST");
  response.writeHead(204).end();
}
