// Is what we encode a pprof that Go's own tool reads, with every nanosecond under its labels?
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Profile } from "pprof-format";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Label } from "../../../src/model/labels.js";
import { WAIT_CPU } from "../../../src/model/wire.js";
import { type EncodedProfile, encodeProfiles } from "../../../src/profile/pprof.js";
import type { ProfileRequest } from "../../../src/profile/request.js";
import type { Window } from "../../../src/profile/window.js";
import type { SampleRow } from "../../helpers/batches.js";
import { byElement, encode, windowOf as folded } from "../../helpers/folding.js";
import { hasGo } from "../../helpers/go.js";

const T0 = 1_700_000_000_123_456_789n;
const labels = (set: number): Label[] => [
  ["pipeline", "p0"],
  ["element", `e${set}`],
  ["factory", "identity"],
  ["thread", "src:src"],
];
const request = (change: Partial<ProfileRequest> = {}): ProfileRequest => ({
  encode,
  kind: "cpu",
  wait: (number) => `call${number}`,
  timeNanos: T0,
  durationNs: 10e9,
  sampleRate: 100,
  labels,
  name: (module, offset) => ({ name: `f${module}_${offset.toString(16)}`, named: module !== 9 }),
  module: (id) => (id === 0 ? undefined : { path: `/usr/lib/lib${id}.so`, buildId: `abcd0${id}`, size: 0x100000 }),
  ...change,
});
const windowOf = (rows: SampleRow[], bytes = 1e8): Window => folded(rows, byElement, { bytes, labelSets: 100 });
const only = (parts: EncodedProfile[]): EncodedProfile => {
  expect(parts).toHaveLength(1);
  return parts[0] as EncodedProfile;
};
const text = (profile: Profile, index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "?";

describe("an encoded profile", () => {
  it("has one value in nanoseconds, the period of the rate, and the window's times", () => {
    const profile = Profile.decode(only(encodeProfiles(windowOf([{ frames: [[2, 16]] }]), request())).bytes);
    expect(profile.sampleType.map((t) => [text(profile, t.type), text(profile, t.unit)])).toEqual([
      ["cpu", "nanoseconds"],
    ]);
    expect([text(profile, profile.periodType?.type ?? 0), Number(profile.period)]).toEqual(["cpu", 10_000_000]);
    expect([BigInt(profile.timeNanos), BigInt(profile.durationNanos)]).toEqual([T0, 10_000_000_000n]);
  });

  it("gives each address one location, each name one function, each module one mapping with its build-id", () => {
    const rows: SampleRow[] = [
      { element: 1, frames: [[2, 0x10], [2, 0x11], [3, 0x20], [0, 0x99]] }, // biome-ignore format: one stack a line
      {
        element: 2,
        frames: [
          [2, 0x10],
          [3, 0x20],
        ],
      },
    ];
    const name = (module: number, offset: number) => ({ name: module === 2 ? "same" : `f${offset}`, named: true });
    const profile = Profile.decode(only(encodeProfiles(windowOf(rows), request({ name }))).bytes);
    expect(profile.location).toHaveLength(4);
    expect(profile.function.map((f) => text(profile, f.name)).sort()).toEqual(["f153", "f32", "same"]);
    expect(profile.mapping.map((m) => [text(profile, m.filename), text(profile, m.buildId), m.hasFunctions])).toEqual([
      ["/usr/lib/lib2.so", "abcd02", true],
      ["/usr/lib/lib3.so", "abcd03", true],
      ["[unknown]", "", true],
    ]);
    for (const location of profile.location) expect(Number(location.mappingId)).toBeGreaterThan(0);
  });

  it("counts for each profile what pprof itself has no place for", () => {
    const rows: SampleRow[] = [
      { element: 1, frames: [[2, 1], [9, 2]], end: 0 }, // biome-ignore format: one stack a line
      {
        element: 1,
        frames: [
          [2, 1],
          [9, 2],
        ],
        end: 3,
        flags: 1,
      },
      { element: 1, frames: [], end: 3 },
    ];
    const part = only(encodeProfiles(windowOf(rows), request()));
    expect(part).toMatchObject({ samples: 3, totalNs: 3e7, reachedRoot: 1, inferred: 1, frames: 4, framesNamed: 2 });
  });

  it("marks stacks with an inferred caller for a capture, and never for a server", () => {
    const rows: SampleRow[] = [{ frames: [[2, 1]], flags: 1 }, { frames: [[2, 2]] }];
    const labelsIn = (change: Partial<ProfileRequest>) => {
      const profile = Profile.decode(only(encodeProfiles(windowOf(rows), request(change))).bytes);
      return profile.sample.map(({ label }) => label.some(({ key }) => text(profile, key) === "inferred"));
    };
    expect(labelsIn({ markInferred: true })).toEqual([true, false]);
    expect(labelsIn({})).toEqual([false, false]);
  });

  it("keeps threads that ran and those that were blocked apart: CPU time, and wall time of both", () => {
    const rows: SampleRow[] = [
      { frames: [[2, 1]], weightNs: 3e7 },
      { frames: [[2, 1]], weightNs: 5e7, systemCall: 202 },
      { frames: [[2, 1]], weightNs: 1e7, systemCall: 7 },
      { frames: [[2, 1]], weightNs: 1e7, systemCall: 202 },
    ];
    const window = windowOf(rows);
    expect(only(encodeProfiles(window, request()))).toMatchObject({
      kind: "cpu",
      samples: 1,
      uniqueSamples: 1,
      totalNs: 3e7,
    });
    const part = only(encodeProfiles(window, request({ kind: "wall" })));
    expect(part).toMatchObject({ kind: "wall", samples: 4, uniqueSamples: 3, totalNs: 1e8 });
    const profile = Profile.decode(part.bytes);
    expect(profile.sampleType.map((t) => text(profile, t.type))).toEqual(["wall"]);
    const blocked = profile.sample.map(({ label, value }) => [
      label.filter(({ key }) => text(profile, key) === "blocked_on").map(({ str }) => text(profile, str))[0] ?? "",
      Number(value[0]),
    ]);
    expect(new Map(blocked as [string, number][])).toEqual(
      new Map([
        ["", 3e7],
        ["call202", 6e7],
        ["call7", 1e7],
      ]),
    );
  });

  it("says so where a stack is missing, or its middle is", () => {
    const deep = Array.from({ length: 256 }, (_, i) => [2, i] as const);
    const profile = Profile.decode(only(encodeProfiles(windowOf([{}, { frames: deep, flags: 2 }]), request())).bytes);
    const names = new Map(
      profile.location.map((l) => [
        Number(l.id),
        text(profile, profile.function[Number(l.line[0]?.functionId) - 1]?.name ?? 0),
      ]),
    );
    const stacks = profile.sample.map((s) => s.locationId.map((id) => names.get(Number(id))));
    expect(stacks[0]).toEqual(["(no stack)"]);
    expect(stacks[1]).toHaveLength(257);
    expect(stacks[1]?.slice(191, 194)).toEqual(["f2_bf", "(frames left out)", "f2_c0"]);
  });

  it("tells a thread that waited for a CPU from one whose stack is not known", () => {
    const rows: SampleRow[] = [
      { frames: [], weightNs: 3e7, systemCall: WAIT_CPU },
      { frames: [[2, 1]], weightNs: 2e7, systemCall: WAIT_CPU },
      { frames: [], weightNs: 1e7, systemCall: WAIT_CPU - 1 },
    ];
    const part = only(encodeProfiles(windowOf(rows), request({ kind: "wall" })));
    const profile = Profile.decode(part.bytes);
    const leaf = (id: number | bigint) => profile.location[Number(id) - 1]?.line[0]?.functionId ?? 0;
    const stacks = profile.sample.map(({ locationId, value }) => [
      Number(value[0]),
      ...locationId.map((id) => text(profile, profile.function[Number(leaf(id)) - 1]?.name ?? 0)),
    ]);
    expect(stacks).toEqual([
      [3e7, "(runnable)"],
      [2e7, "f2_1"],
      [1e7, "(no stack)"],
    ]);
    expect(part, "neither is a frame that could have a name").toMatchObject({ frames: 1, framesNamed: 1 });
  });

  it("bends hostile labels and names into what servers take", () => {
    const hostile = (): Label[] => [
      ["a-b.c", "x\ud800y\0z"],
      ["__name__", "evil"],
      ["9", "nine"],
      ["", "nothing"],
      ["empty", ""],
      ["long", "ü".repeat(1000)],
    ];
    const name = () => ({ name: "\udfff<script>\n", named: true });
    const bytes = only(encodeProfiles(windowOf([{ frames: [[2, 1]] }]), request({ labels: hostile, name }))).bytes;
    const profile = Profile.decode(bytes);
    const found = profile.sample[0]?.label.map((l) => [text(profile, l.key), text(profile, l.str)]) ?? [];
    expect(found).toEqual([
      ["_9", "nine"],
      ["a_b_c", "x\ufffdy\ufffdz"],
      ["long", `${"ü".repeat(255)}…`],
      ["name__", "evil"],
    ]);
    for (const string of profile.stringTable.strings) expect(Buffer.from(string).toString()).toBe(string);
  });

  it("is not made from an empty window", () => {
    expect(encodeProfiles(windowOf([]), request())).toEqual([]);
  });
});

describe("a window too large for a server", () => {
  const rows: SampleRow[] = Array.from({ length: 20_001 }, (_, i) => ({
    element: i % 7,
    weightNs: i + 1,
    frames: Array.from({ length: 12 }, (_, depth) => [2, (i * 31 + depth * 977) % 9973] as const),
  }));
  const window = windowOf(rows);

  it("becomes several profiles within the limits whose sums per label are the window's", () => {
    const parts = encodeProfiles(window, request());
    expect(parts.length).toBeGreaterThan(2);
    const found: Record<string, number> = {};
    for (const part of parts) {
      const profile = Profile.decode(part.bytes);
      expect(part.bytes.length).toBeLessThanOrEqual(1024 * 1024);
      expect(profile.sample.length).toBeLessThanOrEqual(8000);
      for (const sample of profile.sample) {
        const element = text(profile, sample.label.find((l) => text(profile, l.key) === "element")?.str ?? 0);
        found[element] = (found[element] ?? 0) + Number(sample.value[0]);
      }
    }
    const expected: Record<string, number> = {};
    for (const row of rows) expected[`e${row.element}`] = (expected[`e${row.element}`] ?? 0) + (row.weightNs ?? 0);
    expect(found).toEqual(expected);
    expect(parts.reduce((sum, part) => sum + part.samples, 0)).toBe(rows.length);
    expect(parts.reduce((sum, part) => sum + part.totalNs, 0)).toBe(window.totalNs);
  });

  it("gives every part an instant of its own, the same at every call", () => {
    const times = encodeProfiles(window, request()).map((part) => part.timeNanos);
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual(times.map((_, i) => T0 + BigInt(i) * 1_000_000n)); // the older storage compares milliseconds
    expect(encodeProfiles(window, request()).map((part) => part.timeNanos)).toEqual(times);
  });

  it("is split by bytes too", () => {
    const parts = encodeProfiles(window, request({ limits: { bytes: 64 * 1024, samples: 8000 } }));
    for (const part of parts) expect(part.bytes.length).toBeLessThanOrEqual(64 * 1024);
    expect(parts.reduce((sum, part) => sum + part.totalNs, 0)).toBe(window.totalNs);
  });
});

describe.skipIf(!hasGo)("go tool pprof", () => {
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "pprof-"));
    pprof(only(encodeProfiles(windowOf([{}]), request())).bytes, "-raw"); // newer Go builds the tool at its first use
  }, 300_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const pprof = (bytes: Uint8Array, ...args: string[]): string => {
    writeFileSync(join(dir, "cpu.pb"), bytes);
    const env = { ...process.env, PPROF_TMPDIR: dir, PPROF_BINARY_PATH: dir };
    return execFileSync("go", ["tool", "pprof", ...args, join(dir, "cpu.pb")], {
      encoding: "utf8",
      env,
      stdio: "pipe",
    });
  };

  it("reads our profiles and prints each sample with its labels and names", () => {
    const rows: SampleRow[] = [
      { element: 1, weightNs: 30_000_000, frames: [[2, 0x10], [3, 0x20]] }, // biome-ignore format: one stack a line
      { element: 2, weightNs: 10_000_000, frames: [[0, 0x55]] },
      { element: 2, weightNs: 20_000_000 },
    ];
    const raw = pprof(only(encodeProfiles(windowOf(rows), request())).bytes, "-raw");
    expect(raw).toContain("cpu/nanoseconds");
    expect(raw).toContain("Period: 10000000");
    expect(raw).toMatch(/30000000: 1 2 \n\s+element:\[e1\] factory:\[identity\] pipeline:\[p0\] thread:\[src:src\]/);
    expect(raw).toMatch(/1: 0x10 M=1 f2_10/);
    expect(raw).toMatch(/\[FN\]/);
    expect(raw).toContain("abcd02");
  });

  it("groups by our element label and finds the same sums", () => {
    const rows: SampleRow[] = [1, 2, 2, 3, 3, 3].map((element, i) => ({ element, frames: [[2, i]] }));
    const tags = pprof(only(encodeProfiles(windowOf(rows), request())).bytes, "-tags", "-unit=ms");
    const of = (element: string) => Number(new RegExp(`([\\d.]+)ms \\([^)]*\\): ${element}\\b`).exec(tags)?.[1]);
    expect([of("e1"), of("e2"), of("e3")]).toEqual([10, 20, 30]);
  });
});
