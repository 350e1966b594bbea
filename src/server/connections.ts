// Which connections does a server of ours keep, when there are more than it wants? The busy ones, and of the idle ones the youngest.
// SPDX-License-Identifier: MPL-2.0

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface ConnectionLimits {
  most: number;
  /** From one address. */
  mostOfPeer: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  /** Open connections, oldest first, each with its response in progress; null = idle. */
  readonly #open = new Map<Socket, ServerResponse | null>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Accepts every connection; above a limit the oldest is closed, idle ones first, so that who comes always gets in. */
  admit(socket: Socket): void {
    this.#open.set(socket, null);
    socket.once("close", () => this.#open.delete(socket));
    const ofPeer = [...this.#open.keys()].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress);
    if (ofPeer.length > this.#limits.mostOfPeer) this.#makeRoom(ofPeer);
    else if (this.#open.size > this.#limits.most) this.#makeRoom([...this.#open.keys()]);
  }

  /**
   * Allows one request in flight per connection: false on a pipelined second one, and the connection is closed after the first
   * response.
   */
  begin(socket: Socket, answer: ServerResponse): boolean {
    if (this.#open.get(socket) !== null) {
      if (!socket.writableEnded) socket.destroySoon();
      return false;
    }
    this.#open.set(socket, answer);
    answer.once("close", () => {
      if (this.#open.has(socket)) this.#open.set(socket, null);
    });
    return true;
  }

  #makeRoom(among: Socket[]): void {
    const idle = among.find((socket) => this.#open.get(socket) === null);
    (idle ?? among[0])?.destroy();
  }
}
