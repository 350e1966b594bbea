// Is a segment called gone only when that is certain?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { seenStartTicks } from "../../../src/attach/identity.js";
import { SegmentPresence, segmentInode } from "../../../src/attach/presence.js";
import { startTicks } from "../../../src/attach/processes.js";
import { SegmentTarget } from "../../helpers/segment-target.js";
import { until } from "../../helpers/until.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function target() {
  const target = await SegmentTarget.start();
  cleanups.push(() => target.end("SIGKILL"));
  return {
    target,
    pid: target.pid,
    ticks: startTicks(target.pid) ?? 0,
    inode: segmentInode(`/proc/${target.pid}/fd/${target.fd}`),
  };
}

/** A process that never had a segment: what the target is after an exec. */
async function another() {
  const child = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "inherit"] });
  cleanups.push(() => child.kill("SIGKILL"));
  const pid = child.pid ?? 0;
  await until("its exec", () => segmentInode(`/proc/${pid}/fd/2`) !== null);
  return { pid, ticks: startTicks(pid) ?? 0 };
}

describe("a segment", () => {
  it("is there while its process has it, however often one looks", async () => {
    const { pid, ticks, inode } = await target();
    expect(inode).not.toBeNull();
    const presence = new SegmentPresence(pid, ticks, inode);
    expect([presence.gone(), presence.gone(), presence.gone()]).toEqual([false, false, false]);
  });

  it("is gone when the process with that pid and start time neither holds nor maps it", async () => {
    const { inode } = await target();
    const { pid, ticks } = await another();
    expect(new SegmentPresence(pid, ticks, inode).gone()).toBe(true);
  });

  it("is not called gone when another process has that pid here, as in another pid namespace", async () => {
    const { inode } = await target();
    const { pid, ticks } = await another();
    expect(new SegmentPresence(pid, ticks + 1, inode).gone()).toBe(false);
    expect(new SegmentPresence(pid, 0, inode).gone()).toBe(false);
  });

  it("is not called gone when the process cannot be seen, or nobody knows which one it is", async () => {
    const { inode, pid, ticks, target: it } = await target();
    expect(new SegmentPresence(2 ** 22 - 1, 7, inode).gone()).toBe(false);
    expect(new SegmentPresence(pid, ticks, null).gone()).toBe(false);
    await it.end("SIGKILL");
    expect(new SegmentPresence(pid, ticks, inode).gone()).toBe(false); // its end is noticed by its pid
  });
});

describe("a target that says another start time than we see, in a time namespace or under an emulator", () => {
  it("is known by what we see, for it has the segment", async () => {
    const { pid, ticks, inode } = await target();
    for (const said of [ticks, 0, 1, ticks + 10_000_000]) expect(seenStartTicks(pid, said, inode)).toBe(ticks);
  });

  it("is still noticed when it becomes another program", async () => {
    const { inode } = await target();
    const { pid, ticks } = await another();
    expect(new SegmentPresence(pid, ticks, inode).gone()).toBe(true);
  });

  it("is not taken for another process that has its number by now, nor for one that cannot be seen", async () => {
    const { pid, ticks, inode, target: it } = await target();
    const other = await another();
    expect(seenStartTicks(other.pid, ticks + 1, inode)).toBe(ticks + 1);
    expect(seenStartTicks(pid, 7, null)).toBe(7);
    await it.end("SIGKILL");
    expect(seenStartTicks(pid, 7, inode)).toBe(7);
  });
});
