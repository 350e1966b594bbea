// Are exactly the profiles read that count, and is each one named that should be there and cannot be read?
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readProfiles } from "../../../src/capture/profiles.js";
import { blankFile } from "../../../src/capture/state.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const packed = (ns: number) => gzipSync(samplePprof([{ stack: ["m!f"], ns, labels: { path: "p/x" } }]));
const row = (name: string, change: object = {}) =>
  `${JSON.stringify({ file: `profiles/${name}`, kind: name.startsWith("wall") ? "wall" : "cpu", samples: 1, windows: 1, replaces: [], ...change })}\n`;

async function read(files: Record<string, Uint8Array | string>, index: string, complete = true) {
  const dir = scratch("profiles");
  mkdirSync(join(dir, "profiles"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, "profiles", name), content);
  writeFileSync(join(dir, "profiles.ndjson"), index);
  const problems: string[] = [];
  const { cpu, wall } = await readProfiles(dir, { ...blankFile(), complete }, problems);
  return { cpu, wall, problems, ns: [cpu?.totalNs ?? null, wall?.totalNs ?? null] };
}

describe("profiles", () => {
  it("are folded by their kind, each file once", async () => {
    const files = { "cpu-1.pb.gz": packed(10), "wall-2.pb.gz": packed(5), "cpu-3.pb.gz": packed(7) };
    const { cpu, wall, problems, ns } = await read(
      files,
      row("cpu-1.pb.gz") + row("wall-2.pb.gz") + row("cpu-3.pb.gz"),
    );
    expect([ns, problems]).toEqual([[17, 5], []]);
    expect(cpu?.stacks.samples.map((sample) => sample.ns)).toEqual([17]);
    expect([cpu?.rows.length, wall?.rows.length]).toEqual([2, 1]);
  });

  it("are none where there are none", async () => {
    expect((await read({}, "")).ns).toEqual([null, null]);
    const problems: string[] = [];
    const empty = scratch("nothing");
    mkdirSync(empty);
    expect(await readProfiles(empty, blankFile(), problems)).toEqual({ cpu: null, wall: null });
    expect(problems).toEqual([]);
  });

  it("that were merged into another count there alone, although they still lie there", async () => {
    const files = { "cpu-1.pb.gz": packed(10), "cpu-2.pb.gz": packed(7), "cpu-1-2.pb.gz": packed(17) };
    const replaces = ["profiles/cpu-1.pb.gz", "profiles/cpu-2.pb.gz"];
    const index = row("cpu-1.pb.gz") + row("cpu-2.pb.gz");
    expect(await read(files, index + row("cpu-1-2.pb.gz", { windows: 2, replaces }))).toMatchObject({
      ns: [17, null],
      problems: [],
    });
    // Its writer died before it said so.
    expect(await read(files, index)).toMatchObject({ ns: [17, null], problems: [] });
  });

  it("that were dropped do not count, and are not missed", async () => {
    const dropped = `${JSON.stringify({ dropped: ["profiles/cpu-1.pb.gz"] })}\n`;
    const index = row("cpu-1.pb.gz") + dropped;
    expect(await read({}, index)).toMatchObject({ ns: [null, null], problems: [] });
    expect(await read({ "cpu-1.pb.gz": packed(10) }, index)).toMatchObject({ ns: [null, null], problems: [] });
  });
});

describe("a profile", () => {
  it("that is listed and not there is missing", async () => {
    expect((await read({}, row("cpu-1.pb.gz"))).problems).toEqual(["profiles/cpu-1.pb.gz is missing"]);
  });

  it("that is damaged is named, and the others are read", async () => {
    const files = { "cpu-1.pb.gz": packed(10).subarray(0, 30), "cpu-2.pb.gz": "nothing", "cpu-3.pb.gz": packed(7) };
    const { problems, cpu, ns } = await read(files, row("cpu-1.pb.gz") + row("cpu-2.pb.gz") + row("cpu-3.pb.gz"));
    expect(problems).toEqual(["profiles/cpu-1.pb.gz cannot be read", "profiles/cpu-2.pb.gz cannot be read"]);
    expect([ns, cpu?.rows.length]).toEqual([[7, null], 1]);
  });

  it("that is not listed is read; it is a problem of a capture that is complete", async () => {
    const files = { "cpu-1.pb.gz": packed(10), "notes.txt": "mine" };
    expect(await read(files, "", false)).toMatchObject({ ns: [10, null], problems: [] });
    expect(await read(files, "", true)).toMatchObject({
      ns: [10, null],
      problems: ["profiles/cpu-1.pb.gz is not listed in profiles.ndjson"],
    });
  });
});

it("a folder of profiles that is a link is not followed", async () => {
  const dir = scratch("linked");
  mkdirSync(join(dir, "elsewhere"), { recursive: true });
  writeFileSync(join(dir, "elsewhere", "cpu-1.pb.gz"), packed(10));
  symlinkSync("elsewhere", join(dir, "profiles"));
  expect(await readProfiles(dir, blankFile(), [])).toEqual({ cpu: null, wall: null });
});
