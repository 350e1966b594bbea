// How often is what was counted written into a capture, while it is young, when it is old, and with very many hops?
import { describe, expect, it } from "vitest";
import { nextSnapshotDelayMs } from "../../../../src/agent/session/snapshot-schedule.js";

const HOUR_MS = 3_600_000;

/** How many snapshots a capture of this length has. */
function snapshotsOf(lengthMs: number, hops: number): number {
  let count = 0;
  for (let at = 0; at < lengthMs; at += nextSnapshotDelayMs(at, hops)) count++;
  return count;
}

describe("the next snapshot of a capture", () => {
  it("is a second away in its first minute, and a sixtieth of its age after that", () => {
    for (const young of [0, 1, 59_999, 60_000]) expect(nextSnapshotDelayMs(young, 1)).toBe(1000);
    expect(nextSnapshotDelayMs(60_060, 1)).toBe(1001);
    expect(nextSnapshotDelayMs(HOUR_MS, 1)).toBe(60_000);
  });

  it("is as many seconds away as there are fifties of hops, whatever its age", () => {
    for (const [hops, ms] of [
      [0, 1000],
      [50, 1000],
      [51, 1020],
      [5000, 100_000],
    ] as const)
      expect(nextSnapshotDelayMs(0, hops)).toBe(ms);
    expect(nextSnapshotDelayMs(HOUR_MS, 5000)).toBe(100_000);
    expect(nextSnapshotDelayMs(10 * HOUR_MS, 5000)).toBe(600_000);
  });

  it("is never in the past, also when the clock of the target says less than nothing", () => {
    expect(nextSnapshotDelayMs(-5 * HOUR_MS, 0)).toBe(1000);
  });

  it("comes so seldom that ten times the length adds the same again: 60 for each factor e", () => {
    const [hour, tenHours, week] = [
      snapshotsOf(HOUR_MS, 10),
      snapshotsOf(10 * HOUR_MS, 10),
      snapshotsOf(168 * HOUR_MS, 10),
    ];
    expect(tenHours - hour).toBeGreaterThan(130);
    expect(tenHours - hour).toBeLessThan(145); // 60 × ln 10 = 138
    expect(week).toBeLessThan(650);
  });
});
