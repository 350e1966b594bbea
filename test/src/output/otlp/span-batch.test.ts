// Is the export of a batch, and of each part of it, what stands before its spans and then those, in memory that is used again?
import { describe, expect, it } from "vitest";
import { BufferPool } from "../../../../src/model/buffer-pool.js";
import { SpanBatch } from "../../../../src/output/otlp/span-batch.js";
import { runOf } from "../../../helpers/spans.js";

/** As many bytes as the number has digits. */
const head = (bytes: number): Uint8Array => Buffer.from(`${bytes}:`);
const pool = () => new BufferPool({ buffers: 2, bytes: 1 << 20 });
const text = (request: Uint8Array): string => Buffer.from(request).toString();
const runs = (...spans: string[]) => runOf(spans.map((span) => Buffer.from(span)));

describe("an export", () => {
  it("of all spans has those of all runs in their order", () => {
    const batch = new SpanBatch(pool(), head);
    expect([text(batch.request()), batch.count, batch.bytes]).toEqual(["0:", 0, 0]);
    batch.add(runs("a", "bb"));
    batch.add(runs("never", "ccc", "d").slice(1, 3));
    expect([text(batch.request()), batch.count, batch.bytes]).toEqual(["7:abbcccd", 4, 7]);
  });

  it("of a part has those alone, in whatever order parts are asked for", () => {
    const batch = new SpanBatch(pool(), head);
    batch.add(runs("a", "bb", "ccc", "dddddddd"));
    const parts = () => [[0, 2] as const, [2, 4] as const, [3, 4] as const].map(([a, b]) => text(batch.request(a, b)));
    expect(parts()).toEqual(["3:abb", "11:cccdddddddd", "8:dddddddd"]);
    expect([text(batch.request()), parts()]).toEqual(["14:abbcccdddddddd", parts()]);
  });

  it("is whole where the batch has become larger than its buffer, many times over", () => {
    const batch = new SpanBatch(pool(), head);
    const spans = Array.from({ length: 300 }, (_, i) => `${i},`.repeat(i));
    for (const span of spans) batch.add(runs(span));
    expect(text(batch.request())).toBe(`${spans.join("").length}:${spans.join("")}`);
    expect(text(batch.request(100, 101))).toBe(`${spans[100]?.length}:${spans[100]}`);
  });
});

it("batches one after the other have the same memory, and two at a time do not", () => {
  const shared = pool();
  const of = () => {
    const batch = new SpanBatch(shared, head);
    batch.add(runOf([new Uint8Array(200_000)]));
    return batch;
  };
  const first = of();
  const memory = first.request().buffer;
  expect(of().request().buffer).not.toBe(memory);
  first.release();
  expect(of().request().buffer).toBe(memory);
});
