// How do metrics get through to a collector that comes and goes? Every export is tried again within the interval, and a
// connection that fails for long is made anew: after an outage it would wait up to two minutes before it connects again.
// SPDX-License-Identifier: MPL-2.0

import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { failureOf } from "../../delivery/outcomes.js";
import { pause } from "../../delivery/pause.js";
import { type Backoff, deliver } from "../../delivery/retry.js";
import type { ServerState } from "../../delivery/server-state.js";
import { attempt } from "../../model/attempt.js";
import type { Answer } from "./answers.js";
import { DeltaBase, withPossibleStarts } from "./delta.js";
import { metricHalves, pointsIn } from "./metric-halves.js";
import type { MetricsSender, Try } from "./sending.js";

export interface ResilientOptions {
  sender: MetricsSender;
  state: ServerState;
  /** For one export with all its tries. */
  budgetMs: number;
  /** Of one try, at most. */
  timeoutMs: number;
  backoff: Backoff;
  /** A connection that fails for longer is replaced. */
  renewAfterMs: number;
  delta: boolean;
}

type Result = Parameters<Parameters<PushMetricExporter["export"]>[1]>[0];
/** null = the collector has it. */
type Failure = { message: string } | null;

// Values of ExportResultCode in @opentelemetry/core.
const SUCCESS = 0;
const FAILED = 1;
/** A busy machine needs this to connect: with a short interval one try has it all, instead of two that are too short. */
const PATIENCE_MS = 2000;
/** An export that is too large is halved, but no part has fewer points. */
const SMALLEST_PART = 200;
/** So many of the smallest refused one after another: a quota is used up, then no part is small enough and each is one too many. */
const HOPELESS_PARTS = 2;
/** Tries of one export during a flush, which a target may wait for: a server that is down will not be up within it. */
const FLUSH_TRIES = 3;

export class ResilientExporter implements PushMetricExporter {
  readonly #options: ResilientOptions;
  readonly #base: DeltaBase | null;
  /** End of the flush that is under way, by performance.now(): no try may take longer. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Aborted when a flush or the end gives up the export that is under way. */
  #cancel = new AbortController();
  lastSucceeded = false;
  /** The last export failed with all its tries: the next one tries once, for each try costs as much as an export. */
  #down = false;
  /** Of the export that is under way: its smallest parts that were refused as too large since one was taken. */
  #refusedParts = 0;

  constructor(options: ResilientOptions) {
    this.#options = options;
    this.#base = options.delta ? new DeltaBase() : null;
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
    this.#refusedParts = 0;
    return this.#deliver(metrics, performance.now() + this.#options.budgetMs);
  }

  async #deliver(metrics: ResourceMetrics, expiresAt: number): Promise<Failure> {
    const send = this.#prepared(metrics);
    if (send === undefined) return { message: "metrics that cannot be packed" };
    const { state, backoff } = this.#options;
    const cancelled = this.#cancel.signal;
    let tries = 0;
    let answer: Answer = { status: 0, message: "" };
    const failure = await deliver(async () => (answer = await this.#attempt(send, cancelled)), {
      now: () => performance.now(),
      expiresAt: Math.min(expiresAt, this.#deadline),
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
        // Else it was we who gave it up, or it is said of a part.
        if (!cancelled.aborted && !mayBeHalved(answer, metrics)) state.tried(kind, message);
      },
    });
    if (failure !== null && mayBeHalved(answer, metrics)) return this.#halves(metrics, expiresAt);
    if (failure !== null && answer.tooLarge) this.#refusedParts++;
    if (failure !== null) return failure;
    this.#refusedParts = 0;
    state.succeeded();
    this.#base?.arrived(metrics);
    return null;
  }

  #renewWhenOld(): void {
    const { sender, renewAfterMs } = this.#options;
    sender.renew({ workedWithinMs: renewAfterMs, madeWithinMs: renewAfterMs });
  }

  /** Both are tried, for one of them may be taken. */
  async #halves(metrics: ResourceMetrics, expiresAt: number): Promise<Failure> {
    const [first, second] = metricHalves(metrics);
    const failure = await this.#deliver(first, expiresAt);
    if (this.#refusedParts >= HOPELESS_PARTS) return failure;
    return (await this.#deliver(second, expiresAt)) ?? failure;
  }

  /** A serializer that chokes must not stop the reader for ever. */
  #prepared(metrics: ResourceMetrics): Try | undefined {
    const { sender } = this.#options;
    return attempt(() => sender.prepare(withPossibleStarts(this.#base?.since(metrics) ?? metrics)), undefined);
  }

  async #attempt(send: Try, cancelled: AbortSignal): Promise<Answer> {
    if (cancelled.aborted) return { status: 0, message: "given up for a flush" };
    const answer = await send(this.#attemptMs(), cancelled);
    if (failureOf(answer) === null && (answer.rejected ?? 0) > 0)
      this.#options.state.refused("ERR_UPLOAD_INVALID", `${answer.rejected} data points were not taken`);
    return { ...answer, message: answer.message || `status ${answer.status}` };
  }

  #attemptMs(): number {
    const { budgetMs, timeoutMs } = this.#options;
    return Math.max(1, Math.min(patienceMs(budgetMs, timeoutMs), this.#deadline - performance.now()));
  }
}

/** How long one try may take of a budget; half of it, but what a busy machine needs. */
export function patienceMs(budgetMs: number, timeoutMs: number): number {
  return Math.min(timeoutMs, Math.max(budgetMs / 2, Math.min(budgetMs, PATIENCE_MS)));
}

const mayBeHalved = ({ tooLarge = false }: Answer, metrics: ResourceMetrics): boolean =>
  tooLarge && pointsIn(metrics) >= 2 * SMALLEST_PART;
