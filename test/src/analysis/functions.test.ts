// Is the time of each function, alone and with what it called, that which Go's pprof finds in the same profile?
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FunctionIndex, functionTimes } from "../../../src/analysis/functions.js";
import { Stacks } from "../../../src/capture/stacks.js";
import { hasGo } from "../../helpers/go.js";
import { goTop } from "../../helpers/go-pprof.js";
import { random } from "../../helpers/sample-capture.js";
import { samplePprof } from "../../helpers/sample-pprof.js";
import { scratch } from "../../helpers/scratch.js";

const frames = [
  { name: "main", module: "app" },
  { name: "walk", module: "liba.so" },
  { name: "walk", module: "libb.so" },
  { name: "leaf", module: "liba.so", origin: "role" as const },
];
const [main, walk, other, leaf] = [0, 1, 2, 3];
const times = (stacks: { ns: number; stack: number[] }[]) => functionTimes(new FunctionIndex(frames), stacks);

describe("the functions of some stacks", () => {
  it("are sorted by self time, and have in their total what they called", () => {
    const rows = times([
      { ns: 30, stack: [main, walk, leaf] },
      { ns: 40, stack: [main, walk] },
    ]);
    expect(rows).toEqual([
      { name: "walk", module: "liba.so", ns: 40, totalNs: 70 },
      { name: "leaf", module: "liba.so", origin: "role", ns: 30, totalNs: 30 },
      { name: "main", module: "app", ns: 0, totalNs: 70 },
    ]);
  });

  it("count once in their total however often they call themselves, directly and through others", () => {
    const rows = times([{ ns: 10, stack: [main, walk, walk, leaf, walk] }]);
    expect(rows.map(({ name, ns, totalNs }) => [name, ns, totalNs])).toEqual([
      ["walk", 10, 10],
      ["main", 0, 10],
      ["leaf", 0, 10],
    ]);
  });

  it("are told apart by their module", () => {
    const rows = times([
      { ns: 1, stack: [main, walk] },
      { ns: 2, stack: [main, other] },
    ]);
    expect(rows.slice(0, 2)).toEqual([
      { name: "walk", module: "libb.so", ns: 2, totalNs: 2 },
      { name: "walk", module: "liba.so", ns: 1, totalNs: 1 },
    ]);
  });

  it("have a row for stacks that were not walked, so that self times sum to all time", () => {
    const rows = times([
      { ns: 3, stack: [] },
      { ns: 4, stack: [main, 99] },
    ]);
    expect(rows[0]).toEqual({ name: "(no stack)", module: "", ns: 7, totalNs: 7 });
    expect(rows.reduce((sum, { ns }) => sum + ns, 0)).toBe(7);
    expect(times([])).toEqual([]);
  });

  it.skipIf(!hasGo)(
    "are those of go tool pprof -top, in hundreds of random stacks that call themselves",
    () => {
      const next = random(7);
      const name = (): string => {
        const n = Math.floor(next() ** 2 * 40);
        return `lib${n % 5}.so!function${n} (const char*)`;
      };
      const made = Array.from({ length: 400 }, () => ({
        stack: ["app!main", ...Array.from({ length: 1 + Math.floor(next() * 20) }, name)],
        ns: 1 + Math.floor(next() * 1e7),
        labels: {},
      }));
      const file = `${scratch()}.pb.gz`;
      const profile = gzipSync(samplePprof(made));
      writeFileSync(file, profile);
      const stacks = new Stacks();
      stacks.add(profile);
      const rows = functionTimes(new FunctionIndex(stacks.frames), stacks.samples);
      expect(rows.length).toBeGreaterThan(30);
      expect(new Map(rows.map((row) => [row.name, { ns: row.ns, totalNs: row.totalNs }]))).toEqual(goTop([file]));
    },
    300_000,
  );
});
