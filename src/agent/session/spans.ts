// How do the spans of one target get from its ring into a capture and to a collector? No faster than there is room for them.
// SPDX-License-Identifier: MPL-2.0

import { openSender } from "../../output/otlp/sender.js";
import { signalSettings } from "../../output/otlp/settings.js";
import { SpanOutput } from "../../output/otlp/spans.js";
import type { Attributes } from "../../traces/attributes.js";
import { requestHead } from "../../traces/request.js";
import type { Losses } from "./losses.js";
import { resourceOf } from "./resource.js";
import type { SpanPath, TakenSpans } from "./sample-path.js";
import type { Sink } from "./sink.js";
import type { TargetParts } from "./target-request.js";

const BATCH = 2000;
/** Without a collector nothing holds the capture back. */
const CAPTURE_ROOM = 20_000;
/** Lines that wait for the disk, characters: more are not made, so that a disk that is slow holds back nothing but the capture. */
const MOST_UNWRITTEN = 8 << 20;
/** Of what is left at the end, one export that has begun may take so long. */
const GRACE_MS = 500;

export class SpanStream implements Sink {
  readonly #parts: TargetParts;
  readonly #path: SpanPath;
  readonly #losses: Losses;
  readonly #output: SpanOutput | null;
  readonly #console: boolean;
  #closed = false;
  #taken = 0;
  #unwritten = 0;

  constructor(parts: TargetParts, path: SpanPath, losses: Losses) {
    this.#parts = parts;
    this.#path = path;
    this.#losses = losses;
    this.#output = openOutput(parts, losses, () => this.pump());
    this.#console = parts.config.tracesExporter.includes("console");
  }

  /** Takes what there is room for. */
  pump(): void {
    for (let left = this.#room(); left > 0 && !this.#closed; left = Math.min(left, this.#room())) {
      const taken = this.#path.take(Math.min(BATCH, left), this.#console || this.#isWritten());
      if (taken.spans.count === 0) return;
      left -= taken.spans.count;
      this.#send(taken);
    }
  }

  async flush(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let taken = -1; performance.now() < end && taken !== this.#taken; ) {
      taken = this.#taken;
      this.pump();
      if (!(await (this.#output?.flush(end - performance.now()) ?? true))) return;
    }
  }

  /** After the target's end, or when we leave. */
  async close(ms: number): Promise<void> {
    await this.flush(Math.max(0, ms - GRACE_MS));
    const left = this.#closed ? 0 : this.#path.discard();
    this.#closed = true;
    await this.#output?.close(GRACE_MS);
    if (this.#output !== null) this.#losses.lost("span_upload_ended", left);
    const lost = this.#losses.ofSpans();
    if (Object.keys(lost).length > 0) this.#parts.log.warn("traces are incomplete: spans were lost", lost);
  }

  #room(): number {
    return this.#output?.room ?? CAPTURE_ROOM;
  }

  #send({ spans, lines }: TakenSpans): void {
    this.#taken += spans.count;
    this.#output?.add(spans);
    if (this.#console) process.stderr.write(lines);
    if (this.#isWritten()) void this.#write(lines);
    else this.#parts.capture?.dropSpans(spans.count);
  }

  #isWritten(): boolean {
    return this.#parts.capture !== null && this.#unwritten < MOST_UNWRITTEN;
  }

  async #write(lines: string): Promise<void> {
    const { capture, log } = this.#parts;
    this.#unwritten += lines.length;
    await capture?.addSpans(lines).catch((error: Error) => log.error(error.message));
    this.#unwritten -= lines.length;
  }
}

function openOutput(parts: TargetParts, losses: Losses, room: () => void): SpanOutput | null {
  const { config, request, log } = parts;
  const settings = signalSettings(config, "traces");
  if (settings === null) return null;
  const { channels } = request.services;
  const resource = resourceOf(parts).attributes as Attributes;
  return new SpanOutput({
    servers: parts.servers,
    sender: openSender({ ...settings, userAgent: `gst-pyroscope/${request.version}`, log, channels }),
    head: requestHead(resource, request.version),
    maxQueue: config.spanQueue,
    maxBatch: Math.min(config.spanBatch, config.spanQueue),
    delayMs: config.spanDelay,
    timeoutMs: settings.timeoutMs,
    log,
    room,
    account: losses,
  });
}
