// Are the functions of a real pipeline those that Go's pprof finds in the profiles of the same capture, callers and callees too?
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FunctionIndex, type FunctionTime, functionTimes } from "../../src/analysis/functions.js";
import { type Edge, sandwich } from "../../src/analysis/sandwich.js";
import { type Capture, readCapture } from "../../src/capture/reader.js";
import { packStacks, unpackStacks } from "../../src/page/packed-stacks.js";
import { Names } from "../../src/page/packed-tree.js";
import { hasGo } from "../helpers/go.js";
import { type GoTime, goPeek, goTop } from "../helpers/go-pprof.js";
import { cli, runToEnd, words } from "../helpers/pipelines.js";
import { scratch } from "../helpers/scratch.js";

const pipeline =
  "videotestsrc num-buffers=150 ! video/x-raw,width=320,height=240 ! tee name=t ! queue ! x264enc speed-preset=veryfast ! fakesink t. ! queue ! vp8enc deadline=1 ! fakesink";

/** pprof adds up by name alone: one in two modules is one row there. Its self times add up, its total needs the stacks. */
function byName(rows: readonly FunctionTime[]): { once: Map<string, GoTime>; self: Map<string, number> } {
  const [once, self] = [new Map<string, GoTime>(), new Map<string, number>()];
  for (const { name, ns, totalNs } of rows) {
    if (self.has(name)) once.delete(name);
    else once.set(name, { ns, totalNs });
    self.set(name, (self.get(name) ?? 0) + ns);
  }
  return { once, self };
}

const sums = (edges: readonly Edge[] = []): Map<string, number> => {
  const found = new Map<string, number>();
  for (const { name, ns } of edges) found.set(name, (found.get(name) ?? 0) + ns);
  return found;
};

describe.skipIf(!hasGo)("the functions of a capture", () => {
  let capture: Capture;
  let profiles: { cpu: string[]; wall: string[] };

  beforeAll(async () => {
    const dir = scratch();
    const run = ["run", "--no-progress", "--capture", dir, "--wall-rate", "50", "--", "gst-launch-1.0", "-q"];
    const { code, stderr } = await runToEnd(process.execPath, [cli, ...run, ...words(pipeline)]);
    expect(code, stderr).toBe(0);
    capture = await readCapture(dir);
    const files = readdirSync(join(dir, "profiles")).map((name) => join(dir, "profiles", name));
    const of = (kind: string) => files.filter((file) => file.includes(`/${kind}-`));
    profiles = { cpu: of("cpu"), wall: of("wall") };
  }, 300_000);

  /** As the page gets them. */
  const pageStacks = () => {
    const names = new Names((name) => name);
    const packed = packStacks(capture, () => -1, names, 1e6);
    return unpackStacks(names.strings, packed);
  };

  it.each(["cpu", "wall"] as const)("are those of go tool pprof -top, self and total: %s", (kind) => {
    const { frames, ...all } = pageStacks();
    const rows = functionTimes(new FunctionIndex(frames), all[kind] ?? []);
    const top = goTop(profiles[kind]);
    const { once, self } = byName(rows);
    expect(once.size).toBeGreaterThan(30);
    expect(new Map([...top].filter(([name]) => once.has(name)))).toEqual(once);
    expect(new Map([...top].map(([name, { ns }]) => [name, ns]))).toEqual(self);
  });

  it("of an element are those of the samples with its label", () => {
    // It encodes in its streaming thread: 200 ms of CPU. x264enc has 20 there, the rest is its workers'.
    const path = "pipeline0/vp8enc0";
    const samples = (capture.cpu?.stacks.samples ?? []).filter((sample) => sample.path === path);
    const rows = functionTimes(new FunctionIndex(capture.cpu?.stacks.frames ?? []), samples);
    const top = goTop(profiles.cpu, `-tagfocus=^path:${path}$`);
    const { once } = byName(rows);
    expect(once.size).toBeGreaterThan(3);
    expect(new Map([...top].filter(([name]) => once.has(name)))).toEqual(once);
  });

  it("have the callers and callees of go tool pprof -peek: the hottest, the widest and the one with most of them", () => {
    const { frames, cpu } = pageStacks();
    const index = new FunctionIndex(frames);
    const { once } = byName(functionTimes(index, cpu));
    const rows = functionTimes(index, cpu).filter(({ name }) => once.has(name));
    const edges = (row: FunctionTime): number => {
      const found = sandwich(index, cpu, row);
      return (found?.callers.length ?? 0) + (found?.callees.length ?? 0);
    };
    const by = (size: (row: FunctionTime) => number) => [...rows].sort((a, b) => size(b) - size(a));
    const three = new Set([rows[0], by(edges)[0]]);
    for (const row of by(({ totalNs }) => totalNs)) if (three.size < 3) three.add(row);
    for (const row of three) {
      if (row === undefined) throw new Error("there are no functions");
      const found = sandwich(index, cpu, row);
      const go = goPeek(profiles.cpu, row.name);
      expect({ callers: sums(found?.callers), callees: sums(found?.callees) }, row.name).toEqual(go);
    }
  });
});
