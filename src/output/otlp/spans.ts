// How do spans reach a collector? In batches, several under way, each tried until it is taken, refused or too old; every one is counted.
// SPDX-License-Identifier: MPL-2.0

import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, deliver } from "../../delivery/retry.js";
import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { lossOf, type UploadCode, type UploadLoss } from "../../errors.js";
import type { Log } from "../../log.js";
import { BufferPool } from "../../model/buffer-pool.js";
import type { RequestHead, SpanRun } from "../../model/span-run.js";

import type { Answer } from "./answers.js";
import type { Sender } from "./sending.js";
import { SpanBatch } from "./span-batch.js";

export interface SpanOutputOptions {
  /** It joins them. */
  servers?: Reporting | undefined;
  sender: Sender;
  /** Of each export. */
  head: RequestHead;
  maxQueue: number;
  /** No more than maxQueue. */
  maxBatch: number;
  delayMs: number;
  timeoutMs: number;
  log: Log;
  /** There is room again. */
  room: () => void;
  account: SpanAccount;
  backoff?: Backoff;
}

/** Who counts what became of the spans. */
export interface SpanAccount {
  sent(spans: number): void;
  lost(name: "span_rejected" | `span_${UploadLoss}`, spans: number): void;
}

const PARALLEL = 4;
/** Collectors commonly refuse more than 4 MiB. */
const EXPORT_BYTES = 3 << 20;
/** More than the queue ever holds: what does not fit waits in the ring, which counts what it drops. */
const MAX_BYTES = 1 << 30;
/** Buffers of exports: of one that is filled, and of those under way. Larger ones are rare. */
const KEPT = { buffers: PARALLEL + 1, bytes: 1 << 20 };
const EXPIRY_MS = 300_000;
/** Collectors say the same where a quota is used up: then no part is small enough, and each request is one too many. */
const HOPELESS_ALONE = 2;
const usualBackoff: Backoff = { firstMs: 500, maxMs: 5000 };

export class SpanOutput {
  readonly #options: SpanOutputOptions;
  readonly #queue: UploadQueue<SpanBatch>;
  readonly #state: ServerState;
  readonly #buffers = new BufferPool(KEPT);
  #filled: SpanBatch | undefined;
  #outstanding = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SpanOutputOptions) {
    this.#options = options;
    const kept = `up to ${options.maxQueue} spans wait and are tried again`;
    this.#state = new ServerState("traces", options.sender.shown, kept, options.log);
    options.servers?.push(this.#state);
    this.#queue = new UploadQueue<SpanBatch>({
      maxBytes: MAX_BYTES,
      parallel: PARALLEL,
      work: (batch, context) => this.#deliver(batch, context),
      dropped: ({ count }) => this.#countLost(count, "ERR_UPLOAD_ENDED"),
    });
  }

  /** How many spans may be added now. */
  get room(): number {
    const { maxQueue, maxBatch } = this.#options;
    return Math.max(0, maxQueue + PARALLEL * maxBatch - this.#outstanding);
  }

  /** The spans are copied. */
  add(spans: SpanRun): void {
    const { maxBatch, head, delayMs } = this.#options;
    this.#outstanding += spans.count;
    for (let rest = spans; rest.count > 0; ) {
      this.#filled ??= new SpanBatch(this.#buffers, head);
      const part = rest.first(maxBatch - this.#filled.count, EXPORT_BYTES - this.#filled.bytes);
      this.#filled.add(part);
      if (this.#filled.count >= maxBatch || this.#filled.bytes >= EXPORT_BYTES) this.#cut();
      rest = rest.slice(part.count);
    }
    if (this.#filled !== undefined) this.#timer ??= setTimeout(() => this.#cut(), delayMs).unref();
  }

  /** True: in time every span was sent, or counted as lost. */
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

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#filled;
    this.#filled = undefined;
    if (batch !== undefined) this.#queue.add(batch);
  }

  async #deliver(batch: SpanBatch, context: DeliveryContext): Promise<void> {
    const isTaken = await this.#export(batch, 0, batch.count, context);
    // A request that was given up may still be read by what sends it.
    if (isTaken) batch.release();
    this.#options.room();
  }

  /** The spans from this one to before that one. True: the collector has all of them from one request. */
  async #export(batch: SpanBatch, from: number, to: number, context: DeliveryContext): Promise<boolean> {
    const { sender, timeoutMs, backoff } = this.#options;
    const spans = to - from;
    const body = batch.request(from, to);
    let answer: Answer = { status: 0, message: "" };
    let begun = 0;
    const attempt = async () => {
      begun = this.#state.begin();
      answer = await sender.send(body, timeoutMs, context.signal);
      return answer;
    };
    const end = await deliver(attempt, {
      now: () => performance.now(),
      expiresAt: performance.now() + EXPIRY_MS,
      backoff: backoff ?? usualBackoff,
      wait: context.wait,
      failed: (kind, { message }) => {
        const again = answer.tooLarge === true && spans > 1;
        if (kind !== "invalid" || !again) this.#state.tried(kind, message, begun);
      },
    });
    if (end === null) {
      batch.refusedAlone = 0;
      this.#taken(spans, answer);
      return true;
    }
    if (answer.tooLarge && spans === 1) batch.refusedAlone++;
    if (!answer.tooLarge || spans === 1) this.#countLost(spans, end.code);
    else await this.#exportHalves(batch, from, to, { context, code: end.code });
    return false;
  }

  async #exportHalves(
    batch: SpanBatch,
    from: number,
    to: number,
    { context, code }: { context: DeliveryContext; code: UploadCode },
  ): Promise<void> {
    const middle = from + ((to - from) >> 1);
    for (const [begin, end] of [
      [from, middle],
      [middle, to],
    ] as const)
      if (batch.refusedAlone < HOPELESS_ALONE) await this.#export(batch, begin, end, context);
      else this.#countLost(end - begin, code);
  }

  #taken(spans: number, { rejected: refused = 0, message }: Answer): void {
    const rejected = Math.min(spans, refused);
    this.#state.succeeded();
    if (rejected > 0) this.#state.refused("ERR_UPLOAD_INVALID", message || "some spans were not taken");
    this.#options.account.sent(spans - rejected);
    this.#options.account.lost("span_rejected", rejected);
    this.#outstanding -= spans;
  }

  #countLost(spans: number, code: UploadCode): void {
    this.#outstanding -= spans;
    this.#options.account.lost(`span_${lossOf(code)}`, spans);
  }
}
