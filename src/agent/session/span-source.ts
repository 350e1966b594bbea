// How do spans of one target get out of its ring, encoded for a collector and for a capture?
// SPDX-License-Identifier: MPL-2.0

import type { LabelSets } from "../../model/label-sets.js";
import type { Topology } from "../../model/topology.js";
import { type Attributes, SpanEncoder, type SpanFacts } from "../../traces/encoder.js";
import { spanLine } from "../../traces/lines.js";
import { traceParent } from "../../traces/trace-parent.js";
import { traceState } from "../../traces/trace-state.js";
import type { SpanPath, TakenSpans } from "./sample-path.js";
import type { TargetParts } from "./target-request.js";

/** More than a ring holds. */
const ALL = 65_536;

export class SpanSource implements SpanPath {
  readonly #parts: TargetParts;
  readonly #facts: SpanFacts;
  readonly #encoder: SpanEncoder;

  constructor(parts: TargetParts, labels: LabelSets) {
    const { topology, first, clock } = parts;
    this.#parts = parts;
    this.#facts = {
      hop: (pad, peer) => hopAttributes(topology, labels, pad, peer),
      threadName: (id) => topology.threadName(id),
      offsetNs: clock.offsetNs(),
      beganNs: first.state.createdMonoNs,
      state: traceState(first.state.spanThreshold),
      link: traceParent(topology.facts.get("TRACEPARENT") ?? ""),
    };
    this.#encoder = new SpanEncoder(this.#facts);
  }

  take(most: number, wantsLines: boolean): TakenSpans {
    const { reader, topology, clock } = this.#parts;
    const batch = reader.drainSpans(most);
    const taken: TakenSpans = { count: batch.count, encoded: [], lines: "" };
    if (batch.count === 0) return taken;
    // Ids are published before what carries them.
    topology.add(reader.directory());
    this.#facts.offsetNs = clock.offsetNs();
    this.#facts.state = traceState(reader.state().spanThreshold);
    for (let i = 0; i < batch.count; i++) {
      taken.encoded.push(this.#encoder.encode(batch, i));
      if (wantsLines) taken.lines += `${spanLine(batch, i, this.#facts)}\n`;
    }
    return taken;
  }

  discard(): number {
    return this.#parts.reader.drainSpans(ALL).count;
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
