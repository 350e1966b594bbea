// Which connection does an export by gRPC take? One a server and signal for all targets of this process, for as long as it works.
// SPDX-License-Identifier: MPL-2.0

/** After the calls that are under way. */
interface Closable {
  close(): void;
}

/** By what makes two connections equal. */
export type Channels = Map<string, SharedChannel<Closable>>;

interface Connection<Client> {
  client: Client;
  calls: number;
  retired: boolean;
}

/** How long ago a connection may have shown that it works, or have been made, to be kept; milliseconds. */
export interface Freshness {
  workedWithinMs: number;
  madeWithinMs: number;
}

export class SharedChannel<Client extends Closable = Closable> {
  readonly #make: (generation: number) => Client;
  readonly #forget: () => void;
  #users = 0;
  #generation = 0;
  #current: Connection<Client>;
  #madeAt = performance.now();
  #workedAt = Number.NEGATIVE_INFINITY;

  /** Every open() needs one close(). */
  static open<Client extends Closable>(
    channels: Channels,
    key: string,
    make: (generation: number) => Client,
  ): SharedChannel<Client> {
    const known = channels.get(key) as SharedChannel<Client> | undefined; // the key says what it is
    const channel = known ?? new SharedChannel(make, () => channels.delete(key));
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

function closeIdle({ client, calls }: Connection<Closable>): void {
  if (calls === 0) client.close();
}
