// Is every span of the ring encoded with the names of both its ends, also when these were published with it?
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TakenSpans } from "../../../../src/agent/session/sample-path.js";
import { flowNames } from "../../../../src/model/wire.js";
import { loadNative, type SegmentReader } from "../../../../src/native.js";
import { requestHead } from "../../../../src/traces/request.js";
import { traceState } from "../../../../src/traces/trace-state.js";
import { Entries } from "../../../helpers/entries.js";
import { exportTraces } from "../../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../../helpers/protobuf.js";
import { SegmentTarget } from "../../../helpers/segment-target.js";
import { type Around, spanSource } from "../../../helpers/span-source.js";
import { type SpanRow, spanRecord, writeSpans } from "../../../helpers/spans.js";

const native = loadNative();
const entries = new Entries();
const pipeline = entries.pipeline("p");
const enc = entries.element(pipeline, "h264enc0", "h264enc");
const src = entries.element(pipeline, "camera", "v4l2src");
const sinkPad = entries.pad(enc, "sink", "sink", "sink");
const srcPad = entries.pad(src, "src", "src", "src");
const thread = entries.thread("camera:src");

let target: SegmentTarget;
let reader: SegmentReader;
let around: Around;
beforeEach(async () => {
  target = await SegmentTarget.startWithSpans();
  reader = native.attach({ pid: target.pid, fd: target.fd });
  around = { directory: [...entries.all], offsetNs: 1_700_000_000_000_000_000n, spanThreshold: 0n };
});
afterEach(() => {
  reader.close();
  return target.end("SIGKILL");
});

const put = (...rows: SpanRow[]): Promise<void> => writeSpans(target, rows.map(spanRecord));
const open = (facts: Record<string, string> = {}) => spanSource(reader, around, facts);

/** As a collector reads it. */
function read({ spans }: TakenSpans): Message[] {
  const { resourceSpans } = decodeMessage(
    Buffer.concat([requestHead({}, "0")(spans.length), spans.bytes]),
    exportTraces,
  );
  return resourceSpans[0].scopeSpans[0].spans;
}
const attributesOf = (span: Message | undefined) =>
  Object.fromEntries(span?.attributes.map(({ key, value }: Message) => [key, Object.values(value)[0]]));
/** Of a source that was just opened. */
const readFirst = async (...rows: SpanRow[]): Promise<Message[]> => {
  await put(...rows);
  return read(open().take(1000, false));
};

