// How do the spans of one target get from its ring into a capture and to a collector? No faster than there is room for them.
// SPDX-License-Identifier: MPL-2.0

import type { CaptureWriter } from "../../capture/writer.js";
import type { LabelSets } from "../../model/label-sets.js";
import { normalLabels } from "../../model/labels.js";
import type { SpanBatch } from "../../model/spans.js";
import { targetFacts, targetResource } from "../../output/otlp/resource.js";
import { openSender } from "../../output/otlp/sender.js";
import { signalSettings } from "../../output/otlp/settings.js";
import { type SpanAccount, SpanOutput } from "../../output/otlp/spans.js";
import { type Attributes, exportRequest, SpanEncoder, type SpanFacts } from "../../traces/encoder.js";
import { spanLine } from "../../traces/lines.js";
import { traceParent } from "../../traces/trace-parent.js";
import { traceState } from "../../traces/trace-state.js";
import type { TargetParts } from "./opening.js";

const BATCH = 2000;
/** Without a collector nothing holds the capture back. */
const CAPTURE_ROOM = 20_000;
/** Of what is left at the end, one export that has begun may take so long. */
const GRACE_MS = 500;

export class SpanStream {
  readonly #parts: TargetParts;
  readonly #facts: SpanFacts;
  readonly #encoder: SpanEncoder;
  readonly #output: SpanOutput | null;
  readonly #capture: CaptureWriter | null;
  readonly #account: SpanAccount;
  readonly #lost: Record<string, number> = {};
  readonly #console: boolean;
  #closed = false;
  #taken = 0;

  static async open(parts: TargetParts, labels: LabelSets, account: SpanAccount): Promise<SpanStream> {
    const resource = targetResource({
      facts: targetFacts(parts.first.state, parts.topology.facts),
      serviceName: parts.config.tracerName,
      tags: normalLabels(Object.entries(parts.config.tags)),
      version: parts.request.version,
    });
    return new SpanStream(parts, labels, resource.attributes as Attributes, account);
  }

  private constructor(parts: TargetParts, labels: LabelSets, resource: Attributes, account: SpanAccount) {
    const { topology, first, capture, request, clock } = parts;
    this.#parts = parts;
    this.#capture = capture;
    this.#facts = {
      hop: (pad, peer) => hopAttributes(parts, labels, pad, peer),
      threadName: (id) => topology.threadName(id),
      flowNames: request.native.constants.flowNames,
      offsetNs: clock.offsetNs(),
      beganNs: first.state.createdMonoNs,
      state: traceState(first.state.spanThreshold),
      link: traceParent(topology.facts.get("TRACEPARENT") ?? ""),
    };
    this.#encoder = new SpanEncoder(this.#facts);
    this.#account = {
      sent: (n) => account.sent(n),
      lost: (reason, n) => {
        account.lost(reason, n);
        if (n > 0) this.#lost[reason] = (this.#lost[reason] ?? 0) + n;
      },
    };
    this.#output = openOutput(parts, resource, this.#account, () => this.pump());
    this.#console = parts.config.tracesExporter.includes("console");
  }

  /** Takes what there is room for. */
  pump(): void {
    for (let left = this.#room(); left > 0 && !this.#closed; left = Math.min(left, this.#room())) {
      const batch = this.#parts.reader.drainSpans(Math.min(BATCH, left));
      if (batch.count === 0) return;
      left -= batch.count;
      this.#take(batch);
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
    const left = this.#closed ? 0 : this.#parts.reader.drainSpans(65_536).count;
    this.#closed = true;
    await this.#output?.close(GRACE_MS);
    if (this.#output !== null) this.#account.lost("span_upload_ended", left);
    if (Object.keys(this.#lost).length > 0) this.#parts.log.warn("traces are incomplete: spans were lost", this.#lost);
  }

  #room(): number {
    return this.#output?.room ?? CAPTURE_ROOM;
  }

  #take(batch: SpanBatch): void {
    this.#taken += batch.count;
    // Ids are published before what carries them.
    this.#parts.topology.add(this.#parts.reader.directory());
    this.#facts.offsetNs = this.#parts.clock.offsetNs();
    let text = "";
    for (let i = 0; i < batch.count; i++) {
      this.#output?.add(this.#encoder.encode(batch, i));
      if (this.#capture !== null || this.#console) text += `${spanLine(batch, i, this.#facts)}\n`;
    }
    if (this.#console) process.stderr.write(text);
    if (text !== "") void this.#capture?.addSpans(text).catch((error: Error) => this.#parts.log.error(error.message));
  }
}

function openOutput(
  { config, request, log }: TargetParts,
  resource: Attributes,
  account: SpanAccount,
  room: () => void,
): SpanOutput | null {
  const settings = signalSettings(config, "traces");
  if (settings === null) return null;
  return new SpanOutput({
    sender: openSender({ ...settings, userAgent: `gst-pyroscope/${request.version}`, log }),
    pack: (spans) => exportRequest(resource, request.version, spans),
    maxQueue: config.spanQueue,
    maxBatch: Math.min(config.spanBatch, config.spanQueue),
    delayMs: config.spanDelay,
    timeoutMs: settings.timeoutMs,
    log,
    room,
    account,
  });
}

function hopAttributes({ topology }: TargetParts, labels: LabelSets, id: number, peer: number) {
  const element = topology.elementOfPad(id);
  const { pipeline, element: name, factory } = labels.labels(labels.numberOf(element?.id ?? 0, 0));
  const pad = topology.pads.get(id);
  const other = topology.pads.get(peer);
  return {
    "gstreamer.pipeline.name": pipeline,
    "gstreamer.element.name": name,
    "gstreamer.element.factory.name": factory,
    "gstreamer.pad.name": pad?.label ?? "",
    "gstreamer.pad.direction": pad?.direction ?? "",
    // As the oteltracer of old had them: of the pad that pushes or pulls, which is the other one.
    element: topology.elementOfPad(peer)?.label ?? "",
    direction: pad === undefined ? "" : pad.direction === "sink" ? "Src" : "Sink",
    "gstreamer.peer.element.name": topology.elementOfPad(peer)?.label ?? "",
    "gstreamer.peer.pad.name": other?.label ?? "",
  };
}
