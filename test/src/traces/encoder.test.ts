// Does a strict reader of OTLP find every field of a span, and none that should not be there?
import { describe, expect, it } from "vitest";
import { flowNames, SPAN_REMOTE, SPAN_SLOW, SPAN_UNDER_CAP } from "../../../src/model/wire.js";
import { exportRequest, SpanEncoder, type SpanFacts } from "../../../src/traces/encoder.js";
import { exportTraces } from "../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../helpers/protobuf.js";
import { type SpanRow, spansOf } from "../../helpers/spans.js";

const facts = (change: Partial<SpanFacts> = {}): SpanFacts => ({
  hop: (pad, peer) => ({ "gstreamer.pad.name": `pad${pad}`, "gstreamer.peer": peer }),
  threadName: (id) => (id === 0 ? "" : `thread${id}`),
  offsetNs: 1_700_000_000_000_000_001n,
  beganNs: 0,
  state: "ot=th:8",
  link: undefined,
  ...change,
});
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const attributesOf = (of: Message): Record<string, unknown> =>
  Object.fromEntries(of.attributes.map(({ key, value }: Message) => [key, Object.values(value)[0]]));

function encoded(rows: readonly SpanRow[], change: Partial<SpanFacts> = {}): Message {
  const batch = spansOf(rows);
  const encoder = new SpanEncoder(facts(change));
  const spans = rows.map((_, i) => encoder.encode(batch, i));
  const request = exportRequest({ "service.name": "s", n: 3, yes: true }, "1.2.3", spans);
  const [resource] = decodeMessage(request, exportTraces).resourceSpans;
  return resource;
}
const spansIn = (resource: Message): Message[] => resource.scopeSpans[0].spans;
const span = (row: SpanRow, change: Partial<SpanFacts> = {}): Message => spansIn(encoded([row], change))[0] ?? {};

describe("a span", () => {
  it("has its ids, times to the nanosecond, and the attributes of its hop and its own", () => {
    const row: SpanRow = {
      ...{ trace: (0xabn << 64n) + 0xcdn, id: 0xefn, parent: 0x10n, startNs: 7000, durationNs: 300, pts: 40 },
      ...{ bytes: 2 ** 40, pad: 2, peer: 3, thread: 4, tid: 999, buffers: 8, kind: 2 },
    };
    const found = span(row);
    expect([hex(found.trace), hex(found.span), hex(found.parent)]).toEqual([
      ...["00000000000000ab00000000000000cd", "00000000000000ef", "0000000000000010"],
    ]);
    expect(found).toMatchObject({
      ...{ name: "PadPush", kind: 1, start: 1_700_000_000_000_007_001n, end: 1_700_000_000_000_007_301n },
      ...{ state: "ot=th:8", flags: 0x101, links: [] },
    });
    expect(found.status).toBeUndefined();
    expect(attributesOf(found)).toEqual({
      ...{ "gstreamer.pad.kind": "push-list", "gstreamer.pad.name": "pad2", "gstreamer.peer": 3 },
      ...{ "gstreamer.flow.return": "ok", "gstreamer.buffer.size": 2 ** 40, "gstreamer.buffer.count": 8 },
      ...{ "gstreamer.buffer.pts": 40, "thread.id": 999, "thread.name": "thread4" },
      "pyroscope.profile.id": "00000000000000ef",
    });
  });

  it("has no parent, time stamp, count of one or thread's name that is none", () => {
    const found = span({});
    expect(found.parent).toBeUndefined();
    expect(Object.keys(attributesOf(found)).filter((name) => /pts|count|thread\.name|slow|error/.test(name))).toEqual(
      [],
    );
    expect(attributesOf(span({ pts: 0 }))).toMatchObject({ "gstreamer.buffer.pts": 0 });
  });

  it("stands for others only where the ratio alone chose it", () => {
    const stateOf = (flags: number, state = "ot=th:8") => span({ flags }, { state }).state;
    expect([stateOf(0), stateOf(SPAN_REMOTE)]).toEqual(["ot=th:8", "ot=th:8"]);
    expect([stateOf(SPAN_SLOW), stateOf(SPAN_UNDER_CAP), stateOf(0, "")]).toEqual([undefined, undefined, undefined]);
  });

  it("that was slow says so; of a parent elsewhere it says that", () => {
    expect(attributesOf(span({ flags: SPAN_SLOW }))).toMatchObject({ "gstreamer.slow": true });
    expect([span({}).flags, span({ flags: SPAN_REMOTE }).flags]).toEqual([0x101, 0x301]);
  });

  it("is an error where its return is a failure, and none where the stream only ended", () => {
    for (const [flow, name] of flowNames.entries()) {
      const found = span({ flow });
      const failed = ["not-negotiated", "error", "not-supported", "not-linked"].includes(name);
      expect([name, found.status?.code]).toEqual([name, failed ? 2 : undefined]);
      expect(attributesOf(found)["error.type"]).toBe(failed ? name : undefined);
    }
    expect(attributesOf(span({ flow: 250 }))["gstreamer.flow.return"]).toBe("other");
  });

  it("is linked to the trace that started the target", () => {
    const link = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true };
    const [found] = span({}, { link }).links;
    expect([hex(found.trace), hex(found.span), found.flags]).toEqual([link.traceId, link.spanId, 0x301]);
    expect(span({}, { link: { ...link, sampled: false } }).links[0].flags).toBe(0x300);
  });

  it("has texts in it of any alphabet", () => {
    const name = "\u05e9\ud83c\udfac".repeat(500);
    expect(attributesOf(span({ thread: 1 }, { threadName: () => name }))["thread.name"]).toBe(name);
  });
});

