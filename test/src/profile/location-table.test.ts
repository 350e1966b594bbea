// Does a frame say in pprof what is known of it: lines, what was inlined, whose generated code it is, or only its address?
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { mergeProfiles } from "../../../src/capture/profile-merge.js";
import { Stacks } from "../../../src/capture/stacks.js";
import type { FrameName } from "../../../src/model/symbol.js";
import { type EncodedProfile, encodeProfiles } from "../../../src/profile/pprof.js";
import type { ProfileRequest } from "../../../src/profile/request.js";
import type { SampleRow } from "../../helpers/batches.js";
import { encode as encodePprof, windowOf } from "../../helpers/folding.js";
import { hasGo } from "../../helpers/go.js";

const JIT = 8;
const inlined: FrameName = {
  name: "outer",
  named: true,
  lines: [
    { name: "clamp", file: "/src/a.h", line: 14 },
    { name: "blend", file: "/src/a.c", line: 20 },
    { name: "outer", file: "/src/a.c", line: 31 },
  ],
};
/** By module and offset. */
const names: Record<string, FrameName> = {
  "2 1": inlined,
  "2 2": { name: "plain", named: true },
  "3 1": { name: "lib3.so+fn@0x0", named: false },
  "3 2": { name: "GstX264Enc::handle_frame", named: false, origin: "type", raw: "lib3.so+fn@0x2" },
  "3 3": { name: "[runs a task]", named: false, origin: "role", raw: "lib3.so+fn@0x3" },
  "4 1": { name: "video_orc_pack_BGRA", named: true },
  "4 2": { name: "video_orc_unpack_I420", named: true },
  "4 3": { name: "lib4.so+fn@0x3", named: false },
};

function encode(stacks: SampleRow["frames"][], change: Partial<ProfileRequest> = {}): EncodedProfile {
  const window = windowOf(stacks.map((frames) => ({ element: 1, frames: frames ?? [] })));
  const [profile] = encodeProfiles(window, {
    encode: encodePprof,
    kind: "cpu",
    wait: String,
    timeNanos: 1_700_000_000_123_456_789n,
    durationNs: 10e9,
    sampleRate: 100,
    labels: () => [],
    name: (module, offset) => names[`${module} ${offset}`] ?? { name: "[orc jit]", named: false },
    module: (id) => ({
      path: `/usr/lib/lib${id}.so`,
      buildId: `abcd0${id}`,
      size: 4096,
      kind: id === JIT ? "jit" : "file",
    }),
    ...change,
  });
  if (profile === undefined) throw new Error("no profile");
  return profile;
}

/** Each stack as "function file:line", leaf first, and a raw address as it is. */
function stacksOf({ bytes }: EncodedProfile): string[][] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "?";
  const functions = new Map(profile.function.map((f) => [Number(f.id), `${text(f.name)} ${text(f.filename)}`]));
  const locations = new Map(
    profile.location.map((l) => {
      const lines = l.line.map((line) => `${functions.get(Number(line.functionId))}:${line.line}`);
      return [Number(l.id), lines.length > 0 ? lines : [`0x${l.address.toString(16)}`]];
    }),
  );
  return profile.sample.map((s) => s.locationId.flatMap((id) => locations.get(Number(id)) ?? []));
}

describe("a frame with lines", () => {
  it("is one location with a line for each function, the innermost first, and counts as one frame", () => {
    const profile = encode([
      [
        [2, 1],
        [2, 2],
      ],
    ]);
    expect(stacksOf(profile)).toEqual([["clamp /src/a.h:14", "blend /src/a.c:20", "outer /src/a.c:31", "plain :0"]]);
    expect(Profile.decode(profile.bytes).location).toHaveLength(2);
    expect(profile).toMatchObject({ frames: 2, framesNamed: 2 });
  });

  it("becomes several frames in the flame graph of a capture", () => {
    const stacks = new Stacks();
    stacks.add(gzipSync(encode([[[2, 1], [2, 2]]]).bytes)); // biome-ignore format: one stack a line
    const [sample] = stacks.samples;
    expect(sample?.stack.map((frame) => stacks.frames[frame]?.name)).toEqual(["plain", "outer", "blend", "clamp"]);
  });

  it.skipIf(!hasGo)(
    "is read by Go's own tool",
    () => {
      const dir = mkdtempSync(join(tmpdir(), "locations-"));
      writeFileSync(join(dir, "cpu.pb"), encode([[[2, 1], [2, 2]]]).bytes); // biome-ignore format: one stack a line
      const env = { ...process.env, PPROF_TMPDIR: dir, PPROF_BINARY_PATH: dir };
      const raw = execFileSync("go", ["tool", "pprof", "-raw", join(dir, "cpu.pb")], {
        encoding: "utf8",
        env,
        stdio: "pipe",
      });
      expect(raw).toMatch(/1: 0x1 M=1 clamp \/src\/a\.h:14/);
      expect(raw).toMatch(/blend \/src\/a\.c:20/);
      expect(raw).toMatch(/outer \/src\/a\.c:31/);
      rmSync(dir, { recursive: true });
    },
    300_000,
  );
});

/** Each function as a server shows it, and its system name. */
function functionsOf({ bytes }: EncodedProfile): [string, string][] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "?";
  return profile.function.map((one) => [text(one.name), text(one.systemName)]);
}

