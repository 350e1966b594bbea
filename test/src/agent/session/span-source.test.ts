// Is every span of the ring encoded with the names of both its ends, also when these were published with it?
import { beforeEach, describe, expect, it } from "vitest";
import { SpanSource } from "../../../../src/agent/session/span-source.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import type { DirectoryEntry } from "../../../../src/model/batch.js";
import { LabelSets } from "../../../../src/model/label-sets.js";
import { Topology } from "../../../../src/model/topology.js";
import { exportRequest } from "../../../../src/traces/encoder.js";
import { traceState } from "../../../../src/traces/trace-state.js";
import { stateOf } from "../../../helpers/cells.js";
import { Entries } from "../../../helpers/entries.js";
import { exportTraces } from "../../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../../helpers/protobuf.js";
import { type SpanRow, spansOf } from "../../../helpers/spans.js";

const entries = new Entries();
const pipeline = entries.pipeline("p");
const enc = entries.element(pipeline, "h264enc0", "h264enc");
const src = entries.element(pipeline, "camera", "v4l2src");
const sinkPad = entries.pad(enc, "sink", "sink", "sink");
const srcPad = entries.pad(src, "src", "src", "src");
const thread = entries.thread("camera:src");

let ring: SpanRow[];
let directory: DirectoryEntry[];
let offsetNs: bigint;
let asked: number[];
let spanThreshold: bigint;
beforeEach(() => {
  ring = [];
  directory = entries.all;
  offsetNs = 1_700_000_000_000_000_000n;
  asked = [];
  spanThreshold = 0n;
});

function open(facts: Record<string, string> = {}) {
  const topology = new Topology();
  for (const [name, value] of Object.entries(facts)) topology.facts.set(name, value);
  const reader = {
    drainSpans: (most: number) => {
      asked.push(most);
      return spansOf(ring.splice(0, most));
    },
    directory: () => directory.splice(0),
    state: () => stateOf({ spanThreshold }),
  };
  directory = [...directory];
  const clock = { offsetNs: () => offsetNs };
  const first = { state: stateOf({ createdMonoNs: 5000, spanThreshold }) };
  return new SpanSource({ topology, reader, clock, first } as unknown as TargetParts, new LabelSets(topology));
}

/** As a collector reads it. */
function read(encoded: Uint8Array[]): Message[] {
  const { resourceSpans } = decodeMessage(exportRequest({}, "0", encoded), exportTraces);
  return resourceSpans[0].scopeSpans[0].spans;
}
const attributesOf = (span: Message | undefined) =>
  Object.fromEntries(span?.attributes.map(({ key, value }: Message) => [key, Object.values(value)[0]]));

describe("a span", () => {
  it("has the names that the same look at the directory brought", () => {
    ring = [{ pad: sinkPad, peer: srcPad, thread, startNs: 6000, durationNs: 10 }];
    const { count, encoded, lines } = open().take(10, false);
    expect([count, encoded.length, lines]).toEqual([1, 1, ""]);
    expect(attributesOf(read(encoded)[0])).toMatchObject({
      "gstreamer.pipeline.name": "p",
      "gstreamer.element.name": "h264enc0",
      "gstreamer.element.factory.name": "h264enc",
      "gstreamer.pad.name": "sink",
      "gstreamer.pad.direction": "sink",
      "gstreamer.peer.element.name": "camera",
      "gstreamer.peer.pad.name": "src",
      "thread.name": "camera:src",
      ...{ element: "camera", direction: "Src" },
    });
  });

  it("of a pull is of the source pad, and its other end is the one that asked", () => {
    ring = [{ pad: srcPad, peer: sinkPad }];
    expect(attributesOf(read(open().take(10, false).encoded)[0])).toMatchObject({
      "gstreamer.element.name": "camera",
      "gstreamer.pad.direction": "src",
      ...{ element: "h264enc0", direction: "Sink" },
    });
  });

  it("of pads that nobody named has empty names, and is a span", () => {
    ring = [{ pad: 12_345, peer: 999 }];
    expect(attributesOf(read(open().take(10, false).encoded)[0])).toMatchObject({
      "gstreamer.element.name": "",
      "gstreamer.pad.name": "",
      "gstreamer.peer.pad.name": "",
      ...{ element: "", direction: "" },
    });
  });

  it("says by which ratio it was chosen, also after that was changed", () => {
    const source = open();
    const states = () => {
      ring = [{ startNs: 6000, durationNs: 10 }];
      return read(source.take(10, false).encoded).map((span) => span.state);
    };
    const before = states();
    spanThreshold = 1n << 55n;
    expect([before, states()]).toEqual([[traceState(0n)], [traceState(1n << 55n)]]);
  });

  it("has the time of the wall clock as it is when the span is taken", () => {
    const source = open();
    const begins = () => {
      ring = [{ startNs: 6000, durationNs: 10 }];
      const [span] = read(source.take(10, false).encoded);
      return BigInt(span?.start);
    };
    expect(begins()).toBe(1_700_000_000_000_006_000n);
    offsetNs += 3_600_000_000_000n;
    expect(begins()).toBe(1_700_003_600_000_006_000n);
  });

  it("is linked to the trace that the process was started in, if it was", () => {
    const parent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    ring = [{}];
    const [linked] = read(open({ TRACEPARENT: parent }).take(1, false).encoded);
    expect(linked?.links).toHaveLength(1);
    for (const none of ["", "nonsense"]) {
      ring = [{}];
      expect(read(open({ TRACEPARENT: none }).take(1, false).encoded)[0]?.links ?? []).toHaveLength(0);
    }
  });
});

describe("taking spans", () => {
  it("takes no more than wanted, in their order, with a line of JSON each where that is wanted", () => {
    ring = [1n, 2n, 3n].map((id) => ({ id, pad: sinkPad, startNs: 7000 }));
    const source = open();
    const { count, encoded, lines } = source.take(2, true);
    expect([count, encoded.length, asked]).toEqual([2, 2, [2]]);
    expect(lines.endsWith("\n")).toBe(true);
    const rows = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ span, atNs }) => [span, atNs])).toEqual([
      ["0000000000000001", 2000],
      ["0000000000000002", 2000],
    ]);
    expect(source.take(2, true).count).toBe(1);
  });

  it("does not ask for names when there is nothing to name", () => {
    const source = open();
    const before = directory.length;
    expect(source.take(10, true)).toEqual({ count: 0, encoded: [], lines: "" });
    expect(directory).toHaveLength(before);
  });

  it("can be given up: all that the ring holds is counted", () => {
    const source = open();
    ring = Array.from({ length: 12_000 }, () => ({}));
    expect([source.discard(), source.discard()]).toEqual([12_000, 0]);
  });
});
