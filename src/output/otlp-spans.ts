// How do spans reach a collector? In batches, several under way, each tried until it is taken, refused or too old; every one is counted.
// SPDX-License-Identifier: MPL-2.0

import type { Log } from "../log.js";
import type { Sender } from "./otlp-sender.js";
import { outcomeTable } from "./outcomes.js";
import { UploadQueue } from "./queue.js";
import { type Backoff, deliver } from "./retry.js";
import { ServerState } from "./server-state.js";

export interface SpanOutputOptions {
  sender: Sender;
  /** Packs spans into one export. */
  pack: (spans: readonly Uint8Array[]) => Uint8Array;
  maxQueue: number;
  maxBatch: number;
  delayMs: number;
  timeoutMs: number;
  log: Log;
  /** There is room again. */
  room: () => void;
  backoff?: Backoff;
}

interface Batch {
  bytes: number;
  spans: Uint8Array[];
}

const PARALLEL = 4;
/** More than the queue ever holds: what does not fit waits in the ring, which counts what it drops. */
const MAX_BYTES = 1 << 30;
const EXPIRY_MS = 300_000;
const usualBackoff: Backoff = { firstMs: 500, maxMs: 5000 };

export class SpanOutput {
  readonly #options: SpanOutputOptions;
  readonly #queue: UploadQueue<Batch>;
  readonly #state: ServerState;
  #waiting: Uint8Array[] = [];
  #outstanding = 0;
  #timer: NodeJS.Timeout | undefined;
  sent = 0;
  exports = 0;
  readonly dropped: Record<string, number> = {};

  constructor(options: SpanOutputOptions) {
    this.#options = options;
    this.#state = new ServerState("traces", options.sender.shown, options.log);
    this.#queue = new UploadQueue<Batch>({
      maxBytes: MAX_BYTES,
      parallel: PARALLEL,
      work: (batch, turn) => this.#deliver(batch, turn.signal, turn.wait),
      dropped: ({ spans }) => this.#settle(spans.length, "ERR_UPLOAD_ENDED"),
    });
  }

  /** How many spans may be added now. */
  get room(): number {
    const { maxQueue, maxBatch } = this.#options;
    return Math.max(0, maxQueue + PARALLEL * maxBatch - this.#outstanding);
  }

  add(span: Uint8Array): void {
    this.#waiting.push(span);
    this.#outstanding++;
    if (this.#waiting.length >= Math.min(this.#options.maxBatch, this.#options.maxQueue)) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), this.#options.delayMs).unref();
  }

  /** True: everything was settled in time. */
  flush(ms: number): Promise<boolean> {
    this.#cut();
    return this.#queue.flush(ms);
  }

  /** What is not delivered by then is counted as lost. */
  async close(ms: number): Promise<void> {
    this.#cut();
    await this.#queue.close(ms);
    this.#options.sender.close();
  }

  /** Spans that never came here. */
  lost(reason: string, n: number): void {
    if (n > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + n;
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const spans = this.#waiting;
    if (spans.length === 0) return;
    this.#waiting = [];
    this.#queue.add({ bytes: spans.reduce((sum, span) => sum + span.length, 0), spans });
  }

  async #deliver({ spans }: Batch, signal: AbortSignal, wait: (ms: number) => Promise<boolean>): Promise<void> {
    const body = this.#options.pack(spans);
    let rejected = 0;
    const attempt = async () => {
      const answer = await this.#options.sender.send(body, this.#options.timeoutMs, signal);
      rejected = answer.rejected ?? 0;
      return answer;
    };
    const end = await deliver(attempt, {
      expiresAt: Date.now() + EXPIRY_MS,
      backoff: this.#options.backoff ?? usualBackoff,
      wait,
      failed: (kind, reply) => {
        if (kind === "invalid") this.#state.refused(outcomeTable[kind].code, reply.message);
        else this.#state.failed(outcomeTable[kind].code, reply.message);
      },
    });
    this.exports++;
    if (end === null) {
      this.#state.succeeded();
      this.sent += spans.length - rejected;
      this.lost("span_rejected", rejected);
      this.#settle(spans.length);
    } else this.#settle(spans.length, end.code);
    this.#options.room();
  }

  #settle(spans: number, code?: string): void {
    this.#outstanding -= spans;
    if (code !== undefined) this.lost(`span_${code.replace("ERR_", "").toLowerCase()}`, spans);
  }
}