describe("a frame named after its type or role", () => {
  const stack: SampleRow["frames"] = [[3, 2], [3, 3], [2, 2], [3, 1]]; // biome-ignore format: one stack

  it("says in the system name of its function that it is no symbol, and what it is called else", () => {
    expect(functionsOf(encode([stack]))).toEqual([
      ["GstX264Enc::handle_frame", "type lib3.so+fn@0x2"],
      ["[runs a task]", "role lib3.so+fn@0x3"],
      ["plain", "plain"],
      ["lib3.so+fn@0x0", "lib3.so+fn@0x0"],
    ]);
  });

  it("is counted apart from those with a symbol, in each sample", () => {
    const counts = { frames: 12, framesNamed: 3, framesByType: 3, framesByRole: 3 };
    expect(encode([stack, stack, stack])).toMatchObject(counts);
  });

  it("keeps its address and the build-id of its mapping, so that a symbol can take its place later", () => {
    const profile = Profile.decode(encode([[[3, 2]]]).bytes); // biome-ignore format: one stack
    const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "?";
    expect(profile.location.map(({ address }) => Number(address))).toEqual([2]);
    expect(profile.mapping.map(({ buildId }) => text(buildId))).toEqual(["abcd03"]);
  });

  it("is in a capture what it was, also when profiles were merged", () => {
    const profile = encode([stack]);
    const merged = mergeProfiles([profile.bytes, encode([stack, stack]).bytes], 20e9);
    for (const bytes of [profile.bytes, merged]) {
      const stacks = new Stacks();
      stacks.add(gzipSync(bytes));
      expect(stacks.frames.slice(1)).toEqual([
        { name: "GstX264Enc::handle_frame", module: "lib3.so", origin: "type" },
        { name: "[runs a task]", module: "lib3.so", origin: "role" },
        { name: "plain", module: "lib2.so" },
        { name: "lib3.so+fn@0x0", module: "lib3.so" },
      ]);
    }
  });

  it("does not name the generated code that it calls, which is called by symbols alone", () => {
    expect(stacksOf(encode([[[JIT, 1], [3, 2]]]))[0]?.[0]).toBe("[orc jit] :0"); // biome-ignore format: one stack
  });

  it.skipIf(!hasGo)(
    "is shown by Go's own tool under its name",
    () => {
      const dir = mkdtempSync(join(tmpdir(), "locations-"));
      writeFileSync(join(dir, "cpu.pb"), encode([stack]).bytes);
      const env = { ...process.env, PPROF_TMPDIR: dir, PPROF_BINARY_PATH: dir };
      const options = { encoding: "utf8", env, stdio: "pipe" } as const;
      const top = execFileSync("go", ["tool", "pprof", "-top", "-symbolize=none", join(dir, "cpu.pb")], options);
      expect(top).toContain("GstX264Enc::handle_frame");
      const raw = execFileSync("go", ["tool", "pprof", "-raw", "-symbolize=none", join(dir, "cpu.pb")], options);
      expect(raw).toMatch(/\[runs a task\] :0:0 s=0(\(role lib3\.so\+fn@0x3\))?/);
      rmSync(dir, { recursive: true });
    },
    300_000,
  );
});

describe("generated code", () => {
  it("is named by the function that calls it, each caller its own, through other generated code", () => {
    const profile = encode([
      [[JIT, 1], [4, 1]],
      [[JIT, 1], [4, 2]],
      [[JIT, 1], [JIT, 2], [4, 1]],
    ]); // biome-ignore format: one stack a line
    expect(stacksOf(profile).map((stack) => stack.map((frame) => frame.split(" :")[0]))).toEqual([
      ["[orc] video_orc_pack_BGRA", "video_orc_pack_BGRA"],
      ["[orc] video_orc_unpack_I420", "video_orc_unpack_I420"],
      ["[orc] video_orc_pack_BGRA", "[orc] video_orc_pack_BGRA", "video_orc_pack_BGRA"],
    ]);
    expect(profile).toMatchObject({ frames: 7, framesNamed: 7 });
    expect(Profile.decode(profile.bytes).location).toHaveLength(5);
  });

  it("is named by the innermost of what was inlined into its caller", () => {
    expect(stacksOf(encode([[[JIT, 1], [2, 1]]]))[0]?.[0]).toBe("[orc] clamp :0"); // biome-ignore format: one stack
  });

  it("stays without a name where its caller has none, or there is none", () => {
    const profile = encode([[[JIT, 1], [4, 3]], [[JIT, 1]]]); // biome-ignore format: one stack a line
    expect(stacksOf(profile).map((stack) => stack[0])).toEqual(["[orc jit] :0", "[orc jit] :0"]);
    expect(profile).toMatchObject({ frames: 3, framesNamed: 0 });
  });
});

describe("frames left to the server", () => {
  it("are addresses in a mapping with build-id that claims no functions, beside the one of those with names", () => {
    const profile = encode([[[3, 1], [4, 3], [4, 1], [JIT, 1]]], { leaveUnnamed: true }); // biome-ignore format: one
    expect(stacksOf(profile)).toEqual([["0x1", "0x3", "video_orc_pack_BGRA :0", "[orc jit] :0"]]);
    const decoded = Profile.decode(profile.bytes);
    const text = (index: number | bigint) => decoded.stringTable.strings[Number(index)] ?? "?";
    expect(decoded.mapping.map((m) => [text(m.buildId), m.hasFunctions === true])).toEqual([
      ["abcd03", false],
      ["abcd04", false],
      ["abcd04", true],
      ["abcd08", true],
    ]);
    expect(profile).toMatchObject({ frames: 4, framesNamed: 1 });
  });

  it("are those without a symbol, whatever else names them: the server may have the symbol", () => {
    const profile = encode([[[3, 2], [3, 3], [2, 2]]], { leaveUnnamed: true }); // biome-ignore format: one
    expect(stacksOf(profile)).toEqual([["0x2", "0x3", "plain :0"]]);
  });

  it("keep their made-up names where nobody asked for that", () => {
    expect(stacksOf(encode([[[3, 1]]]))).toEqual([["lib3.so+fn@0x0 :0"]]);
  });
});