describe("a span", () => {
  it("has the names that the same look at the directory brought", async () => {
    await put({ pad: sinkPad, peer: srcPad, thread, startNs: 6000, durationNs: 10 });
    const taken = open().take(10, false);
    expect([taken.spans.count, taken.lines]).toEqual([1, ""]);
    expect(attributesOf(read(taken)[0])).toMatchObject({
      "gstreamer.pipeline.name": "p",
      "gstreamer.element.name": "h264enc0",
      "gstreamer.element.factory.name": "h264enc",
      "gstreamer.pad.name": "sink",
      "gstreamer.pad.direction": "sink",
      "gstreamer.pad.kind": "push",
      "gstreamer.peer.element.name": "camera",
      "gstreamer.peer.pad.name": "src",
      "thread.name": "camera:src",
      ...{ element: "camera", direction: "Src" },
    });
  });

  it("of a pull is of the source pad, and its other end is the one that asked", async () => {
    const [span] = await readFirst({ pad: srcPad, peer: sinkPad, kind: 3 });
    expect(attributesOf(span)).toMatchObject({
      "gstreamer.element.name": "camera",
      "gstreamer.pad.direction": "src",
      "gstreamer.pad.kind": "pull",
      ...{ element: "h264enc0", direction: "Sink" },
    });
  });

  it("of pads that nobody named has empty names, and is a span", async () => {
    const [span] = await readFirst({ pad: 12_345, peer: 999 });
    expect(attributesOf(span)).toMatchObject({
      "gstreamer.element.name": "",
      "gstreamer.pad.name": "",
      "gstreamer.peer.pad.name": "",
      ...{ element: "", direction: "" },
    });
  });

  it("has every field that a strict reader of OTLP knows, and no other", async () => {
    const [span] = await readFirst({
      ...{ trace: (0xabn << 64n) + 0xcdn, id: 0xefn, parent: 0x10n, startNs: 7000, durationNs: 300, pts: 40 },
      ...{ bytes: 2 ** 40, pad: sinkPad, peer: srcPad, thread, tid: 999, buffers: 8, kind: 2, flow: 5, flags: 3 },
    });
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect([hex(span?.trace), hex(span?.span), hex(span?.parent)]).toEqual([
      ...["00000000000000ab00000000000000cd", "00000000000000ef", "0000000000000010"],
    ]);
    expect(span).toMatchObject({
      ...{ name: "PadPush", kind: 1, start: 1_700_000_000_000_007_000n, end: 1_700_000_000_000_007_300n },
      ...{ flags: 0x301, links: [], status: { code: 2 } },
    });
    expect(span?.state).toBeUndefined();
    expect(attributesOf(span)).toMatchObject({
      ...{ "gstreamer.pad.kind": "push-list", "gstreamer.flow.return": "error", "error.type": "error" },
      ...{ "gstreamer.buffer.size": 2 ** 40, "gstreamer.buffer.count": 8, "gstreamer.buffer.pts": 40 },
      ...{ "thread.id": 999, "gstreamer.slow": true, "pyroscope.profile.id": "00000000000000ef" },
    });
  });

  it("has the name of its return", async () => {
    const spans = await readFirst(...flowNames.map((_, flow) => ({ flow })));
    expect(spans.map((span) => attributesOf(span)["gstreamer.flow.return"])).toEqual([...flowNames]);
  });

  it("says by which ratio it was chosen, also after that was changed", async () => {
    const source = open();
    const states = async () => {
      await put({ startNs: 6000, durationNs: 10 });
      return read(source.take(10, false)).map((span) => span.state);
    };
    const before = await states();
    around.spanThreshold = 1n << 55n;
    expect([before, await states()]).toEqual([[traceState(0n)], [traceState(1n << 55n)]]);
  });

  it("has the time of the wall clock as it is when the span is taken", async () => {
    const source = open();
    const begins = async () => {
      await put({ startNs: 6000, durationNs: 10 });
      return BigInt(read(source.take(10, false))[0]?.start);
    };
    expect(await begins()).toBe(1_700_000_000_000_006_000n);
    around.offsetNs += 3_600_000_000_000n;
    expect(await begins()).toBe(1_700_003_600_000_006_000n);
  });

  it("is linked to the trace that the process was started in, if it was", async () => {
    const parent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    await put({});
    const [linked] = read(open({ TRACEPARENT: parent }).take(1, false));
    expect(linked?.links).toHaveLength(1);
    for (const none of ["", "nonsense"]) {
      await put({});
      expect(read(open({ TRACEPARENT: none }).take(1, false))[0]?.links ?? []).toHaveLength(0);
    }
  });

  it("has the name of a thread that was told after its first span", async () => {
    around.directory = [];
    const source = open();
    const threadNames = async () => {
      await put({ thread });
      return read(source.take(10, false)).map((span) => attributesOf(span)["thread.name"]);
    };
    expect(await threadNames()).toEqual([undefined]);
    around.directory = [...entries.all];
    expect([await threadNames(), await threadNames()]).toEqual([["camera:src"], ["camera:src"]]);
  });
});

describe("taking spans", () => {
  it("takes no more than wanted, in their order, with a line of JSON each where that is wanted", async () => {
    await put(...[1n, 2n, 3n].map((id) => ({ id, pad: sinkPad, startNs: 7000, thread })));
    const source = open();
    const { spans, lines } = source.take(2, true);
    expect(spans.count).toBe(2);
    expect(lines.endsWith("\n")).toBe(true);
    const rows = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => [row.span, row.atNs, row.startUnixNs, row.thread])).toEqual([
      ["0000000000000001", 2000, "1700000000000007000", "camera:src"],
      ["0000000000000002", 2000, "1700000000000007000", "camera:src"],
    ]);
    expect(source.take(2, true).spans.count).toBe(1);
  });

  it("does not ask for names when there is nothing to name", () => {
    const source = open();
    const before = around.directory.length;
    const { spans, lines } = source.take(10, true);
    expect([spans.count, lines]).toEqual([0, ""]);
    expect(around.directory).toHaveLength(before);
  });

  it("can be given up: all that the ring holds is counted", async () => {
    const source = open();
    await put(...Array.from({ length: 12_000 }, () => ({})));
    expect([source.discard(), source.discard()]).toEqual([12_000, 0]);
  });

  it("leaves out what cannot be a span, and counts it", async () => {
    const source = open();
    const before = reader.state().counters.malformed ?? 0;
    await put({ kind: 0 }, { kind: 4 }, { flow: flowNames.length }, { id: 0n }, { id: 7n });
    expect(read(source.take(100, true)).map(({ span }) => Buffer.from(span).readBigUInt64BE())).toEqual([7n]);
    expect(reader.state().counters.malformed).toBe(before + 4);
  });
});
