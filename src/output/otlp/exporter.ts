// How do metrics get through to a collector that comes and goes? Every export is tried again within the interval, and a channel
// that fails for long is built anew: after an outage it would wait up to two minutes before it connects again.
// SPDX-License-Identifier: MPL-2.0

import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type FailureKind, failureOf, outcomeTable } from "../../delivery/outcomes.js";
import { pause } from "../../delivery/pause.js";
import { type Backoff, delayMs } from "../../delivery/retry.js";
import type { ServerState } from "../../delivery/server-state.js";
import { DeltaBase, withPossibleStarts } from "./delta.js";
import type { Sender } from "./sender.js";

export interface ResilientOptions {
  /** `generation` differs at each call; channels of different user agents share nothing. */
  build: (generation: number) => Sender;
  state: ServerState;
  /** For one export with all its tries. */
  budgetMs: number;
  /** Of one try, at most. */
  timeoutMs: number;
  backoff: Backoff;
  /** A channel that fails for longer is replaced. */
  rebuildAfterMs: number;
  delta: boolean;
}

type Result = Parameters<Parameters<PushMetricExporter["export"]>[1]>[0];
type Attempt = { kind: FailureKind; message: string; retryAfterMs?: number | undefined } | null;

// Values of ExportResultCode in @opentelemetry/core.
const SUCCESS = 0;
const FAILED = 1;
/** A busy machine needs this to connect: with a short interval one try has it all, instead of two that are too short. */
const PATIENCE_MS = 2000;
/** Somebody waits: a server that is not there will not come now. */
const HURRIED_TRIES = 3;

export class ResilientExporter implements PushMetricExporter {
  readonly #options: ResilientOptions;
  #generation = 0;
  #inner: Sender;
  readonly #base: DeltaBase | null;
  #builtAt = performance.now();
  /** Set while somebody waits: nothing may take longer. */
  #deadline = Number.POSITIVE_INFINITY;
  #hurry = new AbortController();
  lastSucceeded = false;
  /** The last export failed with all its tries: the next one tries once, for each try costs as much as an export. */
  #down = false;

  constructor(options: ResilientOptions) {
    this.#options = options;
    this.#inner = options.build(0);
    this.#base = options.delta ? new DeltaBase() : null;
  }

  export(metrics: ResourceMetrics, done: (result: Result) => void): void {
    void this.#export(metrics).then((attempt) => {
      this.lastSucceeded = attempt === null;
      this.#down = attempt !== null;
      done(attempt === null ? { code: SUCCESS } : { code: FAILED, error: new Error(attempt.message) });
    });
  }

  /** Gives up what is under way; everything until `calm` is tried at once and ends in time. */
  hurry(deadlineMs: number): void {
    this.#deadline = performance.now() + deadlineMs;
    this.#hurry.abort();
    this.#hurry = new AbortController();
    this.#rebuild();
  }

  calm(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#hurry.abort();
    this.#inner.close();
  }

  async #export(metrics: ResourceMetrics): Promise<Attempt> {
    const { state, backoff, budgetMs } = this.#options;
    if (this.#down) this.#rebuildWhenOld();
    const end = Math.min(performance.now() + budgetMs, this.#deadline);
    const hurry = this.#hurry.signal;
    const body = this.#packed(metrics);
    if (body === undefined) return { kind: "invalid", message: "metrics that cannot be packed" };
    for (let n = 1; ; n++) {
      const failure = await this.#attempt(body, hurry);
      if (failure === null) {
        state.succeeded();
        this.#base?.arrived(metrics);
        return null;
      }
      if (hurry.aborted) return failure;
      if (failure.kind === "invalid") state.refused(outcomeTable[failure.kind].code, failure.message);
      else state.failed(outcomeTable[failure.kind].code, failure.message);
      const waitMs = Math.max(delayMs(n, backoff, Math.random), failure.retryAfterMs ?? 0);
      const wanted =
        outcomeTable[failure.kind].attempts === Number.POSITIVE_INFINITY || failure.retryAfterMs !== undefined;
      const hopeless = this.#down || (Number.isFinite(this.#deadline) && n >= HURRIED_TRIES);
      if (!wanted || hopeless || performance.now() + waitMs >= end) return failure;
      await pause(waitMs, hurry);
      this.#rebuildWhenOld();
    }
  }

  #rebuildWhenOld(): void {
    if (performance.now() - this.#builtAt >= this.#options.rebuildAfterMs) this.#rebuild();
  }

  /** A serializer that chokes must not stop the reader for ever. */
  #packed(metrics: ResourceMetrics): Uint8Array | undefined {
    try {
      return ProtobufMetricsSerializer.serializeRequest(withPossibleStarts(this.#base?.since(metrics) ?? metrics));
    } catch {
      return undefined;
    }
  }

  async #attempt(body: Uint8Array, hurry: AbortSignal): Promise<Attempt> {
    if (hurry.aborted) return { kind: "unreachable", message: "given up for a flush" };
    const answer = await this.#inner.send(body, this.#attemptMs(), hurry);
    const kind = failureOf(answer);
    if (kind === null && (answer.rejected ?? 0) > 0)
      this.#options.state.refused("ERR_UPLOAD_INVALID", `${answer.rejected} data points were not taken`);
    if (kind === null) return null;
    return { kind, message: answer.message || `status ${answer.status}`, retryAfterMs: answer.retryAfterMs };
  }

  #rebuild(): void {
    this.#inner.close();
    this.#generation++;
    this.#builtAt = performance.now();
    this.#inner = this.#options.build(this.#generation);
  }

  #attemptMs(): number {
    const { budgetMs, timeoutMs } = this.#options;
    const patience = Math.min(timeoutMs, Math.max(budgetMs / 2, Math.min(budgetMs, PATIENCE_MS)));
    return Math.max(1, Math.min(patience, this.#deadline - performance.now()));
  }
}
