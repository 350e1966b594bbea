// How does Prometheus get the metrics of a target, and who watches over an agent its health? From a small HTTP server, whose
// failures never stop the agent.
// SPDX-License-Identifier: MPL-2.0

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "./log.js";
import { attempt } from "./model/attempt.js";
import { Connections } from "./server/connections.js";
import { isOwnName } from "./server/host-name.js";
import { PATIENCE_MS, requestLimits } from "./server/limits.js";
import { Listening } from "./server/listening.js";

/** What /readyz says of an agent: not ready with reasons, or ready; besides, what there is to know. */
export interface Readiness {
  ready: boolean;
  reasons: string[];
  [fact: string]: unknown;
}

export interface EndpointRequest {
  port: number;
  address: string;
  /** The setting that the port came from, for log messages: `GST_PROMETHEUS_TRACER_PORT=9092`. */
  named: string;
  /** Renders the metrics; requests within `sharedMs` get the same text. It throws after the process has ended. */
  body: () => string;
  /** For /readyz; it must be cheap. */
  readiness?: () => Readiness;
  /** Called with 0 when the server listens, else with the errno of the failure. */
  state: (error: number) => void;
  log: Log;
  /** Milliseconds until the next attempt when another process has the port. */
  againMs?: number;
  /** Milliseconds for which a rendered text is reused. */
  sharedMs?: number;
  /** Milliseconds that a client has to send its request, and to read the response, before the connection is closed. */
  patienceMs?: number;
}

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const TEXT = { "Content-Type": "text/plain; charset=utf-8" };
const MOST_CONNECTIONS = 32;
const MOST_CONNECTIONS_OF_A_PEER = 16;
const SHARED_MS = 1000;

/** The HTTP server of one target. */
export class Endpoint {
  readonly #request: EndpointRequest;
  readonly #server: Server;
  readonly #listening: Listening;
  readonly #connections = new Connections({ most: MOST_CONNECTIONS, mostOfPeer: MOST_CONNECTIONS_OF_A_PEER });
  readonly #paths = new Map([
    ["/", (answer: ServerResponse) => this.#metrics(answer)],
    ["/metrics", (answer: ServerResponse) => this.#metrics(answer)],
    ["/healthz", (answer: ServerResponse) => void answer.writeHead(200, TEXT).end("ok\n")],
    ["/readyz", (answer: ServerResponse) => this.#readiness(answer)],
  ]);
  #text: { body: Buffer; until: number } | undefined;

  static open(request: EndpointRequest): Endpoint {
    return new Endpoint(request);
  }

  private constructor(request: EndpointRequest) {
    this.#request = request;
    const { port, address, named, log, againMs } = request;
    const limits = requestLimits(request.patienceMs ?? PATIENCE_MS);
    this.#server = createServer(limits, (asked, answer) => this.#take(asked, answer));
    this.#server.on("connection", (socket) => this.#connections.admit(socket));
    // Without a listener Node.js would answer "100 Continue" and so ask for a body, which no request needs.
    this.#server.on("checkContinue", (asked, answer) => this.#take(asked, answer));
    const state = (error: number): void => {
      request.state(error);
      if (error === 0) log.info(`${named}: metrics are served`, { address });
    };
    this.#listening = new Listening(this.#server, {
      ...{ port, address, state, log, againMs },
      failure: `${named} serves no metrics`,
    });
  }

  /** The port that it listens on; undefined while it does not listen. */
  get port(): number | undefined {
    return this.#listening.bound?.port;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  close(): void {
    this.#listening.close();
  }

  #take(asked: IncomingMessage, answer: ServerResponse): void {
    const { socket } = asked;
    if (!this.#connections.begin(socket, answer)) return;
    const late = setTimeout(() => socket.destroy(), this.#request.patienceMs ?? PATIENCE_MS).unref();
    answer.once("close", () => clearTimeout(late));
    this.#answer(asked, answer);
  }

  #answer({ method, url = "/", headers }: IncomingMessage, answer: ServerResponse): void {
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
    // A request body is never read, so the connection is closed after the response.
    if (hasBody) answer.setHeader("Connection", "close");
    const configured = this.#request.address;
    const bound = this.#listening.bound?.address ?? configured; // a configured name may resolve to loopback
    const serve = this.#paths.get(url.split("?")[0] ?? "");
    if (!isOwnName(headers.host, { configured, bound })) {
      answer.writeHead(421, TEXT).end("this server has another name: ask for localhost or its address\n");
    } else if (method !== "GET" && method !== "HEAD") {
      answer.writeHead(405, { Allow: "GET, HEAD" }).end();
    } else if (serve === undefined) {
      answer.writeHead(404, TEXT).end("see /metrics\n");
    } else if (hasBody) {
      answer.writeHead(413, TEXT).end("no request here has a body\n");
    } else {
      serve(answer);
    }
  }

  #metrics(answer: ServerResponse): void {
    const body = this.#rendered();
    // The segment is closed: its process has ended.
    if (body === undefined) answer.writeHead(503).end();
    else answer.writeHead(200, { "Content-Type": CONTENT_TYPE, "Content-Length": body.length }).end(body);
  }

  #readiness(answer: ServerResponse): void {
    const readiness = attempt(() => this.#request.readiness?.(), undefined) ?? { ready: true, reasons: [] };
    const body = `${JSON.stringify(readiness)}\n`;
    answer.writeHead(readiness.ready ? 200 : 503, { "Content-Type": "application/json" }).end(body);
  }

  #rendered(): Buffer | undefined {
    const now = performance.now();
    if (this.#text !== undefined && now < this.#text.until) return this.#text.body;
    const body = attempt(() => Buffer.from(this.#request.body(), "utf8"), undefined);
    if (body !== undefined) this.#text = { body, until: now + (this.#request.sharedMs ?? SHARED_MS) };
    return body;
  }
}
