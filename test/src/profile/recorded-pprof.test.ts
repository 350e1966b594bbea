// Does a profile that was kept in memory come back from pprof as it was?
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { ProfileNames } from "../../../src/capture/profile-names.js";
import { Stacks } from "../../../src/capture/stacks.js";
import type { StackFrame } from "../../../src/model/recorded-profiles.js";
import { encodeRecorded } from "../../../src/profile/recorded-pprof.js";
import { encode } from "../../helpers/folding.js";
import { profilesOf, sampleAt } from "../../helpers/recordings.js";

it("stacks, owners, names and their origins are the same afterwards", () => {
  const frames: StackFrame[] = [
    { name: "main", module: "app" },
    { name: "GstQueue src loop", module: "libgst.so", origin: "type" },
    { name: "encode", module: "libx.so" },
    { name: "(no stack)", module: "[unknown]" },
  ];
  const owner = { pipeline: "p1", factory: "f", thread: "t#2", blockedOn: "futex", inferred: true, chain: [9, 4] };
  const samples = [
    sampleAt("p/enc", 5e6, { stack: [0, 1, 2], ...owner }),
    sampleAt("", 7e6, { stack: [3] }),
    sampleAt("p/sink", 1, { stack: [0, 2], thread: "t" }),
  ];
  const head = { encode, kind: "wall" as const, timeNanos: 5n, durationNs: 1e9, sampleRate: 20 };
  const back = new Stacks();
  expect(back.add(gzipSync(encodeRecorded(profilesOf(samples, frames), head))).ns).toBe(12e6 + 1);
  const named = back.samples.map(({ path, pipeline, factory, thread, blockedOn, inferred, chain, ns, stack }) => ({
    ...{ path, pipeline, factory, thread, blockedOn, inferred, chain, ns },
    stack: stack.map((frame) => back.frames[frame]),
  }));
  expect(named).toEqual(samples.map((sample) => ({ ...sample, stack: sample.stack.map((frame) => frames[frame]) })));
});

it("a function without a symbol has its build and address there, and no other frame has", () => {
  const work = { path: "/usr/lib/libwork.so", buildId: "abcd" };
  const named: StackFrame[] = [
    { name: "main", module: "libwork.so" },
    { name: "libwork.so+fn@0x1000", module: "libwork.so", address: 0x1000, image: work },
    { name: "GstWork chain", module: "libwork.so", origin: "type", address: 0x1100, image: work },
    { name: "GstWork chain", module: "libwork.so", origin: "type", address: 0x1200, image: work },
    { name: "libwork.so+fn@0x1000", module: "libwork.so", address: 0x1000, image: { ...work, buildId: "ef" } },
    { name: "libwork.so+code@0x9", module: "libwork.so" },
  ];
  const samples = [sampleAt("p/enc", 5e6, { stack: named.map((_, i) => i) })];
  const head = { encode, kind: "cpu" as const, timeNanos: 5n, durationNs: 1e9, sampleRate: 20 };
  const bytes = encodeRecorded(profilesOf(samples, named), head);
  const order = ({ buildId, address }: { buildId: string; address: number }) => `${buildId} ${address}`;
  const places = [...new ProfileNames(Buffer.from(bytes)).places()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  expect(places).toEqual([
    { ...work, address: 0x1000, origin: "none", hasLine: false },
    { ...work, address: 0x1100, origin: "type", hasLine: false },
    { ...work, address: 0x1200, origin: "type", hasLine: false },
    { ...work, buildId: "ef", address: 0x1000, origin: "none", hasLine: false },
  ]);
});
