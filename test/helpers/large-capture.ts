// How does a test get a capture of an hour? One window's stacks in many shapes, each profile written as often as there are windows.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PERIOD_NS, random, type SampleCapture, writeSample } from "./sample-capture.js";
import { type SampleStack, samplePprof } from "./sample-pprof.js";

export interface LargeCapture {
  windows: number;
  /** Of one window, all with stacks of their own. */
  samples: number;
  /** Profiles that differ; the windows take turns with them. */
  shapes: number;
}

const DEPTH = 24;
const FUNCTIONS = 3000;

/** Stacks that begin alike and differ towards the leaf, as those of a pipeline do. */
function windowStacks(of: SampleCapture, samples: number, seed: number): SampleStack[] {
  const next = random(seed);
  const from = of.stacks.filter(({ labels }) => labels.path !== undefined);
  return Array.from({ length: samples }, (_, i) => {
    const { stack, labels } = from[i % from.length] as SampleStack;
    const deeper = Array.from({ length: DEPTH - stack.length }, (_, depth) => {
      const n = Math.floor(next() ** 2 * Math.min(FUNCTIONS, 4 ** depth));
      return `lib${n % 40}.so!some_function_of_a_library_${n}`;
    });
    return { stack: [...stack, ...deeper, `leaf.so!leaf_${i % FUNCTIONS}`], ns: PERIOD_NS / 8, labels };
  });
}

/** Resolves to the nanoseconds in it. */
export async function writeLarge(dir: string, of: SampleCapture, { windows, samples, shapes }: LargeCapture) {
  await writeSample(dir, of);
  mkdirSync(join(dir, "profiles"), { recursive: true });
  const shape = (n: number): string => join(dir, "profiles", `cpu-${n + 1}.pb.gz`);
  for (let n = 0; n < shapes; n++) writeFileSync(shape(n), gzipSync(samplePprof(windowStacks(of, samples, n + 1))));
  for (let n = shapes; n < windows; n++) copyFileSync(shape(n % shapes), shape(n));
  const index = join(dir, "profiles.ndjson");
  const row = JSON.parse(readFileSync(index, "utf8").split("\n")[0] ?? "");
  const rows = Array.from({ length: windows }, (_, n) => ({
    ...row,
    file: `profiles/cpu-${n + 1}.pb.gz`,
    samples,
    frames: 0,
    ...{ framesNamed: 0, framesByType: 0, framesByRole: 0 },
  }));
  writeFileSync(index, rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return windows * samples * (PERIOD_NS / 8);
}
