// How do profiles reach a Pyroscope server, and how does everybody learn what became of them?
// SPDX-License-Identifier: MPL-2.0

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { judgePush } from "../../delivery/answers.js";
import { outcomeTable } from "../../delivery/outcomes.js";
import { type DeliveryContext, UploadQueue } from "../../delivery/queue.js";
import { type Backoff, defaultBackoff, deliver } from "../../delivery/retry.js";
import { ServerState } from "../../delivery/server-state.js";
import { type Credentials, type Endpoint, endpointOf, post } from "../../delivery/transport.js";
import type { UploadCode } from "../../errors.js";
import type { Log } from "../../log.js";
import type { LabelName } from "../../model/label-policy.js";
import { type Label, sanitizeLabels } from "../../model/labels.js";
import { pushMessage } from "./push-message.js";

const zip = promisify(gzip);
const PUSH = "/push.v1.PusherService/Push";
const SPY = "gstspy"; // a name of our own: servers bend the function names of those they know
/** Servers refuse what is older than an hour. */
const MAX_AGE_MS = 50 * 60_000;
/** About a quarter of an hour of a busy process. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_PAUSE_MS = 60_000;
/** A series may have 30 label names; the samples bring some of their own. */
const MAX_TAGS = 15;

export interface PyroscopeOptions {
  /** May have a path prefix and credentials. */
  server: string;
  credentials?: Credentials;
  serviceName: string;
  tags?: Iterable<Label>;
  log: Log;
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

export interface PyroscopeStats {
  queueBytes: number;
  /** Profiles delivered, or dropped by reason. */
  profiles: Record<string, number>;
  samplesDropped: Record<string, number>;
}

export class PyroscopeOutput {
  readonly #options: PyroscopeOptions;
  readonly #endpoint: Endpoint;
  readonly #labels: Label[];
  readonly #queue: UploadQueue<Upload>;
  readonly #state: ServerState;
  readonly #profiles = new Map<string, number>();
  readonly #samplesDropped = new Map<string, number>();
  #packed: Promise<void> = Promise.resolve();
  #pauseMs = 0;

  /** Throws ERR_SERVER_URL. */
  constructor(options: PyroscopeOptions) {
    this.#options = options;
    this.#endpoint = endpointOf(options.server, PUSH, options.credentials);
    this.#labels = seriesLabels(options);
    this.#state = new ServerState(
      "profiles",
      this.#endpoint.shown,
      keptText(options.maxBytes ?? MAX_BYTES),
      options.log,
    );
    this.#queue = new UploadQueue<Upload>({
      maxBytes: options.maxBytes ?? MAX_BYTES,
      parallel: 2,
      work: (upload, context) => this.#upload(upload, context),
      dropped: (upload, why) => this.#drop(upload, why === "overflow" ? "ERR_UPLOAD_OVERFLOW" : "ERR_UPLOAD_ENDED"),
    });
  }

  /** Queues a profile; `name` is the first part of its type. */
  send(profile: OutgoingProfile, name = "process_cpu"): void {
    // One after the other, so that the queue keeps the order and drops the oldest.
    this.#packed = this.#packed
      .then(async () => this.#queue.add(await this.#pack(profile, name)))
      .catch((error: unknown) => {
        this.#state.refused("ERR_UPLOAD_INVALID", String(error));
        this.#drop(profile, "ERR_UPLOAD_INVALID");
      });
  }

  /** Tries to deliver everything now; true when nothing is left. */
  async flush(deadlineMs: number): Promise<boolean> {
    const started = performance.now();
    await this.#packed;
    return this.#queue.flush(Math.max(0, deadlineMs - (performance.now() - started)));
  }

  /** The last flush; what cannot be delivered in time is given up. */
  async close(deadlineMs: number): Promise<boolean> {
    const started = performance.now();
    await this.#packed;
    return this.#queue.close(Math.max(0, deadlineMs - (performance.now() - started)));
  }

  stats(): PyroscopeStats {
    return {
      queueBytes: this.#queue.bytes,
      profiles: Object.fromEntries(this.#profiles),
      samplesDropped: Object.fromEntries(this.#samplesDropped),
    };
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
        if (kind === "invalid") this.#state.refused(outcomeTable[kind].code, message);
        else if (!context.signal.aborted) this.#state.failed(outcomeTable[kind].code, message);
      },
    });
    if (delivery === null) {
      this.#state.succeeded();
      this.#pauseMs = 0;
      this.#count(this.#profiles, "delivered", 1);
      this.#options.acknowledged(upload.samples, null);
      return;
    }
    this.#drop(upload, delivery.code);
    if (!outcomeTable[delivery.kind].pause) return;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(backoff.firstMs, 2 * this.#pauseMs));
    await context.wait(this.#pauseMs);
  }

  #drop(upload: { samples: number }, code: UploadCode): void {
    this.#count(this.#profiles, code, 1);
    this.#count(this.#samplesDropped, code, upload.samples);
    this.#options.acknowledged(upload.samples, code);
  }

  #count(counts: Map<string, number>, key: string, n: number): void {
    counts.set(key, (counts.get(key) ?? 0) + n);
  }
}

const keptText = (bytes: number): string => `the latest ${Math.round(bytes / 1024)} KiB wait and are tried again`;

function seriesLabels({ tags = [], serviceName, log }: PyroscopeOptions): Label[] {
  const all = sanitizeLabels(tags);
  if (all.length > MAX_TAGS)
    log.warn("too many tags: the last ones are left out", { tags: all.length, used: MAX_TAGS });
  const own: readonly (readonly [LabelName, string])[] = [
    ["service_name", serviceName],
    ["pyroscope_spy", SPY],
  ];
  return sanitizeLabels([...all.slice(0, MAX_TAGS), ...own]);
}
