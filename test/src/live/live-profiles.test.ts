// Do the stacks of several windows become the profiles that a capture has: CPU alone, and wall time with it?
import { expect, it } from "vitest";
import { nothingGrown } from "../../../src/live/live-facts.js";
import { cpuNsOf, recordedProfiles } from "../../../src/live/live-profiles.js";
import type { LiveWindow } from "../../../src/live/live-window.js";
import { StackTable } from "../../../src/live/stack-table.js";
import { type Burned, ownerOf, samplesOf } from "../../helpers/live.js";

const runs = ownerOf("p/enc");
const waits = ownerOf("p/enc", { blockedOn: "futex" });

function windowsOf(table: StackTable, ...each: Burned[][]): LiveWindow[] {
  return each.map((burned, n) => {
    const { running, blocked, ...samples } = samplesOf(burned);
    const stacks = table.holdAll(samples);
    return {
      ...{
        atNs: n,
        durationNs: 1,
        packed: new Uint8Array(),
        merged: false,
        seconds: 1,
        stacks,
        running,
        blocked,
        buffers: 0,
      },
      ...{ ns: Float64Array.from(stacks, ({ ns }) => ns), cpuNs: cpuNsOf(stacks, table), grown: nothingGrown() },
    };
  });
}

it("equal stacks of all windows are one sample; who waited is in the wall profile alone", () => {
  const table = new StackTable();
  const second: Burned[] = [
    { owner: runs, stack: "a;b", ns: 5 },
    { owner: waits, stack: "a;b", ns: 7 },
  ];
  const windows = windowsOf(table, second, second);
  expect(windows.map(({ cpuNs }) => cpuNs)).toEqual([5, 5]);
  const { cpu, wall } = recordedProfiles(windows, table, false);
  expect([cpu?.totalNs, cpu?.stacks.samples.length, cpu?.rows[0]?.samples]).toEqual([10, 1, 2]);
  expect([wall?.totalNs, wall?.stacks.samples.length, wall?.rows[0]?.samples]).toEqual([24, 2, 4]);
  expect(recordedProfiles(windows, table, false)).toEqual({ cpu, wall });
});

it("there is a wall profile where anybody looked, or something waited, and none of nothing", () => {
  const table = new StackTable();
  const windows = windowsOf(table, [{ owner: runs, stack: "a", ns: 5 }]);
  expect(recordedProfiles(windows, table, true).wall?.totalNs).toBe(5);
  expect(recordedProfiles(windows, table, false).wall).toBeNull();
  expect(recordedProfiles([], table, true)).toEqual({ cpu: null, wall: null });
});
