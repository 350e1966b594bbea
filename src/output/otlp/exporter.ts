// How do metrics get through to a collector that comes and goes? Every export is tried again within the interval, and a
// connection that fails for long is made anew: after an outage it would wait up to two minutes before it connects again.
// SPDX-License-Identifier: MPL-2.0

import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { failureOf } from "../../delivery/outcomes.js";
import { pause } from "../../delivery/pause.js";
import { type Backoff, deliver } from "../../delivery/retry.js";
import type { ServerState } from "../../delivery/server-state.js";
import type { Reply } from "../../delivery/transport.js";
import { attempt } from "../../model/attempt.js";
import { DeltaBase, withPossibleStarts } from "./delta.js";
import { type CoreOf, MetricsPacker } from "./metrics-packer.js";
import type { Sender } from "./sending.js";

export interface ResilientOptions {
  sender: Sender;
  state: ServerState;
  /** For one export with all its tries. */
  budgetMs: number;
  /** Of one try, at most. */
  timeoutMs: number;
  backoff: Backoff;
  /** A connection that fails for longer is replaced. */
  renewAfterMs: number;
  delta: boolean;
  /** By what points are known that differ in nothing but their end. */
  coreOf?: CoreOf;
}

type Result = Parameters<Parameters<PushMetricExporter["export"]>[1]>[0];
/** null = the collector has it. */
type Failure = { message: string } | null;

// Values of ExportResultCode in @opentelemetry/core.
const SUCCESS = 0;
const FAILED = 1;
/** A busy machine needs this to connect: with a short interval one try has it all, instead of two that are too short. */
const PATIENCE_MS = 2000;
/** Tries of one export during a flush, which a target may wait for: a server that is down will not be up within it. */
const FLUSH_TRIES = 3;

export class ResilientExporter implements PushMetricExporter {
  readonly #options: ResilientOptions;
  readonly #base: DeltaBase | null;
  readonly #packer: MetricsPacker;
  /** End of the flush that is under way, by performance.now(): no try may take longer. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Aborted when a flush or the end gives up the export that is under way. */
  #cancel = new AbortController();
  lastSucceeded = false;
  /** The last export failed with all its tries: the next one tries once, for each try costs as much as an export. */
  #down = false;

  constructor(options: ResilientOptions) {
    this.#options = options;
    this.#base = options.delta ? new DeltaBase() : null;
    this.#packer = new MetricsPacker(options.coreOf ?? (() => undefined));
  }

  export(metrics: ResourceMetrics, done: (result: Result) => void): void {
    this.lastSucceeded = false; // the reader does not wait for it as long as we try
    void this.#export(metrics).then((failure) => {
      this.lastSucceeded = failure === null;
      this.#down = failure !== null;
      done(failure === null ? { code: SUCCESS } : { code: FAILED, error: new Error(failure.message) });
    });
  }

  /** Gives up what is under way; everything until `endFlush` is tried at once and ends in time. */
  beginFlush(deadlineMs: number): void {
    this.#deadline = performance.now() + deadlineMs;
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.#options.sender.renew({ workedWithinMs: this.#options.renewAfterMs, madeWithinMs: 0 });
  }

  /** Exports take their usual time again. */
  endFlush(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#cancel.abort();
    this.#options.sender.close();
  }

  async #export(metrics: ResourceMetrics): Promise<Failure> {
    if (this.#down) this.#renewWhenOld();
    const body = this.#packed(metrics);
    if (body === undefined) return { message: "metrics that cannot be packed" };
    const { state, backoff, budgetMs } = this.#options;
    const cancelled = this.#cancel.signal;
    let tries = 0;
    const failure = await deliver(() => this.#attempt(body, cancelled), {
      now: () => performance.now(),
      expiresAt: Math.min(performance.now() + budgetMs, this.#deadline),
      backoff,
      wait: async (ms) => {
        const hopeless = this.#down || (Number.isFinite(this.#deadline) && tries >= FLUSH_TRIES);
        if (hopeless || cancelled.aborted) return false;
        await pause(ms, cancelled);
        if (!cancelled.aborted) this.#renewWhenOld();
        return !cancelled.aborted;
      },
      failed: (kind, { message }) => {
        tries++;
        if (!cancelled.aborted) state.tried(kind, message); // else it was we who gave it up
      },
    });
    if (failure !== null) return failure;
    state.succeeded();
    this.#base?.arrived(metrics);
    return null;
  }

  #renewWhenOld(): void {
    const { sender, renewAfterMs } = this.#options;
    sender.renew({ workedWithinMs: renewAfterMs, madeWithinMs: renewAfterMs });
  }

  /** A serializer that chokes must not stop the reader for ever. */
  #packed(metrics: ResourceMetrics): Uint8Array | undefined {
    const packed = () => this.#packer.pack(withPossibleStarts(this.#base?.since(metrics) ?? metrics));
    return attempt(packed, undefined);
  }

  async #attempt(body: Uint8Array, cancelled: AbortSignal): Promise<Reply> {
    if (cancelled.aborted) return { status: 0, message: "given up for a flush" };
    const answer = await this.#options.sender.send(body, this.#attemptMs(), cancelled);
    if (failureOf(answer) === null && (answer.rejected ?? 0) > 0)
      this.#options.state.refused("ERR_UPLOAD_INVALID", `${answer.rejected} data points were not taken`);
    return { ...answer, message: answer.message || `status ${answer.status}` };
  }

  #attemptMs(): number {
    const { budgetMs, timeoutMs } = this.#options;
    const patience = Math.min(timeoutMs, Math.max(budgetMs / 2, Math.min(budgetMs, PATIENCE_MS)));
    return Math.max(1, Math.min(patience, this.#deadline - performance.now()));
  }
}
