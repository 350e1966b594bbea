// Do spans leave the ring no faster than there is room for them, into a capture and to a collector, and is every lost one counted?
import { afterEach, describe, expect, it } from "vitest";
import { Losses } from "../../../../src/agent/session/losses.js";
import type { SpanPath } from "../../../../src/agent/session/sample-path.js";
import { SpanStream } from "../../../../src/agent/session/spans.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { createLog } from "../../../../src/log.js";
import { Topology } from "../../../../src/model/topology.js";
import { stateOf } from "../../../helpers/cells.js";
import { FakeCollector } from "../../../helpers/fake-collector.js";
import { spanRun } from "../../../helpers/spans.js";

const collectors: FakeCollector[] = [];
afterEach(async () => {
  for (const collector of collectors.splice(0)) await collector.stop();
});
async function startCollector(): Promise<FakeCollector> {
  const collector = await FakeCollector.start();
  collectors.push(collector);
  return collector;
}

/** A ring of so many spans. */
function ringOf(spans: number, line = "{}\n") {
  const ring = { left: spans, asked: [] as number[], wanted: [] as boolean[] };
  const path: SpanPath = {
    take: (most, wantsLines) => {
      ring.asked.push(most);
      ring.wanted.push(wantsLines);
      const count = Math.min(most, ring.left);
      const spans = spanRun(Array.from({ length: count }, (_, i) => BigInt(ring.left - i)));
      ring.left -= count;
      return { spans, lines: wantsLines ? line.repeat(count) : "" };
    },
    discard: () => {
      const { left } = ring;
      ring.left = 0;
      return left;
    },
  };
  return { ring, path };
}

function streamOf(
  spans: number,
  flags: Record<string, string>,
  addSpans?: (lines: string) => Promise<void>,
  line?: string,
) {
  const { ring, path } = ringOf(spans, line);
  const { config } = resolveConfig({ flags: { "otlp-endpoint": "none", ...flags }, environment: {} });
  const lines: string[] = [];
  const losses = new Losses();
  const log = createLog("warn", (line) => lines.push(line.replace("gst-pyroscope: ", "")));
  const dropped = { spans: 0 };
  const dropSpans = (count: number) => {
    dropped.spans += count;
  };
  const capture = addSpans === undefined ? null : { addSpans, dropSpans };
  const request = { version: "0", services: { channels: new Map() } };
  const parts = { config, log, capture, request, topology: new Topology(), first: { state: stateOf() } };
  return { stream: new SpanStream(parts as unknown as TargetParts, path, losses), ring, lines, losses, dropped };
}

describe("spans for a capture alone", () => {
  it("are written in pieces of 2000, at most 20 000 a poll: the loop has other work", async () => {
    const written: number[] = [];
    const { stream, ring } = streamOf(25_000, {}, async (lines) => void written.push(lines.split("\n").length - 1));
    stream.pump();
    expect(written).toEqual(Array(10).fill(2000));
    stream.pump();
    expect(ring.left).toBe(0);
    expect(written.reduce((sum, n) => sum + n, 0)).toBe(25_000);
    expect(ring.wanted.every(Boolean)).toBe(true);
  });

  it("are all taken at the end, and nothing is lost or said", async () => {
    let written = 0;
    const { stream, ring, losses, lines } = streamOf(70_000, {}, async (text) => {
      written += text.length / 3;
    });
    await stream.close(60_000);
    expect([ring.left, written, losses.snapshot(), lines]).toEqual([0, 70_000, {}, []]);
  });

  it("that a disk is too slow for are not made any more, but counted, until there is room", async () => {
    let [written, release] = [0, () => {}];
    const slow = new Promise<void>((done) => {
      release = done;
    });
    let disk = slow;
    const held: string[] = [];
    const addSpans = (text: string) => {
      held.push(text);
      written += text.length / 500;
      return disk;
    };
    const [spans, line] = [50_000, `${"{}".padEnd(499)}\n`];
    const { stream, ring, dropped } = streamOf(spans, {}, addSpans, line);
    while (ring.left > 0) stream.pump();
    const bytes = held.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThanOrEqual(8 << 20);
    expect(bytes).toBeLessThan((8 << 20) + 500 * 2000);
    expect(written + dropped.spans).toBe(spans);
    expect(ring.wanted.filter(Boolean)).toHaveLength(held.length);
    disk = Promise.resolve();
    release();
    await slow;
    await new Promise((done) => setImmediate(done));
    ring.left = 10;
    stream.pump();
    expect([held.at(-1), written + dropped.spans]).toEqual([line.repeat(10), spans + 10]);
  });

  it("that cannot be written are said, and the others go on", async () => {
    const { stream, ring, lines } = streamOf(4000, {}, () => Promise.reject(new Error("the disk is full")));
    stream.pump();
    await stream.flush(1000);
    expect(ring.left).toBe(0);
    expect(lines).toEqual(["error: the disk is full", "error: the disk is full"]);
  });
});

describe("spans for a collector", () => {
  it("arrive, each once, and lines are not made for nobody", async () => {
    const collector = await startCollector();
    const { stream, ring, losses } = streamOf(300, { "traces-endpoint": `http://127.0.0.1:${collector.port}` });
    stream.pump();
    await stream.flush(30_000);
    expect(new Set(collector.spans.map(({ span }) => span)).size).toBe(300);
    expect([collector.spans.length, losses.spansSent, losses.snapshot()]).toEqual([300, 300, {}]);
    expect(ring.wanted.some(Boolean)).toBe(false);
    await stream.close(1000);
  });

  it("stay in the ring while the collector takes none, and what is left at the end is lost and counted, by reason", async () => {
    const collector = await startCollector();
    collector.mode = "hang";
    const flags = { "traces-endpoint": `http://127.0.0.1:${collector.port}`, "span-queue": "100", "span-batch": "50" };
    const { stream, ring, losses, lines } = streamOf(10_000, flags);
    stream.pump();
    const taken = 10_000 - ring.left;
    expect(taken).toBe(100 + 4 * 50);
    stream.pump();
    expect(10_000 - ring.left).toBe(taken);
    await stream.close(600);
    expect(losses.ofSpans()).toEqual({ span_upload_ended: 10_000 });
    expect(ring.left).toBe(0);
    expect(lines.filter((line) => line.includes("traces are incomplete"))).toHaveLength(1);
  });

  it("are left alone after the end", async () => {
    const collector = await startCollector();
    const { stream, ring } = streamOf(10, { "traces-endpoint": `http://127.0.0.1:${collector.port}` });
    await stream.close(30_000);
    ring.left = 5;
    stream.pump();
    await stream.close(0);
    expect(ring.left).toBe(5);
  });
});
