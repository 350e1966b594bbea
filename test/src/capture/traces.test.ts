// Are the slowest buffers found in a file of spans, whatever its order, size and damage?
import { describe, expect, it } from "vitest";
import { SlowTraces } from "../../../src/capture/traces.js";

const base = 1_700_000_000_000_000_000n;
const line = (trace: number, span: number, parent: number | null, at: number, ns: number, pad = 1, tid = 1): string =>
  JSON.stringify({
    trace: trace.toString(16).padStart(32, "0"),
    span: span.toString(16).padStart(16, "0"),
    parent: parent === null ? null : parent.toString(16).padStart(16, "0"),
    startUnixNs: String(base + BigInt(at)),
    durationNs: ns,
    pad,
    tid,
    thread: "t",
    bytes: 4,
    flow: "ok",
    slow: false,
  });

function read(lines: string[]) {
  const slow = new SlowTraces();
  for (const one of lines) if (!slow.add(one)) slow.broken++;
  return slow.end();
}

describe("the slowest traces", () => {
  it("last from the first begin to the last end, in nanoseconds exactly", () => {
    // Spans are written when they end, and behind a queue one ends last.
    const { slowest, traces, spans } = read([
      line(1, 11, 10, 5, 20),
      line(1, 10, null, 0, 100),
      line(1, 12, 10, 150, 1000, 3, 2),
    ]);
    expect([traces, spans]).toEqual([1, 3]);
    expect(slowest[0]).toMatchObject({ durationNs: 1150, startUnixNs: base });
    expect(slowest[0]?.spans.map(({ id, startNs }) => [Number.parseInt(id, 16), startNs])).toEqual([
      [10, 0],
      [11, 5],
      [12, 150],
    ]);
  });

  it("are ten at most, two of a pad, among a hundred thousand", () => {
    const lines = Array.from({ length: 100_000 }, (_, i) =>
      line(i, i + 1, null, i * 10, 1 + ((i * 7919) % 99_991), i % 8),
    );
    const { slowest, traces } = read(lines);
    expect(traces).toBe(100_000);
    expect(slowest).toHaveLength(10);
    const best = Array.from({ length: 8 }, (_, pad) => {
      const all = [];
      for (let i = pad; i < 100_000; i += 8) all.push(1 + ((i * 7919) % 99_991));
      return all.sort((a, b) => b - a).slice(0, 2);
    });
    const expected = best
      .flat()
      .sort((a, b) => b - a)
      .slice(0, 10);
    expect(slowest.map(({ durationNs }) => durationNs)).toEqual(expected);
  });

  it("are found beside lines that make no sense, which are counted", () => {
    const result = read(["", "{", '{"trace":1}', "null", line(1, 2, null, 0, 5), line(1, 2, null, 0, 5).slice(0, 40)]);
    expect(result).toMatchObject({ traces: 1, spans: 1, broken: 5 });
  });

  it("hold a bounded number of spans; the rest is counted", () => {
    const [one] = read(Array.from({ length: 1000 }, (_, i) => line(1, i + 1, i === 999 ? null : 1000, i, 5))).slowest;
    expect(one?.spans).toHaveLength(400);
    expect(one?.more).toBe(600);
  });
});
