// Are the names and owners of a window's samples the same that a reader of its pprof finds?
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Stacks } from "../../../src/capture/stacks.js";
import type { Label } from "../../../src/model/labels.js";
import type { StackFrame, StackSample } from "../../../src/model/recorded-profiles.js";
import type { FrameName } from "../../../src/model/symbol.js";
import { namedSamples, Owners, ownedSamples } from "../../../src/profile/named-samples.js";
import { encodeProfiles } from "../../../src/profile/pprof.js";
import type { Window } from "../../../src/profile/window.js";
import type { SampleRow } from "../../helpers/batches.js";
import { alike, encode, windowOf as folded } from "../../helpers/folding.js";

const [LIBX, JIT, GONE] = [3, 4, 5];
const modules = new Map([
  [LIBX, { path: "/usr/lib/libx.so.1 (deleted)", buildId: "ab", size: 9000, kind: "file" as const }],
  [JIT, { path: "", buildId: "", size: 0, kind: "jit" as const }],
]);
const names: Record<number, FrameName> = {
  16: { name: "encode", named: true },
  32: {
    name: "outer",
    named: true,
    lines: ["inner", "middle", "outer"].map((name) => ({ name, file: "x.c", line: 7 })),
  },
  48: { name: "GstQueue src loop", named: false, origin: "type", raw: "libx.so.1+fn@0x2c", start: 44 },
  64: { name: "", named: true },
};
const request = {
  wait: (n: number) => (n === 202 ? "futex" : "cpu"),
  labels: (set: number): Label[] => [
    ["path", `pipeline0/${"deep/".repeat(set)}enc`],
    ["pipeline", "pipeline1"],
    ["factory", "x264enc"],
    ["thread", "queue:src"],
    ["thread_name", set === 1 ? "" : `queue5:src#${set}`],
    ["chain", set === 2 ? "" : "17 4 1"],
  ],
  name: (module: number, offset: number): FrameName =>
    names[offset] ?? { name: module === LIBX ? `libx+0x${offset.toString(16)}` : "[unknown]", named: false },
  module: (id: number) => modules.get(id),
};

const windowOf = (...rows: SampleRow[]): Window => folded(rows);

