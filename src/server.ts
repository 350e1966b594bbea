// How does Prometheus get the metrics of a target? One small HTTP server; nothing that goes wrong with it stops anything.
// SPDX-License-Identifier: MPL-2.0

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "./log.js";

export interface EndpointRequest {
  port: number;
  address: string;
  /** What the port came from, as a person wrote it: `GST_PROMETHEUS_TRACER_PORT=9092`. */
  named: string;
  /** The text as it is now; made for each request. */
  body: () => string;
  /** 0: it listens; else the errno of why it does not. */
  state: (error: number) => void;
  log: Log;
  /** How long a port that another process has is left alone. */
  againMs?: number;
}

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const PATHS = ["/", "/metrics"];
/** A port that another process has may be free later: a service that was started again waits for its old agent. */
const AGAIN_MS = 5000;
const MOST_CONNECTIONS = 32;

export class Endpoint {
  readonly #request: EndpointRequest;
  readonly #server: Server;
  #again: NodeJS.Timeout | undefined;
  #told = 0;
  #closed = false;

  static open(request: EndpointRequest): Endpoint {
    const endpoint = new Endpoint(request);
    endpoint.#listen();
    return endpoint;
  }

  private constructor(request: EndpointRequest) {
    this.#request = request;
    this.#server = createServer((asked, answer) => this.#answer(asked, answer));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on("error", (error) => this.#failed(error));
    this.#server.on("listening", () => {
      this.#told = 0;
      request.state(0);
      request.log.info(`${request.named}: metrics are served`, { address: request.address });
    });
  }

  /** Where it listens; undefined while it does not. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : undefined;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #listen(): void {
    const { port, address } = this.#request;
    try {
      this.#server.listen({ port, host: address, exclusive: true });
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    const { named, state, log, againMs = AGAIN_MS } = this.#request;
    const errno = Math.abs(error.errno ?? 0);
    const number = errno > 0 && errno < FIRST_NO_ERRNO ? errno : EADDRNOTAVAIL;
    if (number !== this.#told) log.warn(`${named} serves no metrics: ${reasonOf(error)}`);
    this.#told = number;
    state(number);
    if (error.code === "EADDRINUSE") this.#again = setTimeout(() => this.#listen(), againMs).unref();
  }

  #answer({ method, url = "/" }: IncomingMessage, answer: ServerResponse): void {
    if (method !== "GET" && method !== "HEAD") {
      answer.writeHead(405, { Allow: "GET, HEAD" }).end();
    } else if (!PATHS.includes(url.split("?")[0] ?? "")) {
      answer.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("see /metrics\n");
    } else {
      this.#serve(answer);
    }
  }

  #serve(answer: ServerResponse): void {
    let body: Buffer;
    try {
      body = Buffer.from(this.#request.body(), "utf8");
    } catch {
      answer.writeHead(503).end(); // the segment is closed: its process has ended
      return;
    }
    answer.writeHead(200, { "Content-Type": CONTENT_TYPE, "Content-Length": body.length }).end(body);
  }
}

/** libuv's own numbers: names that were not found, and the like. */
const FIRST_NO_ERRNO = 3000;
const EADDRNOTAVAIL = 99;

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "another process has the port; it is asked for again every few seconds";
  if (code === "EACCES") return "this user may not open that port";
  return message;
}
