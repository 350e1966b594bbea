// Do several windows become one without losing time, buffers or what was counted of them?
import { expect, it } from "vitest";
import { nothingGrown } from "../../../src/live/live-facts.js";
import { type LiveWindow, mergedWindow, windowBytes } from "../../../src/live/live-window.js";
import { StackTable } from "../../../src/live/stack-table.js";
import { addCounts, noCounts } from "../../../src/model/profile-counts.js";
import { type Burned, ownerOf, samplesOf } from "../../helpers/live.js";

const enc = ownerOf("p/enc");

function windowOf(n: number, table: StackTable, burned: Burned[]): LiveWindow {
  const stacks = table.holdAll(samplesOf(burned));
  const running = noCounts();
  addCounts(running, samplesOf(burned).running);
  return {
    ...{
      atNs: n * 1e9,
      durationNs: 1e9,
      packed: new Uint8Array(),
      merged: false,
      seconds: 1,
      stacks,
      cpuNs: 5,
      buffers: 2,
    },
    ns: Float64Array.from(stacks, ({ ns }) => ns),
    ...{ running, blocked: noCounts(), grown: { ...nothingGrown(), losses: { ring_full: n } } },
  };
}

it("lasts from the first one's begin to the last one's end, and has their sums", () => {
  const table = new StackTable();
  const parts = [3, 4].map((n) => windowOf(n, table, [{ owner: enc, stack: `f${n % 2};g`, ns: 10 }]));
  const { window, folded } = mergedWindow(parts, table, 100);
  expect(window).toMatchObject({ atNs: 3e9, durationNs: 2e9, merged: true, seconds: 2, cpuNs: 10, buffers: 4 });
  expect([window.running.samples, window.grown.losses.ring_full, [...window.ns], folded]).toEqual([2, 7, [10, 10], 0]);
  expect(windowBytes(window)).toBeGreaterThan(windowBytes({ ...window, stacks: [] }));
});

it("merged again and again keeps all time, however many stacks are folded each time", () => {
  const table = new StackTable();
  let merged = windowOf(0, table, [{ owner: enc, stack: "often", ns: 1000 }]);
  for (let n = 1; n < 30; n++) {
    const rare = Array.from({ length: 5 }, (_, i) => ({ owner: enc, stack: `r${n};${i}`, ns: 1 }));
    const next = windowOf(n, table, [{ owner: enc, stack: "often", ns: 1000 }, ...rare]);
    const { window } = mergedWindow([merged, next], table, 3);
    for (const part of [merged, next]) for (const stack of part.stacks) table.release(stack);
    merged = window;
  }
  expect(merged.ns.reduce((sum, ns) => sum + ns, 0)).toBe(30 * 1000 + 29 * 5);
  expect(merged.stacks.length).toBeLessThanOrEqual(4);
  expect(table.size).toBe(merged.stacks.length);
});
