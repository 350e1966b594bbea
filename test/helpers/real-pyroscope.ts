// What does a real Pyroscope of either storage generation have? Its query API, as the tests need it.

import { join } from "node:path";
import { freePort, RealServer, serversHome } from "./real-server.js";

export type Generation = "v1" | "v2";

export class RealPyroscope extends RealServer {
  readonly #generation: Generation;
  readonly #http: number;
  readonly #grpc: number;
  readonly #flags: string[];

  private constructor(generation: Generation, http: number, grpc: number, flags: string[]) {
    super();
    this.#generation = generation;
    this.#http = http;
    this.#grpc = grpc;
    this.#flags = flags;
  }

  /** The second storage generation also listens four ports above its gRPC port. */
  static async start(generation: Generation, flags: string[] = []): Promise<RealPyroscope> {
    const server = new RealPyroscope(generation, await freePort(), await freePort(4), flags);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#http}`;
  }

  protected override command() {
    const args = [this.#generation, this.dir, String(this.#http), String(this.#grpc), ...this.#flags];
    return { file: join(serversHome, "run-pyroscope.sh"), args };
  }

  override async ready(): Promise<boolean> {
    return (await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(2000) })).ok;
  }

  /** Calls a method of the query API over the last and the next hour. */
  async query(method: string, fields: Record<string, unknown>): Promise<Record<string, unknown>> {
    const range = { start: Date.now() - 3_600_000, end: Date.now() + 3_600_000 };
    const response = await fetch(`${this.url}/querier.v1.QuerierService/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...range, ...fields }),
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** The values of a label; always asked by exact service name, which the newer storage needs to see fresh data. */
  async labelValues(service: string, name: string): Promise<string[]> {
    const { names } = await this.query("LabelValues", { name, matchers: [`{service_name="${service}"}`] });
    return ((names as string[] | undefined) ?? []).sort();
  }

  /** Nanoseconds of CPU time by value of a label; values that only other profiles of the service have are left out. */
  async cpuBy(service: string, name: string): Promise<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const value of await this.labelValues(service, name)) {
      const ns = await this.cpu(`{service_name="${service}",${name}=${JSON.stringify(value)}}`);
      if (ns > 0) sums[value] = ns;
    }
    return sums;
  }

  async wall(labelSelector: string): Promise<number> {
    return Number((await this.flameGraph(labelSelector, "wall:wall:nanoseconds:wall:nanoseconds")).total ?? 0);
  }

  async cpu(labelSelector: string): Promise<number> {
    return Number((await this.flameGraph(labelSelector)).total ?? 0);
  }

  /** With the self time of each function under `self`. */
  async flameGraph(
    labelSelector: string,
    profileTypeID = "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
    range: { start?: number; end?: number } = {},
  ): Promise<{ total?: string; self: Record<string, number> }> {
    const { flamegraph } = await this.query("SelectMergeStacktraces", { profileTypeID, labelSelector, ...range });
    const graph = (flamegraph ?? {}) as { names?: string[]; total?: string; levels?: { values: string[] }[] };
    const self: Record<string, number> = {};
    for (const { values } of graph.levels ?? []) {
      for (let i = 0; i + 3 < values.length; i += 4) {
        const name = graph.names?.[Number(values[i + 3])] ?? "?";
        if (Number(values[i + 2]) > 0) self[name] = (self[name] ?? 0) + Number(values[i + 2]);
      }
    }
    return { ...(graph.total !== undefined && { total: graph.total }), self };
  }
}
