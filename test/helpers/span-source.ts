// How does a test get at spans of a real ring whose names, clock and settings are its own?

import { SpanSource } from "../../src/agent/session/span-source.js";
import type { TargetParts } from "../../src/agent/session/target-request.js";
import type { DirectoryEntry } from "../../src/model/batch.js";
import { LabelSets } from "../../src/model/label-sets.js";
import { Topology } from "../../src/model/topology.js";
import type { SegmentReader } from "../../src/native.js";
import { stateOf } from "./cells.js";

/** May change while spans are taken; the directory gives each entry once. */
export interface Around {
  directory: DirectoryEntry[];
  offsetNs: bigint;
  spanThreshold: bigint;
}

export function spanSource(
  reader: SegmentReader,
  around: Around,
  facts: Record<string, string> = {},
  createdMonoNs = 5000,
): SpanSource {
  const topology = new Topology();
  for (const [name, value] of Object.entries(facts)) topology.facts.set(name, value);
  const segment: Partial<SegmentReader> = {
    takeSpans: (most) => reader.takeSpans(most),
    nameHop: (...hop) => reader.nameHop(...hop),
    nameThread: (...thread) => reader.nameThread(...thread),
    encodeSpans: (shared) => reader.encodeSpans(shared),
    copySpans: (into) => reader.copySpans(into),
    directory: () => around.directory.splice(0),
    state: () => stateOf({ spanThreshold: around.spanThreshold }),
  };
  const clock = { offsetNs: () => around.offsetNs };
  const first = { state: stateOf({ createdMonoNs, spanThreshold: around.spanThreshold }) };
  return new SpanSource({ topology, reader: segment, clock, first } as unknown as TargetParts, new LabelSets(topology));
}
