// How do spans reach a collector? In batches, several under way, each tried until it is taken, refused or too old; every one is counted.
// SPDX-License-Identifier: MPL-2.0

import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, deliver } from "../../delivery/retry.js";
import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { lossOf, type UploadCode, type UploadLoss } from "../../errors.js";
import type { Log } from "../../log.js";
import { halves, type SpanRun, spansIn } from "../../model/span-run.js";
import type { Answer } from "./answers.js";
import type { Sender } from "./sending.js";

export interface SpanOutputOptions {
  /** It joins them. */
  servers?: Reporting | undefined;
  sender: Sender;
  /** Packs the spans of several runs into one export. */
  pack: (runs: readonly Uint8Array[]) => Uint8Array;
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
  spans: SpanRun[];
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
  #waiting: SpanRun[] = [];
  #spans = 0;
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
      dropped: ({ spans }) => this.#countLost(spansIn(spans), "ERR_UPLOAD_ENDED"),
    });
  }

  /** How many spans may be added now. */
  get room(): number {
    const { maxQueue, maxBatch } = this.#options;
    return Math.max(0, maxQueue + PARALLEL * maxBatch - this.#outstanding);
  }

  add(spans: SpanRun): void {
    this.#outstanding += spans.count;
    for (let rest = spans; rest.count > 0; ) {
      const part = rest.first(this.#options.maxBatch - this.#spans, EXPORT_BYTES - this.#bytes);
      this.#waiting.push(part);
      this.#spans += part.count;
      this.#bytes += part.length;
      if (this.#spans >= this.#options.maxBatch || this.#bytes >= EXPORT_BYTES) this.#cut();
      rest = rest.slice(part.count);
    }
    if (this.#spans > 0) this.#timer ??= setTimeout(() => this.#cut(), this.#options.delayMs).unref();
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
    this.#spans = 0;
    this.#bytes = 0;
  }

  async #deliver(batch: Batch, context: DeliveryContext): Promise<void> {
    await this.#export(batch, batch.spans, context);
    this.#options.room();
  }

  async #export(batch: Batch, runs: readonly SpanRun[], context: DeliveryContext): Promise<void> {
    const { sender, pack, timeoutMs, backoff } = this.#options;
    const spans = spansIn(runs);
    const body = pack(runs.map(({ bytes }) => bytes));
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
      return;
    }
    if (answer.tooLarge && spans === 1) batch.refusedAlone++;
    if (!answer.tooLarge || spans === 1) return this.#countLost(spans, end.code);
    for (const part of halves(runs))
      if (batch.refusedAlone < HOPELESS_ALONE) await this.#export(batch, part, context);
      else this.#countLost(spansIn(part), end.code);
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
