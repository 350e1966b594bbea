// How is a running agent reached? HTTP on a control socket in a folder of its user; whatever goes wrong with it, profiling goes on.
// SPDX-License-Identifier: MPL-2.0

import { chmodSync, linkSync, unlinkSync } from "node:fs";
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { Hono } from "hono";
import type { Log } from "../log.js";
import { attempt } from "../model/attempt.js";
import { Connections } from "../server/connections.js";
import { PATIENCE_MS, requestLimits } from "../server/limits.js";
import { refusedBody } from "../server/refused-body.js";
import { cutWhenStalled } from "../server/stalled.js";
import { isStale } from "./connection.js";
import { DoorFolder, noFolder } from "./folder.js";
import { socketName } from "./socket-name.js";

export interface DoorRequest {
  /** null: this user has none. */
  folder: string | null;
  /** Asked for at the first request; until then nothing of it is loaded. */
  app: () => Promise<Hono>;
  log: Log;
  /** Milliseconds that a client has to send its request, and to take some of the answer. */
  patienceMs?: number;
}

/** All of one user: there is no other peer. */
const MOST_CONNECTIONS = 32;
const SOCKET_MODE = 0o600;

type Listener = (asked: IncomingMessage, answer: ServerResponse) => Promise<void>;

function closeBoth(server: HttpServer): void {
  server.close();
  server.closeAllConnections();
}

export class Door {
  /** True once it can be connected to; false where it cannot be. */
  readonly opened: Promise<boolean>;
  readonly #request: DoorRequest;
  /** Of sockets alone: nothing of HTTP is loaded before somebody connects. */
  readonly #server: Server;
  #http: Promise<HttpServer> | undefined;
  readonly #connections = new Connections({ most: MOST_CONNECTIONS, mostOfPeer: MOST_CONNECTIONS });
  readonly #name = socketName(process.pid);
  #folder: DoorFolder | undefined;
  #listener: Promise<Listener> | undefined;
  #closed = false;

  constructor(request: DoorRequest) {
    this.#request = request;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#admit(socket));
    this.opened = this.#open().then(
      () => true,
      (error: Error) => {
        if (!this.#closed)
          request.log.info(`no control socket, so gst-pyroscope ps does not list it: ${error.message}`);
        this.close();
        return false;
      },
    );
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
    void this.#http?.then((server) => closeBoth(server));
    this.#leave();
  }

  #leave(): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    attempt(() => unlinkSync(folder.at(this.#name)), undefined);
    folder.close();
  }

  async #admit(socket: Socket): Promise<void> {
    socket.unref(); // nobody who looks keeps an agent whose work is done
    socket.on("error", () => undefined);
    this.#connections.admit(socket);
    this.#http ??= this.#openHttp();
    const server = await this.#http;
    if (!socket.destroyed) server.emit("connection", socket);
  }

  /** It listens nowhere itself, and is told that it does: then it watches over the time that requests take. */
  async #openHttp(): Promise<HttpServer> {
    const http = await import("node:http");
    const limits = requestLimits(this.#request.patienceMs ?? PATIENCE_MS);
    const server = http.createServer(limits, (asked, answer) => void this.#take(asked, answer));
    server.emit("listening");
    return server;
  }

  /** It listens under a name that nobody looks for, and gets its own one only then: a socket of that name that refuses is stale. */
  async #open(): Promise<void> {
    const { folder: path } = this.#request;
    if (path === null) throw new Error(noFolder);
    const folder = DoorFolder.open(path, { make: true });
    const hidden = `.${this.#name}`;
    try {
      attempt(() => unlinkSync(folder.at(hidden)), undefined); // of a process that died here, and had our number
      await this.#listen(folder.at(hidden));
      chmodSync(folder.at(hidden), SOCKET_MODE);
      await this.#claimName(folder, hidden);
    } catch (error) {
      this.#server.close(); // it removes the hidden name, through the folder
      folder.close();
      throw error;
    }
    this.#folder = folder;
    if (this.#closed) this.#leave();
  }

  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ path }, () => {
        this.#server.off("error", reject).on("error", () => undefined);
        resolve();
      });
      this.#server.unref();
    });
  }

  async #claimName(folder: DoorFolder, hidden: string): Promise<void> {
    const link = (): void => linkSync(folder.at(hidden), folder.at(this.#name));
    try {
      link();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (folder.isOwnSocket(this.#name) && !(await isStale(folder, this.#name)))
        throw new Error("an agent with this process number, in another container, has one in the same folder");
      unlinkSync(folder.at(this.#name));
      link();
    } finally {
      attempt(() => unlinkSync(folder.at(hidden)), undefined);
    }
  }

  async #take(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (!this.#connections.begin(asked.socket, answer)) return;
    cutWhenStalled(answer, this.#request.patienceMs ?? PATIENCE_MS);
    const refusal = refusedBody(asked);
    if (refusal !== null) {
      // The body is never read, so the connection is closed after the response.
      answer.writeHead(refusal, { Connection: "close" }).end();
      return;
    }
    this.#listener ??= this.#load();
    try {
      await (await this.#listener)(asked, answer);
    } catch (error) {
      this.#request.log.info(`control socket: ${(error as Error).message}`);
      asked.socket.destroy();
    }
  }

  async #load(): Promise<Listener> {
    const [{ listenerOf }, app] = await Promise.all([import("./listener.js"), this.#request.app()]);
    return listenerOf(app);
  }
}
