// Does a window of ten seconds tell the same as the short ones that it was made from?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { rolled } from "../../src/store/rolled.js";
import { t0 } from "./build.js";
import { element, windowRow } from "./build-stalls.js";

const five = (more: (index: number) => Parameters<typeof windowRow>[1] = () => ({})) =>
  [0, 1, 2, 3, 4].map((index) => windowRow(t0 + 2000 * index, more(index), 700));

describe("windows of ten seconds", () => {
  test("have the sums of counts and times, the last of what is a state, the most of what is a peak", () => {
    const queue = (level: number, highest: number) => ({ level, highest, capacity: 8, wait_ms: 3 });
    const rows = five((index) => ({
      ...{ process_cpu_ms: 100 + index, losses: index },
      machine: { load: index, cpus: 2, steal: index === 0 ? null : 0.1 * index, pressure: null },
      elements: [
        element("p/enc", {
          own_ms: 10 * index,
          cpu_ms: 5,
          blocked_ms: index < 2 ? { lock: 1 } : { peer: 2 },
          threads: [`p/q${index % 2}`],
        }),
        element("p/q", {
          queue: queue(index, 9 - index),
          cpu_ms: index === 3 ? null : 1,
          blocked_ms: index === 3 ? null : {},
        }),
        ...(index > 2 ? [element("p/new", { buffers_in: 7 })] : []),
      ],
      sinks: [
        { path: "p/sink", buffers: index, media_ms: 2000 },
        { path: "p/data", buffers: 1, media_ms: index === 0 ? null : 1 },
      ],
      ...(index === 1 ? { stacks: [{ path: "p/enc", frames: ["f"], ms: 1 }] } : {}),
    }));
    const [row, ...more] = rolled(rows.toReversed());
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      ownFromMs: t0 - 700,
      fromMs: t0,
      toMs: t0 + 10_000,
      receivedMs: t0 + 10_100,
      offsetMs: 700,
    });
    expect(row?.window).toMatchObject({
      ...{ from: rows[0]?.window.from, to: rows[4]?.window.to, process_cpu_ms: 510, losses: 10, topology: "t1" },
      machine: { load: 2, cpus: 2, steal: 0.25, pressure: null },
      elements: [
        {
          path: "p/enc",
          buffers_in: 250,
          bytes_in: 25_000,
          own_ms: 100,
          cpu_ms: 25,
          blocked_ms: { lock: 2, peer: 6 },
          threads: ["p/q0", "p/q1"],
        },
        { path: "p/q", cpu_ms: null, blocked_ms: null, queue: { level: 4, highest: 9, capacity: 8, wait_ms: 15 } },
        { path: "p/new", buffers_in: 14, buffers_out: 100 },
      ],
      sinks: [
        { path: "p/sink", buffers: 10, media_ms: 10_000 },
        { path: "p/data", buffers: 5, media_ms: null },
      ],
    });
    expect(row?.window.stacks).toBeUndefined();
    expect(rolled([row as (typeof rows)[number]])).toEqual([row]);
  });

  test("never reach over a hole, another run, pipeline, state, topology or stream, nor the next ten seconds", () => {
    const others = ["run_id", "pipeline", "topology", "stream_id"].map((key) => windowRow(t0 + 2000, { [key]: "x" }));
    const ended = windowRow(t0 + 2000, { state: "ended" });
    expect(rolled([windowRow(t0), ...others, ended]).length).toBe(6);
    const [first, , third, fourth] = five();
    const holed = rolled([first, third, fourth].flatMap((row) => row ?? []));
    expect(holed.map(({ fromMs, toMs }) => [fromMs - t0, toMs - t0])).toEqual([
      [0, 2000],
      [4000, 8000],
    ]);
    const late = rolled(five().map((row) => ({ ...row, fromMs: row.fromMs + 3000, toMs: row.toMs + 3000 })));
    expect(late.map(({ fromMs, toMs }) => [fromMs - t0, toMs - t0])).toEqual([
      [3000, 11_000],
      [11_000, 13_000],
    ]);
    expect(rolled([])).toEqual([]);
  });
});