/** Stacks as their names, with their owners. */
const shown = (samples: readonly StackSample[], frames: readonly StackFrame[]) =>
  samples
    .map(({ stack, path, pipeline, factory, thread, blockedOn, inferred, chain, ns }) => ({
      ...{ path, pipeline, factory, thread, blockedOn, inferred, chain, ns },
      stack: stack.map((frame) => JSON.stringify({ ...frames[frame], address: undefined, image: undefined })).join(),
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** By pprof and back, as a capture does it. */
function read(window: Window) {
  const how = { encode, kind: "wall" as const, timeNanos: 1n, durationNs: 1e9, sampleRate: 100, markInferred: true };
  const stacks = new Stacks();
  const [profile] = encodeProfiles(structuredClone(window), { ...how, ...request });
  if (profile !== undefined) stacks.add(gzipSync(profile.bytes));
  return { samples: shown(stacks.samples, stacks.frames), profile };
}

const rows: SampleRow[] = [
  { frames: [[LIBX, 16], [LIBX, 32], [LIBX, 48]], element: 0 }, // biome-ignore format: one stack
  { frames: [[LIBX, 16], [LIBX, 99]], element: 1, end: 1 }, // biome-ignore format: one stack
  { frames: [[JIT, 5], [LIBX, 16]], element: 2, flags: 1 }, // biome-ignore format: one stack
  { frames: [[LIBX, 64], [GONE, 1], [0, 1]], element: 2, systemCall: 202 }, // biome-ignore format: one stack
  { frames: [], element: 0 },
  { frames: [], element: 0, systemCall: -2 },
  { frames: [[LIBX, 16]], element: 60, flags: 2 },
  { frames: Array.from({ length: 250 }, (_, i) => [LIBX, 1000 + i] as const), element: 0, flags: 2, span: 9n },
];

describe("named samples", () => {
  it("are those that a capture's pprof would bring, one by one", () => {
    const window = windowOf(...rows);
    const { frames, stacks } = namedSamples(window, request);
    const mine = shown(
      stacks.map(({ owner, stack, ns }) => ({ ...owner, stack, ns })),
      frames,
    );
    expect(mine).toEqual(read(window).samples);
    expect(mine).toHaveLength(rows.length);
  });

  it("are counted as pprof's maker counts them, those that ran apart from those that waited", () => {
    const window = windowOf(...rows, ...rows);
    const { running, blocked } = namedSamples(window, request);
    const { profile } = read(window);
    for (const [name, n] of Object.entries(running))
      expect([name, n + blocked[name as keyof typeof blocked]]).toEqual([
        name,
        profile?.[name as keyof typeof running],
      ]);
    expect([running.samples, blocked.samples]).toEqual([12, 4]);
  });

  it("know where a function without a symbol begins, once each, so that it can be named later", () => {
    const calls: Record<number, FrameName> = {
      ...names,
      80: { name: "libx.so.1+fn@0x4d", named: false, start: 77 },
      81: { name: "libx.so.1+fn@0x4d", named: false, start: 77 },
      // Another function of the same name.
      90: { name: "GstQueue src loop", named: false, origin: "type", raw: "libx.so.1+fn@0x5a", start: 90 },
      112: { name: "libx.so.1+0x70", named: false },
      // May be many functions.
      128: { name: "libx.so.1+code@0x7f", named: false },
    };
    const offsets = [16, 48, 80, 81, 90, 112, 128];
    const window = windowOf({ frames: [...offsets.map((offset) => [LIBX, offset] as const), [GONE, 80]] });
    const { frames, stacks } = namedSamples(window, { ...request, name: (_, offset) => calls[offset] as FrameName });
    const stack = stacks[0]?.stack.map((at) => frames[at]).reverse();
    expect(stack?.map((frame) => frame?.address)).toEqual([undefined, 44, 77, 77, 90, 112, undefined, undefined]);
    expect(stack?.[2]).toBe(stack?.[3]);
    expect(stack?.[1]?.image).toBe(modules.get(LIBX));
    expect(stack?.[1]?.name).toBe(stack?.[4]?.name);
  });

  it("that are all of stacks that a full window had no room for are one frame that says so", () => {
    const window = folded([{ frames: [[LIBX, 16]] }], alike(), { bytes: 0, labelSets: 1 });
    const { frames, stacks } = namedSamples(window, request);
    expect(stacks.map(({ stack }) => stack.map((i) => frames[i]?.name))).toEqual([["(other stacks)"]]);
  });
});

it("without stacks they have the same owners, times and counts, and no frame", () => {
  const rows = [
    { weightNs: 1e6, element: 1, frames: [[LIBX, 16]] as [number, number][] },
    { weightNs: 2e6, element: 1, frames: [[LIBX, 32]] as [number, number][] },
    { weightNs: 4e6, element: 2, frames: [[LIBX, 16]] as [number, number][] },
    { weightNs: 8e6, element: 1, kind: 2, systemCall: 202 },
  ];
  const sums = ({ stacks }: ReturnType<typeof namedSamples>) => {
    const found: Record<string, number> = {};
    for (const { owner, ns } of stacks) found[JSON.stringify(owner)] = (found[JSON.stringify(owner)] ?? 0) + ns;
    return found;
  };
  const owners = new Owners(request);
  const [whole, owned] = [namedSamples(windowOf(...rows), request), ownedSamples(windowOf(...rows), owners)];
  expect(ownedSamples(windowOf(...rows), owners)).toEqual(owned);
  expect(sums(owned)).toEqual(sums(whole));
  expect(Object.values(sums(owned)).sort()).toEqual([3e6, 4e6, 8e6]);
  expect([owned.frames, owned.running.samples, owned.blocked.samples]).toEqual([[], 3, 1]);
  expect(owned.stacks.every(({ stack }) => stack.length === 0)).toBe(true);
});
