// Where does each window go, and when may the target forget its samples? Names first, then every sink in order.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../../model/batch.js";
import { CaptureSink } from "./capture-sink.js";
import type { WindowSlice } from "./sample-path.js";
import type { SelfFigures, Sink, SinksRequest } from "./sink.js";
import { openServers, type Servers } from "./sinks.js";

export class Deliveries {
  /** Of this agent, for the metrics. */
  readonly self: SelfFigures;
  readonly #request: SinksRequest;
  readonly #capture: CaptureSink | null;
  readonly #servers: Servers;
  /** The capture first: it depends on no server. */
  readonly #sinks: readonly Sink[];

  /** Throws ERR_SERVER_URL. */
  static async open(request: SinksRequest): Promise<Deliveries> {
    const { capture } = request.parts;
    const sink = capture === null ? null : await CaptureSink.open(capture, request);
    return new Deliveries(request, sink, await openServers(request));
  }

  private constructor(request: SinksRequest, capture: CaptureSink | null, servers: Servers) {
    this.self = servers.self;
    this.#request = request;
    this.#servers = servers;
    this.#capture = capture;
    this.#sinks = [...(this.#capture === null ? [] : [this.#capture]), ...servers.sinks];
  }

  async deliver(slice: WindowSlice): Promise<void> {
    const { path, losses, acknowledge } = this.#request;
    const { samples, refused } = slice.window;
    await path.name(slice);
    for (const sink of this.#sinks) await sink.send?.(slice);
    const byServer = this.#capture === null && this.#servers.takesProfiles;
    acknowledge(byServer ? refused : samples + refused);
    losses.lost("window_refused", refused);
  }

  gone(cells: readonly CellSnapshot[]): void {
    for (const sink of this.#sinks) sink.gone?.(cells);
  }

  beat(): void {
    for (const sink of this.#sinks) sink.beat?.();
  }

  ended(): void {
    for (const sink of this.#sinks) sink.ended?.();
  }

  /** What was counted until now goes into the capture. */
  async snapshot(): Promise<void> {
    await this.#capture?.flush();
  }

  async flush(ms: number): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.flush(ms)));
  }

  /** `ms` is for the servers; what they do not take is added to the capture, which is finished before. */
  async close(ms: number): Promise<void> {
    const { path, losses } = this.#request;
    path.close();
    await this.#capture?.close();
    const before = JSON.stringify(losses.snapshot());
    const end = performance.now() + ms;
    for (const sink of this.#servers.sinks) await sink.close(Math.max(0, end - performance.now()));
    if (JSON.stringify(losses.snapshot()) !== before) await this.#capture?.amend();
    this.#capture?.release();
  }
}
