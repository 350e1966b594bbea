// How do spans of one target get out of its ring, encoded for a collector and for a capture? The addon writes them; names are ours.
// SPDX-License-Identifier: MPL-2.0

import type { LabelSets } from "../../model/label-sets.js";
import { SpanRun } from "../../model/span-run.js";
import type { SpanFacts } from "../../model/spans.js";
import type { Topology } from "../../model/topology.js";
import { spanKinds } from "../../model/wire.js";
import { type Attributes, linkMessage, spanAttributes } from "../../traces/attributes.js";
import { traceParent } from "../../traces/trace-parent.js";
import { traceState } from "../../traces/trace-state.js";
import type { SpanPath, TakenSpans } from "./sample-path.js";
import type { TargetParts } from "./target-request.js";

/** More than a ring holds. */
const ALL = 65_536;
/** A larger buffer, for names that are very long, is used once. */
const KEPT_BYTES = 2 << 20;
const NOTHING: TakenSpans = { spans: new SpanRun(new Uint8Array(), new Uint32Array()), lines: "" };

export class SpanSource implements SpanPath {
  readonly #parts: TargetParts;
  readonly #labels: LabelSets;
  /** Of the spans that were taken last. */
  #buffer = Buffer.alloc(0);
  readonly #constant: Pick<SpanFacts, "beganNs" | "link">;

  constructor(parts: TargetParts, labels: LabelSets) {
    this.#parts = parts;
    this.#labels = labels;
    const link = linkMessage(traceParent(parts.topology.facts.get("TRACEPARENT") ?? ""));
    this.#constant = { beganNs: parts.first.state.createdMonoNs, link };
  }

  take(most: number, wantsLines: boolean): TakenSpans {
    const { reader, topology, clock } = this.#parts;
    const { count, hops, threads } = reader.takeSpans(most);
    if (count === 0) return NOTHING;
    // Ids are published before what carries them.
    topology.add(reader.directory());
    this.#nameHops(hops);
    this.#nameThreads(threads);
    const state = traceState(reader.state().spanThreshold);
    const facts = { ...this.#constant, offsetNs: clock.offsetNs(), state, lines: wantsLines };
    const { ends, lines } = reader.encodeSpans(facts);
    return { spans: new SpanRun(this.#copied(ends.at(-1) ?? 0), ends), lines };
  }

  /** What encodeSpans() wrote. */
  #copied(bytes: number): Uint8Array {
    if (bytes > this.#buffer.length || this.#buffer.length > KEPT_BYTES)
      this.#buffer = Buffer.allocUnsafeSlow(2 * bytes);
    this.#parts.reader.copySpans(this.#buffer);
    return this.#buffer;
  }

  discard(): number {
    return this.#parts.reader.takeSpans(ALL).count;
  }

  #nameHops(hops: Uint32Array): void {
    const { reader, topology } = this.#parts;
    for (let i = 0; i < hops.length; i += 3) {
      const [pad = 0, peer = 0, kind = 0] = hops.subarray(i, i + 3);
      const attributes = hopAttributes(topology, this.#labels, pad, peer);
      reader.nameHop(pad, peer, kind, spanAttributes({ "gstreamer.pad.kind": spanKinds[kind] ?? "", ...attributes }));
    }
  }

  /** Whose name is not known yet is asked for again. */
  #nameThreads(threads: Uint32Array): void {
    const { reader, topology } = this.#parts;
    for (const thread of threads) {
      const name = topology.threadName(thread);
      if (name !== "") reader.nameThread(thread, spanAttributes({ "thread.name": name }), JSON.stringify(name));
    }
  }
}

function hopAttributes(topology: Topology, labels: LabelSets, id: number, peer: number): Attributes {
  const { pipeline, element, factory } = labels.ofElement(topology.elementOfPad(id)?.id ?? 0);
  const pad = topology.pads.get(id);
  const other = topology.pads.get(peer);
  return {
    "gstreamer.pipeline.name": pipeline,
    "gstreamer.element.name": element,
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
