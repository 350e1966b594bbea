// Which connection does an export by gRPC take? One a server and signal for all targets of this process, for as long as it works.
// SPDX-License-Identifier: MPL-2.0

import type { Client } from "@grpc/grpc-js";

/** By what makes two connections equal. */
export type Channels = Map<string, SharedChannel>;

interface Connection {
  client: Client;
  calls: number;
  retired: boolean;
}

/** How long ago a connection may have shown that it works, or have been made, to be kept; milliseconds. */
export interface Freshness {
  workedWithinMs: number;
  madeWithinMs: number;
}

export class SharedChannel {
  readonly #make: (generation: number) => Client;
  readonly #forget: () => void;
  #users = 0;
  #generation = 0;
  #current: Connection;
  #madeAt = performance.now();
  #workedAt = Number.NEGATIVE_INFINITY;

  /** Every open() needs one close(). */
  static open(channels: Channels, key: string, make: (generation: number) => Client): SharedChannel {
    const channel = channels.get(key) ?? new SharedChannel(make, () => channels.delete(key));
    channels.set(key, channel);
    channel.#users++;
    return channel;
  }

  private constructor(make: (generation: number) => Client, forget: () => void) {
    this.#make = make;
    this.#forget = forget;
    this.#current = { client: make(0), calls: 0, retired: false };
  }

  /** `call` must not reject. */
  async use<Answer extends { status: number }>(call: (client: Client) => Promise<Answer>): Promise<Answer> {
    const connection = this.#current;
    connection.calls++;
    const answer = await call(connection.client);
    connection.calls--;
    if (connection.retired) closeIdle(connection);
    else if (answer.status >= 200 && answer.status < 300) this.#workedAt = performance.now();
    return answer;
  }

  /** Calls from now on take a new connection, unless this one is fresh. Calls under way end on the one that they began on. */
  renew({ workedWithinMs, madeWithinMs }: Freshness): void {
    const now = performance.now();
    if (now - this.#workedAt < workedWithinMs || now - this.#madeAt < madeWithinMs) return;
    this.#retire();
    this.#generation++;
    this.#madeAt = now;
    this.#current = { client: this.#make(this.#generation), calls: 0, retired: false };
  }

  close(): void {
    if (--this.#users > 0) return;
    this.#forget();
    this.#retire();
  }

  #retire(): void {
    this.#current.retired = true;
    closeIdle(this.#current);
  }
}

function closeIdle({ client, calls }: Connection): void {
  if (calls === 0) client.close();
}
