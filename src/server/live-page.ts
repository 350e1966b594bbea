// Who may look at a target while it runs, through which port? A server of its own, on loopback or behind a password or TLS; what
// goes wrong with it never stops the agent.
// SPDX-License-Identifier: MPL-2.0

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { isIPv6 } from "node:net";
import type { Hono } from "hono";
import type { Log } from "../log.js";
import { Connections } from "./connections.js";
import { isLoopback, isOwnName } from "./host-name.js";
import { PATIENCE_MS, requestLimits } from "./limits.js";
import { Listening } from "./listening.js";
import type { LiveFiles } from "./live-app.js";
import { refusedBody } from "./refused-body.js";
import { cutWhenStalled } from "./stalled.js";

export interface LivePageRequest {
  /** 0 = a random free one. */
  port: number;
  address: string;
  /** "" = none. */
  password: string;
  /** PEM files; "" = no TLS. */
  tlsCert: string;
  tlsKey: string;
  files: LiveFiles;
  /** Routes on the targets; asked for before it listens. */
  routes: () => Promise<Hono>;
  log: Log;
  /** Milliseconds that a client has to send its request, and to take some of the answer. */
  patienceMs?: number;
  /** Milliseconds until the next attempt when another process has the port. */
  againMs?: number;
}

/** Each open page has one that lasts. */
const MOST_CONNECTIONS = 64;
/** Before they have asked for anything, those of TLS included. */
const MOST_SOCKETS = 128;
const METHODS = ["GET", "HEAD", "POST"];
const TOKEN_BYTES = 16;

type Listener = (asked: IncomingMessage, answer: ServerResponse) => Promise<void>;

/** Why it must not be opened like this, and what to do; undefined: it may. */
export function livePageProblem({ address, password, tlsCert, tlsKey }: LivePageRequest): string | undefined {
  if ((tlsCert === "") !== (tlsKey === "")) return "live-tls-cert and live-tls-key are needed together";
  if (isLoopback(address) || password !== "" || tlsCert !== "") return undefined;
  return `live-address=${address} lets everybody in that network look in: it needs live-password, or live-tls-cert and live-tls-key`;
}

export class LivePage {
  /** The address that opens it, with its token; resolves once it listens, and to undefined where it never will. */
  readonly opened: Promise<string | undefined>;
  readonly #request: LivePageRequest;
  readonly #server: Server;
  readonly #connections = new Connections({ most: MOST_CONNECTIONS, mostOfPeer: MOST_CONNECTIONS });
  readonly #token = randomBytes(TOKEN_BYTES).toString("base64url");
  readonly #secure: boolean;
  #listener: Listener | undefined;
  #listening: Listening | undefined;
  #closed = false;

  /** Throws what livePageProblem says, and where a file for TLS cannot be used. */
  constructor(request: LivePageRequest) {
    const problem = livePageProblem(request);
    if (problem !== undefined) throw new Error(problem);
    this.#request = request;
    this.#secure = request.tlsCert !== "";
    this.#server = this.#create();
    this.#server.maxConnections = MOST_SOCKETS;
    this.#server.on(this.#secure ? "secureConnection" : "connection", (socket) => {
      socket.unref(); // who looks keeps no agent whose work is done
      this.#connections.admit(socket);
    });
    this.opened = this.#open();
  }

  /** The address that opens it; undefined while it does not listen. */
  get url(): string | undefined {
    const bound = this.#listening?.bound;
    if (bound === undefined || this.#closed) return undefined;
    const { address } = this.#request;
    const host = /^(0\.0\.0\.0|::)$/.test(address) ? "localhost" : isIPv6(address) ? `[${address}]` : address;
    return `${this.#secure ? "https" : "http"}://${host}:${bound.port}/?token=${this.#token}`;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  close(): void {
    this.#closed = true;
    this.#listening?.close();
  }

  #create(): Server {
    const { tlsCert, tlsKey, patienceMs = PATIENCE_MS } = this.#request;
    const take = (asked: IncomingMessage, answer: ServerResponse): void => this.#take(asked, answer);
    if (!this.#secure) return createServer(requestLimits(patienceMs), take);
    const tls = { cert: readFileSync(tlsCert), key: readFileSync(tlsKey), handshakeTimeout: patienceMs };
    return createSecureServer({ ...requestLimits(patienceMs), ...tls }, take);
  }

  async #open(): Promise<string | undefined> {
    const { files, password, routes, port, address, log, againMs } = this.#request;
    const { liveApp, listenerOf } = await import("./live-app.js");
    const cookie = (): string => `gst-pyroscope-${this.#listening?.bound?.port ?? 0}`;
    const access = { token: this.#token, password, secure: this.#secure, cookie };
    this.#listener = listenerOf(liveApp({ ...access, files, routes: await routes() }));
    if (this.#closed) return undefined;
    return new Promise((resolve) => {
      const state = (error: number): void => {
        if (error === 0) log.info("the live page is served", { address, port: this.#listening?.bound?.port });
        resolve(this.url);
      };
      const failure = `live-port=${port} serves no live page`;
      this.#listening = new Listening(this.#server, { port, address, failure, state, log, againMs });
      this.#server.unref();
    });
  }

  #take(asked: IncomingMessage, answer: ServerResponse): void {
    const { socket, headers, method = "" } = asked;
    if (!this.#connections.begin(socket, answer)) return;
    cutWhenStalled(answer, this.#request.patienceMs ?? PATIENCE_MS);
    const configured = this.#request.address;
    const refusal = refusedBody(asked);
    const bound = this.#listening?.bound?.address ?? configured;
    if (!isOwnName(headers.host, { configured, bound }))
      refuse(answer, 421, "this server has another name: ask for localhost or its address");
    else if (!METHODS.includes(method)) refuse(answer, 405, `there is no ${method} here`);
    else if (refusal !== null)
      refuse(answer, refusal, "a request says how long its body is, and that is 64 KB at most");
    else
      this.#listener?.(asked, answer).catch((error: Error) => {
        this.#request.log.info(`live page: ${error.message}`);
        socket.destroy();
      });
  }
}

/** What comes behind the head of a refused request is not read. */
function refuse(answer: ServerResponse, status: number, line: string): void {
  answer.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" }).end(`${line}\n`);
}
