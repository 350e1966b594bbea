// Do the samples of a target become profiles with the right times, names and labels: real ones for a capture, stable ones for a server?
import { describe, expect, it } from "vitest";
import { openParts } from "../../../../src/agent/session/opening.js";
import { ProfileEncoder } from "../../../../src/agent/session/profile-encoder.js";
import { SegmentInput } from "../../../../src/input/drain.js";
import type { EncodedProfile } from "../../../../src/profile/pprof.js";
import { cellOf } from "../../../helpers/cells.js";
import { Entries } from "../../../helpers/entries.js";
import { FakeSegment, fakeNative, requestFor } from "../../../helpers/fake-segment.js";
import { acceptProfile } from "../../../helpers/pyroscope-rules.js";

const entries = new Entries();
const pipeline = entries.pipeline("pipeline7", 1);
const enc = entries.element(pipeline, "identity31", "identity");
const sinkPad = entries.pad(enc, "sink", "sink", "sink");
const thread = entries.thread("queue5:src");
const libc = entries.module("/usr/lib/libc.so.6", "ab12");

const rates = { sampleRate: 100, wallRate: 0 };
const forServer = { paths: false, leaveUnnamed: false };
const forCapture = { paths: true, leaveUnnamed: false };
const frames = [[libc, 0x1f]] as const;

async function encoderOf(segment: FakeSegment, native = fakeNative()) {
  segment.entries = [...entries.all];
  const parts = await openParts(requestFor(segment, {}, { native }));
  const input = new SegmentInput(segment, parts.topology);
  const encoder = new ProfileEncoder(parts);
  return { encoder, parts, poll: () => encoder.take(input.tick({ cells: true })) };
}

/** As a server reads it. */
function samplesOf({ bytes, timeNanos }: EncodedProfile) {
  return acceptProfile([{ name: "__name__", value: "process_cpu" }], bytes, timeNanos).samples;
}

async function samplesWith(segment: FakeSegment, how = forServer) {
  const { encoder } = await encoderOf(segment);
  const slice = encoder.cut(rates);
  await encoder.name(slice);
  const profiles = encoder.encode(slice, how);
  encoder.close();
  return { profiles, kinds: profiles.map(({ kind }) => kind), samples: profiles.map(samplesOf) };
}

function sampling(...samples: FakeSegment["samples"]): FakeSegment {
  const segment = new FakeSegment();
  segment.samples = samples;
  return segment;
}

describe("a sample", () => {
  it("has the same labels in every run for a server, and its real names beside them for a capture", async () => {
    const one = { element: enc, thread, threadNumber: 1, chain: [enc], frames, weightNs: 3e6 };
    const server = await samplesWith(sampling(one));
    const labels = { pipeline: "pipeline1", element: "identity1", factory: "identity", thread: "queue:src" };
    const [[sample] = []] = server.samples;
    expect(sample?.stack).toEqual(["name@1f"]);
    expect(sample?.value).toBe(3e6);
    expect(Object.keys(sample?.labels ?? {}).sort()).toEqual(["__name__", ...Object.keys(labels)].sort());
    const capture = await samplesWith(sampling(one), forCapture);
    expect(capture.samples[0]?.[0]?.labels).toEqual({
      ...sample?.labels,
      ...{ path: "pipeline7/identity31", thread_name: "queue5:src#2", chain: `${enc}` },
    });
  });

  it("of nobody is counted whole, without labels that would say nothing", async () => {
    const { samples } = await samplesWith(sampling({ weightNs: 5e6 }));
    expect(samples).toEqual([[{ labels: { __name__: "process_cpu" }, stack: ["(no stack)"], value: 5e6 }]]);
  });

  it("that was taken while the target was opened is in the first window", async () => {
    const { profiles } = await samplesWith(sampling({ weightNs: 1e6 }, { weightNs: 2e6 }));
    expect(profiles).toMatchObject([{ samples: 2, totalNs: 3e6 }]);
  });
});

describe("the wall profile", () => {
  it("is there where blocked threads are looked at, or were, and has what runs and what waits", async () => {
    const blocked = { element: enc, systemCall: 202, weightNs: 7e6, frames };
    const { kinds, profiles, samples } = await samplesWith(sampling({ weightNs: 1e6 }, blocked));
    expect(kinds).toEqual(["cpu", "wall"]);
    expect(profiles.map(({ totalNs }) => totalNs)).toEqual([1e6, 8e6]);
    expect(profiles.map(({ uniqueSamples }) => uniqueSamples)).toEqual([1, 1]);
    expect(samples[1]?.map(({ labels }) => labels.blocked_on ?? "").sort()).toEqual(["", "futex"]);
  });

  it("is made of those that run alone where nobody happened to be blocked, and is missing where nobody looks", async () => {
    const { encoder } = await encoderOf(sampling({ weightNs: 1e6 }));
    const slice = encoder.cut({ sampleRate: 100, wallRate: 10 });
    expect(encoder.encode(slice, forServer).map(({ kind }) => kind)).toEqual(["cpu", "wall"]);
    expect(encoder.encode({ ...slice, wallRate: 0 }, forServer).map(({ kind }) => kind)).toEqual(["cpu"]);
    encoder.close();
  });

  it("names a system call that our table does not have by its number", async () => {
    const { samples } = await samplesWith(sampling({ systemCall: 333, weightNs: 1e6 }));
    expect(samples.at(-1)?.[0]?.labels.blocked_on).toBe("syscall_333");
  });
});

