// How does Prometheus get the metrics of a target? One small HTTP server; nothing that goes wrong with it stops anything.
// SPDX-License-Identifier: MPL-2.0

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import { hostname } from "node:os";
import type { Log } from "./log.js";

export interface EndpointRequest {
  port: number;
  address: string;
  /** What the port came from, as a person wrote it: `GST_PROMETHEUS_TRACER_PORT=9092`. */
  named: string;
  /** The text as it is now; made once for all who ask within `sharedMs`. */
  body: () => string;
  /** 0: it listens; else the errno of why it does not. */
  state: (error: number) => void;
  log: Log;
  /** How long a port that another process has is left alone. */
  againMs?: number;
  sharedMs?: number;
  /** A connection that takes longer for a request, or for taking its answer, is cut. */
  patienceMs?: number;
}

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const PATHS = ["/", "/metrics"];
/** A port that another process has may be free later: a service that was started again waits for its old agent. */
const AGAIN_MS = 5000;
const MOST_CONNECTIONS = 32;
const MOST_CONNECTIONS_OF_A_PEER = 16;
const MOST_HEADER_BYTES = 8192;
const SHARED_MS = 1000;
const PATIENCE_MS = 5000;

export class Endpoint {
  readonly #request: EndpointRequest;
  readonly #server: Server;
  /** Oldest first, each with the answer that it is getting. */
  readonly #connections = new Map<Socket, ServerResponse | null>();
  #text: { body: Buffer; until: number } | undefined;
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
    const patience = request.patienceMs ?? PATIENCE_MS;
    const limits = {
      headersTimeout: patience,
      requestTimeout: patience,
      connectionsCheckingInterval: patience / 5,
      maxHeaderSize: MOST_HEADER_BYTES,
    };
    this.#server = createServer(limits, (asked, answer) => this.#take(asked, answer));
    this.#server.on("connection", (socket) => this.#admit(socket));
    // Else Node would ask for the body, which no request here has.
    this.#server.on("checkContinue", (asked, answer) => this.#take(asked, answer));
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

  /** How many are open. */
  get connections(): number {
    return this.#connections.size;
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

  /** Who comes in a crowd, or came first and asked nothing, makes room: a scrape always gets in. */
  #admit(socket: Socket): void {
    this.#connections.set(socket, null);
    socket.once("close", () => this.#connections.delete(socket));
    const ofPeer = [...this.#connections.keys()].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress);
    if (ofPeer.length > MOST_CONNECTIONS_OF_A_PEER) this.#makeRoom(ofPeer);
    else if (this.#connections.size > MOST_CONNECTIONS) this.#makeRoom([...this.#connections.keys()]);
  }

  #makeRoom(among: Socket[]): void {
    const idle = among.find((socket) => this.#connections.get(socket) === null);
    (idle ?? among[0])?.destroy();
  }

  /** One request in flight a connection; who sends a second one before the answer gets that answer and no more. */
  #take(asked: IncomingMessage, answer: ServerResponse): void {
    const { socket } = asked;
    if (this.#connections.get(socket) !== null) {
      if (!socket.writableEnded) socket.destroySoon();
      return;
    }
    this.#connections.set(socket, answer);
    const late = setTimeout(() => socket.destroy(), this.#request.patienceMs ?? PATIENCE_MS).unref();
    answer.once("close", () => {
      clearTimeout(late);
      if (this.#connections.has(socket)) this.#connections.set(socket, null);
    });
    this.#answer(asked, answer);
  }

  #answer({ method, url = "/", headers }: IncomingMessage, answer: ServerResponse): void {
    const text = { "Content-Type": "text/plain; charset=utf-8" };
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
    // What comes with a request is not read: the connection ends with the answer.
    if (hasBody) answer.setHeader("Connection", "close");
    if (!this.#isNamed(headers.host)) {
      answer.writeHead(421, text).end("this server has another name: ask for localhost or its address\n");
    } else if (method !== "GET" && method !== "HEAD") {
      answer.writeHead(405, { Allow: "GET, HEAD" }).end();
    } else if (!PATHS.includes(url.split("?")[0] ?? "")) {
      answer.writeHead(404, text).end("see /metrics\n");
    } else if (hasBody) {
      answer.writeHead(413, text).end("no request here has a body\n");
    } else {
      this.#serve(answer);
    }
  }

  /**
   * On this machine alone we have no other names than these: another one is a web page that a browser here was led to.
   * What a network calls us is not known.
   */
  #isNamed(host: string | undefined): boolean {
    const { address } = this.#request;
    const bound = this.#server.address(); // a name may stand for loopback, too
    const here = typeof bound === "object" && bound !== null ? bound.address : address;
    if (host === undefined || !isLoopback(here)) return true;
    const url = `http://${host}/`;
    if (!URL.canParse(url)) return false;
    const name = new URL(url).hostname.replace(/^\[|\]$/g, "");
    const own = ["localhost", address.toLowerCase(), hostname().toLowerCase()];
    return isIP(name) !== 0 || own.includes(name) || name.endsWith(".localhost");
  }

  #serve(answer: ServerResponse): void {
    const body = this.#rendered();
    // The segment is closed: its process has ended.
    if (body === undefined) answer.writeHead(503).end();
    else answer.writeHead(200, { "Content-Type": CONTENT_TYPE, "Content-Length": body.length }).end(body);
  }

  #rendered(): Buffer | undefined {
    const now = performance.now();
    if (this.#text !== undefined && now < this.#text.until) return this.#text.body;
    try {
      const body = Buffer.from(this.#request.body(), "utf8");
      this.#text = { body, until: now + (this.#request.sharedMs ?? SHARED_MS) };
      return body;
    } catch {
      return undefined;
    }
  }
}

const isLoopback = (address: string): boolean => /^((::ffff:)?127\.|::1$|localhost$)/i.test(address);

/** libuv's own numbers: names that were not found, and the like. */
const FIRST_NO_ERRNO = 3000;
const EADDRNOTAVAIL = 99;

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "another process has the port; it is asked for again every few seconds";
  if (code === "EACCES") return "this user may not open that port";
  return message;
}
