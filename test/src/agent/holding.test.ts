// Is a segment read to its end whose process ends the moment it was seen, and is nothing left open of one that cannot be read?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { holdSegment } from "../../../src/agent/holding.js";
import { findSegments, type SegmentPlace } from "../../../src/attach/segments.js";
import { loadNative } from "../../../src/native.js";
import { SegmentTarget } from "../../helpers/segment-target.js";

const native = loadNative();
const openFds = (): number => readdirSync("/proc/self/fd").length;

it("a segment is mapped before the call returns, so that its process may be killed in the next instant", async () => {
  const target = await SegmentTarget.start();
  const [place] = findSegments(target.pid).places as [SegmentPlace];
  const before = openFds();
  const held = holdSegment(native, place);
  await target.end("SIGKILL");
  const { reader, taken } = await held;
  taken();
  expect(reader.state().pid).toBe(target.pid);
  reader.close();
  expect(openFds()).toBeLessThanOrEqual(before);
});

it("one that waits for its turn is not given up by its process: its agent says that it lives", async () => {
  const target = await SegmentTarget.start();
  const { reader, taken } = await holdSegment(native, { ...(findSegments(target.pid).places[0] as SegmentPlace) });
  const first = (await target.show()).agentSeenNs;
  while ((await target.show()).agentSeenNs === first) await new Promise((wait) => setTimeout(wait, 20));
  taken();
  reader.close();
  await target.end("SIGKILL");
});

it("a process that ended before it could be opened is called that", async () => {
  const target = await SegmentTarget.start();
  const [place] = findSegments(target.pid).places as [SegmentPlace];
  await target.end("SIGKILL");
  await expect(holdSegment(native, place)).rejects.toThrow("it ended before its segment could be opened");
});

it("a segment that never gets its seals is refused, and nothing of it stays open", async () => {
  const script = `import os; os.memfd_create("gst-pyroscope"); print("made", flush=True); os.read(0, 1)`;
  const child = spawn("/usr/bin/python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((made) => child.stdout.once("data", made));
  const [place] = findSegments(child.pid ?? 0).places as [SegmentPlace];
  const before = openFds();
  await expect(holdSegment(native, place)).rejects.toThrow("not a sealed segment");
  expect(openFds()).toBe(before);
  child.stdin.end();
});