describe("windows", () => {
  it("follow each other without a gap, and each sample is in one", async () => {
    const segment = sampling({ weightNs: 1e6 });
    const { encoder, poll } = await encoderOf(segment);
    const first = encoder.cut(rates);
    segment.samples = [{ weightNs: 2e6 }, { weightNs: 4e6 }];
    poll();
    const second = encoder.cut(rates);
    const third = encoder.cut(rates);
    expect([first, second, third].map(({ window }) => window.totalNs)).toEqual([1e6, 6e6, 0]);
    expect(second.atNs).toBeCloseTo(first.atNs + first.durationNs, -3);
    expect(second).toMatchObject(rates);
    expect(encoder.encode(third, forServer)).toEqual([]);
    encoder.close();
  });

  it("add up what threads did: running, ready, blocked", async () => {
    const segment = sampling(
      { weightNs: 1e6 },
      { weightNs: 2e6, systemCall: -2 },
      { weightNs: 4e6, systemCall: 202 },
      { weightNs: 8e6, systemCall: 7 },
    );
    const { encoder } = await encoderOf(segment);
    expect(encoder.figures.threads).toEqual({ running: 0, ready: 0, blocked: 0 });
    encoder.cut(rates);
    expect(encoder.figures.threads).toEqual({ running: 1e6, ready: 2e6, blocked: 12e6 });
    encoder.close();
  });
});

describe("names", () => {
  it("that cannot be had leave the address with its module, and reject nothing", async () => {
    const broken = fakeNative({ symbolize: () => Promise.reject(new Error("no memory")) });
    const { encoder } = await encoderOf(sampling({ element: enc, frames }), broken);
    const slice = encoder.cut(rates);
    await encoder.name(slice);
    const [profile] = encoder.encode(slice, forServer);
    expect(profile).toMatchObject({ frames: 1, framesNamed: 0 });
    expect(profile === undefined ? [] : samplesOf(profile)[0]?.stack).toEqual(["libc.so.6+0x1f"]);
    expect(encoder.modules()).toMatchObject([{ path: "/usr/lib/libc.so.6", frames: 1, unnamed: 1 }]);
    encoder.close();
  });

  it("without symbols are those of the target's classes and roles, as it has said them when a profile is made", async () => {
    const stripped = fakeNative({
      symbolize: async ({ offsets }) => ({
        names: Array.from(offsets, () => ""),
        starts: Float64Array.from(offsets, (offset) => offset - (offset % 0x100)),
        inFunction: new Uint8Array(offsets.length).fill(1),
        lineCounts: new Uint8Array(offsets.length),
        ...{ lines: new Uint32Array(), texts: [], problem: "", source: ".dynsym", hasLines: false },
      }),
    });
    const segment = sampling();
    const { encoder, poll } = await encoderOf(segment, stripped);
    const window = async (...functions: string[]) => {
      const more = new Entries();
      more.functions(...functions);
      segment.entries = more.all.slice(1);
      segment.samples = [{ element: enc, frames: [[libc, 0x21f], [libc, 0x3ff]] }]; // biome-ignore format: one stack
      poll();
      const slice = encoder.cut(rates);
      await encoder.name(slice);
      const [profile] = encoder.encode(slice, forServer);
      const { framesNamed = 0, framesByType = 0, framesByRole = 0 } = profile ?? {};
      const stack = profile === undefined ? [] : samplesOf(profile)[0]?.stack;
      return { stack, counts: [framesNamed, framesByType, framesByRole] };
    };
    const hex = libc.toString(16);
    expect(await window()).toEqual({ stack: ["libc.so.6+fn@0x200", "libc.so.6+fn@0x300"], counts: [0, 0, 0] });
    expect(await window(`${hex} 200 t GstQueue src loop`, `${hex} 300 r [runs a task]`)).toEqual({
      ...{ stack: ["GstQueue src loop", "[runs a task]"], counts: [0, 1, 1] },
    });
    expect(await window(`${hex} 200 t `)).toEqual({
      ...{ stack: ["libc.so.6+fn@0x200", "[runs a task]"], counts: [0, 0, 1] },
    });
    expect(encoder.modules()).toMatchObject([{ frames: 2, byType: 0, byRole: 1, unnamed: 1 }]);
    encoder.close();
  });

  it("of a pad are for a metric what the profile says of its element", async () => {
    const { encoder } = await encoderOf(new FakeSegment());
    const { pipeline: p, element, factory, pad } = encoder.padLabels(sinkPad);
    const { samples } = await samplesWith(sampling({ element: enc, weightNs: 1e6 }));
    expect(samples[0]?.[0]?.labels).toMatchObject({ pipeline: p, element, factory });
    expect(pad).toBe("sink");
    expect(encoder.padLabels(999)).toEqual({ pipeline: "", element: "", factory: "", pad: "" });
    encoder.close();
  });
});

it("counts are those of the last look, with nothing ended while everything lives", async () => {
  const segment = new FakeSegment();
  segment.hops = [cellOf(sinkPad, [10, 20])];
  const { encoder } = await encoderOf(segment);
  expect(encoder.cells()).toEqual({ cells: segment.hops, ended: [] });
  expect(encoder.allCells()).toEqual(segment.hops);
  encoder.close();
});
