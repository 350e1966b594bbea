// How does a server of ours get its port? At once or once another process has left it, and what stands in the way is said once.
// SPDX-License-Identifier: MPL-2.0

import type { Server } from "node:http";
import type { Log } from "../log.js";

export interface ListeningRequest {
  port: number;
  address: string;
  /** What the port is not good for then, and the setting that it came from: `GST_PROMETHEUS_TRACER_PORT=9092 serves no metrics`. */
  failure: string;
  /** Called with 0 when the server listens, else with the errno of the failure. */
  state: (error: number) => void;
  log: Log;
  /** Milliseconds until the next attempt when another process has the port. */
  againMs?: number | undefined;
}

/** A port in use is tried again, because the agent of a restarted service's old process may still hold it. */
const AGAIN_MS = 5000;
/** Numbers from here on are libuv's own error codes, such as failed name lookups, not values of errno. */
const FIRST_NO_ERRNO = 3000;
const EADDRNOTAVAIL = 99;

export class Listening {
  readonly #server: Server;
  readonly #request: ListeningRequest;
  #again: NodeJS.Timeout | undefined;
  #told = 0;
  #closed = false;

  constructor(server: Server, request: ListeningRequest) {
    this.#server = server;
    this.#request = request;
    server.on("error", (error) => this.#failed(error));
    server.on("listening", () => {
      this.#told = 0;
      request.state(0);
    });
    this.#listen();
  }

  /** Where it listens; undefined while it does not. */
  get bound(): { address: string; port: number } | undefined {
    const bound = this.#server.address();
    return typeof bound === "object" && bound !== null ? bound : undefined;
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
    const { failure, state, log, againMs = AGAIN_MS } = this.#request;
    const errno = Math.abs(error.errno ?? 0);
    const number = errno > 0 && errno < FIRST_NO_ERRNO ? errno : EADDRNOTAVAIL;
    if (number !== this.#told) log.warn(`${failure}: ${reasonOf(error)}`);
    this.#told = number;
    state(number);
    if (error.code === "EADDRINUSE") this.#again = setTimeout(() => this.#listen(), againMs).unref();
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "another process has the port; it is asked for again every few seconds";
  if (code === "EACCES") return "this user may not open that port";
  return message;
}
