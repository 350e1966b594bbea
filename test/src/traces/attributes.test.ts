// Are names and links written as OTLP has them?
import { expect, it } from "vitest";
import { linkMessage, resourceMessage, spanAttributes } from "../../../src/traces/attributes.js";
import { exportTraces } from "../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../helpers/protobuf.js";

const values = { text: "\u05e9\ud83c\udfac".repeat(500), none: "", number: 2 ** 40, zero: 0, yes: true, no: false };
const read = (attributes: Message[]): unknown =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A message in messages, by the numbers of the fields that it is in. */
function within(bytes: Uint8Array, ...fields: number[]): Uint8Array {
  let inner = Buffer.from(bytes);
  for (const field of fields) {
    const length: number[] = [];
    for (let rest = inner.length; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    inner = Buffer.concat([Uint8Array.of((field << 3) | 2, ...length), inner]);
  }
  return inner;
}
const spanIn = (span: Uint8Array): Message =>
  decodeMessage(within(span, 2, 2, 1), exportTraces).resourceSpans[0].scopeSpans[0].spans[0];

it("attributes of a span and of a resource have their names and values, of any alphabet, and those that are nothing", () => {
  expect(read(spanIn(spanAttributes(values)).attributes)).toEqual(values);
  const [resource] = decodeMessage(within(resourceMessage(values), 1, 1), exportTraces).resourceSpans;
  expect(read(resource.resource.attributes)).toEqual(values);
  expect([spanAttributes({}).length, resourceMessage({}).length]).toEqual([0, 0]);
});

it("a link has the trace and the span that started the target, and whether they were sampled", () => {
  const link = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true };
  const [found] = spanIn(within(linkMessage(link), 13)).links;
  expect([Buffer.from(found.trace).toString("hex"), Buffer.from(found.span).toString("hex"), found.flags]).toEqual([
    ...[link.traceId, link.spanId, 0x301],
  ]);
  expect(spanIn(within(linkMessage({ ...link, sampled: false }), 13)).links[0].flags).toBe(0x300);
  expect(linkMessage(undefined)).toHaveLength(0);
});
