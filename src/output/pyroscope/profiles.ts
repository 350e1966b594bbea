// How do profiles reach a Pyroscope server, and how does everybody learn what became of them?
// SPDX-License-Identifier: MPL-2.0

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { judgePush } from "../../delivery/answers.js";
import { outcomeTable } from "../../delivery/outcomes.js";
import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, defaultBackoff, deliver } from "../../delivery/retry.js";
import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { type Credentials, type Endpoint, endpointOf, post } from "../../delivery/transport.js";
import type { UploadCode } from "../../errors.js";
import type { Log } from "../../log.js";
import type { Label } from "../../model/labels.js";
import { pushMessage, seriesLabels } from "./push-message.js";

const zip = promisify(gzip);
const PUSH = "/push.v1.PusherService/Push";
/** Servers refuse what is older than an hour. */
const MAX_AGE_MS = 50 * 60_000;
/** About a quarter of an hour of a busy process. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_PAUSE_MS = 60_000;

export interface PyroscopeOptions {
  /** May have a path prefix and credentials. */
  server: string;
  credentials?: Credentials;
  serviceName: string;
  tags?: Iterable<Label>;
  log: Log;
  /** It joins them. */
  servers?: Reporting | undefined;
  /** These samples were delivered, or given up for the reason told. */
  acknowledged: (samples: number, dropped: UploadCode | null) => void;
  /** Of everything that waits, compressed. */
  maxBytes?: number;
  timeoutMs?: number;
  backoff?: Backoff;
}

/** A profile as cut from a window. */
export interface OutgoingProfile {
  /** pprof, not compressed. */
  bytes: Uint8Array;
  /** As it stands in `bytes`; never changed, so that a server knows a repetition. */
  timeNanos: bigint;
  samples: number;
}

interface Upload {
  readonly bytes: number;
  readonly message: Uint8Array;
  readonly samples: number;
  readonly expiresAt: number;
}

export class PyroscopeOutput {
  readonly #options: PyroscopeOptions;
  readonly #endpoint: Endpoint;
  readonly #labels: Label[];
  readonly #queue: UploadQueue<Upload>;
  readonly #state: ServerState;
  readonly #profiles = new Map<string, number>();
  #packed: Promise<void> = Promise.resolve();
  #pauseMs = 0;

  /** Throws ERR_SERVER_URL. */
  constructor(options: PyroscopeOptions) {
    this.#options = options;
    this.#endpoint = endpointOf(options.server, PUSH, options.credentials);
    this.#labels = seriesLabels(options.serviceName, options.tags ?? [], options.log);
    const { maxBytes = MAX_BYTES } = options;
    const kept = `the latest ${Math.round(maxBytes / 1024)} KiB wait and are tried again`;
    this.#state = new ServerState("profiles", this.#endpoint.shown, kept, options.log);
    options.servers?.push(this.#state);
    this.#queue = new UploadQueue<Upload>({
      maxBytes,
      parallel: 2,
      work: (upload, context) => this.#upload(upload, context),
      dropped: (upload, why) => this.#drop(upload, why === "overflow" ? "ERR_UPLOAD_OVERFLOW" : "ERR_UPLOAD_ENDED"),
    });
  }

  /** Queues a profile; `name` is the first part of its type. Resolves once it is compressed, and takes a tenth of its memory. */
  send(profile: OutgoingProfile, name = "process_cpu"): Promise<void> {
    // One after the other, so that the queue keeps the order and drops the oldest.
    this.#packed = this.#packed
      .then(async () => this.#queue.add(await this.#pack(profile, name)))
      .catch((error: unknown) => {
        this.#state.refused("ERR_UPLOAD_INVALID", String(error));
        this.#drop(profile, "ERR_UPLOAD_INVALID");
      });
    return this.#packed;
  }

  /** Tries to deliver everything now; true when nothing is left. */
  async flush(deadlineMs: number): Promise<boolean> {
    return this.#queue.flush(await this.#packedWithin(deadlineMs));
  }

  /** The last flush; what cannot be delivered in time is given up. */
  async close(deadlineMs: number): Promise<boolean> {
    return this.#queue.close(await this.#packedWithin(deadlineMs));
  }

  /** Waits until all is in the queue; milliseconds that are left of `deadlineMs` then. */
  async #packedWithin(deadlineMs: number): Promise<number> {
    const end = performance.now() + deadlineMs;
    await this.#packed;
    return Math.max(0, end - performance.now());
  }

  /** Bytes that wait, and profiles by what became of them: delivered, or dropped for a reason. */
  stats(): { queueBytes: number; profiles: Record<string, number> } {
    return { queueBytes: this.#queue.bytes, profiles: Object.fromEntries(this.#profiles) };
  }

  async #pack({ bytes, timeNanos, samples }: OutgoingProfile, name: string): Promise<Upload> {
    // Compressed inside the message: forwarders hand the bytes on as they are.
    const message = pushMessage([["__name__", name], ...this.#labels], await zip(bytes));
    return { bytes: message.length, message, samples, expiresAt: Number(timeNanos / 1_000_000n) + MAX_AGE_MS };
  }

  async #upload(upload: Upload, context: DeliveryContext): Promise<void> {
    const { timeoutMs = 10_000, backoff = defaultBackoff } = this.#options;
    const request = { contentType: "application/proto", timeoutMs, signal: context.signal };
    const delivery = await deliver(async () => judgePush(await post(this.#endpoint, upload.message, request)), {
      expiresAt: upload.expiresAt,
      backoff,
      wait: context.wait,
      failed: (kind, { message }) => {
        if (kind === "invalid" || !context.signal.aborted) this.#state.tried(kind, message);
      },
    });
    if (delivery === null) {
      this.#state.succeeded();
      this.#pauseMs = 0;
      this.#count("delivered");
      this.#options.acknowledged(upload.samples, null);
      return;
    }
    this.#drop(upload, delivery.code);
    if (!outcomeTable[delivery.kind].pause) return;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(backoff.firstMs, 2 * this.#pauseMs));
    await context.wait(this.#pauseMs);
  }

  #drop(upload: { samples: number }, code: UploadCode): void {
    this.#count(code);
    this.#options.acknowledged(upload.samples, code);
  }

  #count(outcome: string): void {
    this.#profiles.set(outcome, (this.#profiles.get(outcome) ?? 0) + 1);
  }
}
