// How do metrics get through to a collector that comes and goes? The official exporter never tries twice, and after an outage
// its channel waits up to two minutes before it connects again: this one tries within the interval and builds it anew.
// SPDX-License-Identifier: MPL-2.0

import type {
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { type FailureKind, outcomeTable } from "./outcomes.js";
import { pause } from "./pause.js";
import { type Backoff, delayMs } from "./retry.js";
import type { ServerState } from "./server-state.js";

export interface ResilientOptions {
  /** `generation` differs at each call; channels of different user agents share nothing. */
  build: (generation: number, timeoutMs: number) => PushMetricExporter;
  state: ServerState;
  /** For one export with all its tries. */
  budgetMs: number;
  backoff: Backoff;
  /** A channel that fails for longer is replaced. */
  rebuildAfterMs: number;
}

type Result = Parameters<Parameters<PushMetricExporter["export"]>[1]>[0];
type Attempt = { kind: FailureKind; message: string } | null;

// Values of ExportResultCode in @opentelemetry/core.
const SUCCESS = 0;
const FAILED = 1;
/** A busy machine needs this to connect: with a short interval one try has it all, instead of two that are too short. */
const PATIENCE_MS = 2000;
/** Somebody waits: a server that is not there will not come now. */
const HURRIED_TRIES = 3;
/** gRPC status codes. Cumulative metrics lose nothing when one export fails for good: the next one says it all. */
const kindByCode: Record<number, FailureKind> = {
  1: "unreachable", // CANCELLED
  3: "invalid", // INVALID_ARGUMENT
  4: "unreachable", // DEADLINE_EXCEEDED
  5: "misrouted", // NOT_FOUND
  7: "denied", // PERMISSION_DENIED
  8: "busy", // RESOURCE_EXHAUSTED
  9: "invalid", // FAILED_PRECONDITION
  10: "unreachable", // ABORTED
  11: "invalid", // OUT_OF_RANGE
  12: "misrouted", // UNIMPLEMENTED
  14: "unreachable", // UNAVAILABLE
  15: "unreachable", // DATA_LOSS
  16: "denied", // UNAUTHENTICATED
};

export class ResilientExporter implements PushMetricExporter {
  readonly #options: ResilientOptions;
  #generation = 0;
  #inner: PushMetricExporter;
  #builtAt = Date.now();
  /** Set while somebody waits: nothing may take longer. */
  #deadline = Number.POSITIVE_INFINITY;
  #hurry = new AbortController();
  lastSucceeded = false;
  /** The last export failed with all its tries: the next one tries once, for each try costs as much as an export. */
  #down = false;

  constructor(options: ResilientOptions) {
    this.#options = options;
    this.#inner = options.build(0, this.#attemptMs());
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
    this.#deadline = Date.now() + deadlineMs;
    this.#hurry.abort();
    this.#hurry = new AbortController();
    this.#rebuild(Math.max(1, deadlineMs));
  }

  calm(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#rebuild(this.#attemptMs());
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    void this.#inner.shutdown().catch(() => {});
  }

  selectAggregationTemporality(instrument: InstrumentType): AggregationTemporality {
    return this.#inner.selectAggregationTemporality?.(instrument) ?? 1;
  }

  async #export(metrics: ResourceMetrics): Promise<Attempt> {
    const { state, backoff, budgetMs } = this.#options;
    if (this.#down) this.#rebuildWhenOld();
    const end = Math.min(Date.now() + budgetMs, this.#deadline);
    const hurry = this.#hurry.signal;
    for (let n = 1; ; n++) {
      const failure = await this.#attempt(metrics, hurry);
      if (failure === null) {
        state.succeeded();
        return null;
      }
      if (hurry.aborted) return failure;
      if (failure.kind === "invalid") state.refused(outcomeTable[failure.kind].code, failure.message);
      else state.failed(outcomeTable[failure.kind].code, failure.message);
      const waitMs = delayMs(n, backoff, Math.random);
      const wanted = failure.kind === "unreachable" || failure.kind === "failing";
      const hopeless = this.#down || (Number.isFinite(this.#deadline) && n >= HURRIED_TRIES);
      if (!wanted || hopeless || Date.now() + waitMs >= end) return failure;
      await pause(waitMs, hurry);
      this.#rebuildWhenOld();
    }
  }

  #rebuildWhenOld(): void {
    if (Date.now() - this.#builtAt >= this.#options.rebuildAfterMs) this.#rebuild(this.#attemptMs());
  }

  #attempt(metrics: ResourceMetrics, hurry: AbortSignal): Promise<Attempt> {
    return new Promise((resolve) => {
      const givenUp = () => resolve({ kind: "unreachable", message: "given up for a flush" });
      if (hurry.aborted) givenUp();
      hurry.addEventListener("abort", givenUp, { once: true });
      const finish = (attempt: Attempt) => {
        hurry.removeEventListener("abort", givenUp);
        resolve(attempt);
      };
      try {
        this.#inner.export(metrics, ({ code, error }) => finish(code === SUCCESS ? null : failureOf(error)));
      } catch (error) {
        finish(failureOf(error)); // a serializer that chokes must not stop the reader for ever
      }
    });
  }

  #rebuild(timeoutMs: number): void {
    void this.#inner.shutdown().catch(() => {});
    this.#generation++;
    this.#builtAt = Date.now();
    this.#inner = this.#options.build(this.#generation, Math.min(timeoutMs, this.#attemptMs()));
  }

  #attemptMs(): number {
    const { budgetMs } = this.#options;
    const patience = Math.max(budgetMs / 2, Math.min(budgetMs, PATIENCE_MS));
    return Math.max(1, Math.min(patience, this.#deadline - Date.now()));
  }
}

function failureOf(error: unknown): Exclude<Attempt, null> {
  const { code, details, message } = (error ?? {}) as { code?: unknown; details?: string; message?: string };
  const kind = typeof code === "number" ? (kindByCode[code] ?? "failing") : "failing";
  return { kind, message: details || message || String(error) };
}