describe("many spans", () => {
  it("are each what they are alone: nothing of one stays in the next", () => {
    const rows: SpanRow[] = Array.from({ length: 40 }, (_, i) => ({
      ...{
        id: BigInt(i + 1),
        pad: i % 3,
        kind: 1 + (i % 3),
        flow: i % 8,
        flags: i % 8,
        pts: (i % 4) - 1,
        buffers: i % 2,
      },
      parent: BigInt(i % 2),
    }));
    expect(spansIn(encoded(rows))).toEqual(rows.map((row) => span(row)));
  });

  it("ask what a hop is called once, and again only when there are very many hops", () => {
    let asked = 0;
    const hop = () => ({ asked: ++asked });
    encoded(
      Array.from({ length: 50 }, (_, i) => ({ pad: i % 5, kind: 1 })),
      { hop },
    );
    expect(asked).toBe(5);
    encoded(
      Array.from({ length: 5000 }, (_, i) => ({ pad: i })),
      { hop },
    );
    expect(asked).toBe(5005);
  });
});

it("a request has the resource, the scope and its version", () => {
  const resource = encoded([{}]);
  expect(attributesOf({ attributes: resource.resource.attributes })).toEqual({ "service.name": "s", n: 3, yes: true });
  expect(resource.scopeSpans[0].scope).toEqual({ name: "gst-pyroscope", version: "1.2.3" });
  expect(spansIn(encoded([]))).toEqual([]);
});

const many = Array.from({ length: 512 }, (_, i) => Buffer.alloc(600, i));
const pack = () => exportRequest({ "service.name": "cam" }, "0.1.0", many);

/** What a collector that is away gets again and again is garbage, which waits for its collection. */
it("packing one takes its own size, not several times that", () => {
  const { length } = pack();
  const each = Array.from({ length: 5 }, () => {
    const before = process.memoryUsage().arrayBuffers;
    pack();
    return process.memoryUsage().arrayBuffers - before;
  });
  // Collected meanwhile one is less.
  expect(Math.max(...each)).toBeLessThan(1.2 * length);
});
