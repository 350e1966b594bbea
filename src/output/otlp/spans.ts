// How do spans reach a collector? In batches, several under way, each tried until it is taken, refused or too old; every one is counted.
// SPDX-License-Identifier: MPL-2.0

import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, deliver } from "../../delivery/retry.js";
import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { lossOf, type UploadCode, type UploadLoss } from "../../errors.js";
import type { Log } from "../../log.js";
import type { Answer } from "./answers.js";
import type { Sender } from "./sending.js";

export interface SpanOutputOptions {
  /** It joins them. */
  servers?: Reporting | undefined;
  sender: Sender;
  /** Packs spans into one export. */
  pack: (spans: readonly Uint8Array[]) => Uint8Array;
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

interface Batch {
  bytes: number;
  spans: Uint8Array[];
  /** Spans that were refused one by one as too large since one was taken. */
  refusedAlone: number;
}

const PARALLEL = 4;
/** Collectors commonly refuse more than 4 MiB. */
const EXPORT_BYTES = 3 << 20;
/** More than the queue ever holds: what does not fit waits in the ring, which counts what it drops. */
const MAX_BYTES = 1 << 30;
const EXPIRY_MS = 300_000;
/** Collectors say the same where a quota is used up: then no part is small enough, and each request is one too many. */
const HOPELESS_ALONE = 2;
const usualBackoff: Backoff = { firstMs: 500, maxMs: 5000 };

export class SpanOutput {
  readonly #options: SpanOutputOptions;
  readonly #queue: UploadQueue<Batch>;
  readonly #state: ServerState;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #outstanding = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SpanOutputOptions) {
    this.#options = options;
    const kept = `up to ${options.maxQueue} spans wait and are tried again`;
    this.#state = new ServerState("traces", options.sender.shown, kept, options.log);
    options.servers?.push(this.#state);
    this.#queue = new UploadQueue<Batch>({
      maxBytes: MAX_BYTES,
      parallel: PARALLEL,
      work: (batch, context) => this.#deliver(batch, context),
      dropped: ({ spans }) => this.#countLost(spans.length, "ERR_UPLOAD_ENDED"),
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
    this.#bytes += span.length;
    if (this.#waiting.length >= this.#options.maxBatch || this.#bytes >= EXPORT_BYTES) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), this.#options.delayMs).unref();
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
    const spans = this.#waiting;
    if (spans.length === 0) return;
    this.#queue.add({ bytes: this.#bytes, spans, refusedAlone: 0 });
    this.#waiting = [];
    this.#bytes = 0;
  }

  async #deliver(batch: Batch, context: DeliveryContext): Promise<void> {
    await this.#export(batch, batch.spans, context);
    this.#options.room();
  }

  async #export(batch: Batch, spans: Uint8Array[], context: DeliveryContext): Promise<void> {
    const { sender, pack, timeoutMs, backoff } = this.#options;
    const body = pack(spans);
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
        const again = answer.tooLarge === true && spans.length > 1;
        if (kind !== "invalid" || !again) this.#state.tried(kind, message, begun);
      },
    });
    if (end === null) {
      batch.refusedAlone = 0;
      this.#taken(spans.length, answer);
      return;
    }
    if (answer.tooLarge && spans.length === 1) batch.refusedAlone++;
    if (!answer.tooLarge || spans.length === 1) return this.#countLost(spans.length, end.code);
    const half = spans.length >> 1;
    for (const part of [spans.slice(0, half), spans.slice(half)])
      if (batch.refusedAlone < HOPELESS_ALONE) await this.#export(batch, part, context);
      else this.#countLost(part.length, end.code);
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
