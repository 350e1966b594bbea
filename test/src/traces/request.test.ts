// Does a strict reader of OTLP find the resource, the scope and every span of a request?
import { describe, expect, it } from "vitest";
import { requestHead } from "../../../src/traces/request.js";
import { exportTraces } from "../../helpers/otlp-wire.js";
import { decodeMessage, type Message } from "../../helpers/protobuf.js";
import { spanRun } from "../../helpers/spans.js";

const head = requestHead({ "service.name": "s", n: 3, yes: true }, "1.2.3");
const read = (parts: readonly Uint8Array[]): Message => {
  const spans = Buffer.concat(parts);
  const { resourceSpans } = decodeMessage(Buffer.concat([head(spans.length), spans]), exportTraces);
  expect(resourceSpans).toHaveLength(1);
  return resourceSpans[0];
};
const attributesOf = (of: Message): Record<string, unknown> =>
  Object.fromEntries(of.attributes.map(({ key, value }: Message) => [key, Object.values(value)[0]]));

describe("a request", () => {
  it("has the resource, the scope and its version, with and without spans", () => {
    for (const parts of [[], [spanRun([1n]).bytes]]) {
      const { resource, scopeSpans } = read(parts);
      expect(attributesOf(resource)).toEqual({ "service.name": "s", n: 3, yes: true });
      expect(scopeSpans[0].scope).toEqual({ name: "gst-pyroscope", version: "1.2.3" });
      expect(scopeSpans[0].spans).toHaveLength(parts.length);
    }
  });

  it("has the spans of all its parts in their order", () => {
    const [first, second] = [spanRun([1n, 2n, 3n]), spanRun(Array.from({ length: 500 }, (_, i) => BigInt(i + 4)))];
    const { spans } = read([first.bytes, second.slice(0, 400).bytes, second.slice(400).bytes]).scopeSpans[0];
    expect(spans.map(({ span }: Message) => Buffer.from(span).readBigUInt64BE())).toEqual(
      Array.from({ length: 503 }, (_, i) => BigInt(i + 1)),
    );
  });
});

it("what is before the spans is no longer before more of them than before the most", () => {
  const most = head(2 ** 31).length;
  for (const bytes of [0, 1, 127, 128, 2 ** 14, 3 << 20, 2 ** 28]) expect(head(bytes).length).toBeLessThanOrEqual(most);
});
