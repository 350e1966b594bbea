// Are segments of other processes found, once each, while they live?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startTicks, withDescendants } from "../../../src/attach/processes.js";
import { openTargetRoot } from "../../../src/attach/root.js";
import { findSegments, type SegmentPlace } from "../../../src/attach/segments.js";
import { SegmentWatch } from "../../../src/attach/watch.js";
import { loadNative } from "../../../src/native.js";
import { SegmentTarget } from "../../helpers/segment-target.js";

const native = loadNative();
const PROGRAM = fileURLToPath(new URL("../../../build/tests/segment-target", import.meta.url));
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startTarget(): Promise<SegmentTarget> {
  const target = await SegmentTarget.start();
  cleanups.push(() => target.end("SIGKILL"));
  return target;
}

describe("finding segments", () => {
  it("finds that of a process, and the reader agrees", async () => {
    const target = await startTarget();
    const { places, problem } = findSegments(target.pid);
    expect(problem).toBeNull();
    expect(places).toMatchObject([{ pid: target.pid, fd: target.fd }]);
    const reader = native.attach(places[0] as SegmentPlace);
    expect(reader.state().pid).toBe(target.pid);
    reader.close();
  });

  it("finds none in a process without one, and says when there is no process", async () => {
    const target = await startTarget();
    expect(findSegments(process.pid)).toMatchObject({ places: [], problem: null });
    await target.end("SIGKILL");
    expect(findSegments(target.pid)).toMatchObject({ places: [], problem: "gone" });
  });
});

describe("processes", () => {
  it("are found below each other", async () => {
    const shell = spawn("sh", ["-c", `sh -c '"${PROGRAM}"; true'; true`], { stdio: ["pipe", "pipe", "inherit"] });
    cleanups.push(() => shell.stdin.end());
    const line = String(await new Promise((resolve) => shell.stdout.once("data", resolve)));
    const grandchild = Number(line.split(" ")[0]);
    const family = withDescendants(shell.pid ?? 0);
    expect(family[0]).toBe(shell.pid);
    expect(family).toContain(grandchild);
    expect(family.length).toBeGreaterThanOrEqual(3);
    expect(withDescendants(process.pid)).toContain(grandchild);
  });

  it("have a start time that no later process of that pid shares", async () => {
    const target = await startTarget();
    const reader = native.attach({ pid: target.pid, fd: target.fd });
    expect(startTicks(target.pid)).toBe(reader.state().startTicks);
    reader.close();
    await target.end("SIGKILL");
    expect(startTicks(target.pid)).toBeNull();
  });
});

describe("watching", () => {
  function watch(root: number) {
    const appeared: SegmentPlace[] = [];
    const watcher = new SegmentWatch({
      root,
      appeared: (place) => appeared.push(place),
      waitForExit: native.waitForExit,
    });
    watcher.start();
    cleanups.push(() => watcher.stop());
    return { appeared, watcher };
  }

  it("reports a segment that appears later below the root once, also when it has ended", async () => {
    const seen = watch(process.pid);
    const target = await startTarget();
    await vi.waitFor(() => expect(seen.appeared).toMatchObject([{ pid: target.pid, fd: target.fd }]), 5000);
    seen.watcher.lookNow();
    await target.end("SIGKILL");
    await native.waitForExit(target.pid, 0);
    seen.watcher.lookNow();
    expect(seen.appeared).toHaveLength(1);
  });

  it("reports one segment once although a forked child holds it as well", async () => {
    const seen = watch(process.pid);
    // The shell keeps the descriptor of the segment open, as a child of the target would.
    const target = await startTarget();
    const holder = spawn("sh", ["-c", `exec 5<>/proc/${target.pid}/fd/${target.fd}; echo held; read line`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    cleanups.push(() => holder.stdin.end());
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    expect(findSegments(holder.pid ?? 0).places).toHaveLength(1);
    seen.watcher.lookNow();
    seen.watcher.lookNow();
    expect(seen.appeared).toHaveLength(1);
  });

  it("is quick enough for a process that lives for 300 ms", async () => {
    const short = spawn("sh", ["-c", `(sleep 0.3) | "${PROGRAM}"`], { stdio: "ignore" });
    const seen = watch(short.pid ?? -1); // not ours: what other tests started may still be ending
    await new Promise((resolve) => short.once("exit", resolve));
    expect(seen.appeared).toHaveLength(1);
  });

  it("says nothing any more once stopped", async () => {
    const seen = watch(process.pid);
    seen.watcher.stop();
    const target = await startTarget();
    await target.end("SIGKILL");
    await native.waitForExit(target.pid, 0);
    expect(seen.appeared).toEqual([]);
  });
});

describe("the target's root", () => {
  it("leads to its files even after its end", async () => {
    const target = await startTarget();
    const root = openTargetRoot(target.pid);
    cleanups.push(() => root.close());
    await target.end("SIGKILL");
    const query = { path: PROGRAM, buildId: "00", offsets: new Float64Array([1]) };
    expect((await native.symbolize({ ...query, root: root.prefix })).problem).toBe("build-id differs");
    expect((await native.symbolize({ ...query, root: `/proc/${target.pid}/root` })).problem).toMatch(/^cannot open/);
  });

  it("is empty for a process that is gone", async () => {
    const target = await startTarget();
    await target.end("SIGKILL");
    expect(openTargetRoot(target.pid).prefix).toBe("");
  });
});
