// How many buffers passed each pad by another way of counting, and what came out with and without the tracer?
// SPDX-License-Identifier: MPL-2.0
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pluginEnvironment, runToEnd, words } from "./pipelines.js";

/** What the tracer padtruth (test/native/truth) wrote when the process ended. */
export interface Truth {
  pads: number;
  pushed: number;
  pulled: number;
  wrong: { pad: string; truth: number; cells: number; nested: number }[];
  counters: Record<string, number>;
}

/** What a host printed and every file it wrote, each as one hash. */
export type Output = Record<string, string>;

const hash = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** Runs `argv` with `{out}` replaced by a folder of its own. */
async function run(argv: string[], out: string, env: NodeJS.ProcessEnv): Promise<Output> {
  mkdirSync(out);
  const [command = "", ...args] = argv.map((word) => word.replaceAll("{out}", out));
  const { code, signal, stdout, stderr } = await runToEnd(command, args, env);
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit code ${code}, signal ${signal}\n${stdout}\n${stderr}`);
  const files = readdirSync(out).map((name): [string, string] => [name, hash(readFileSync(join(out, name)))]);
  return { ...Object.fromEntries(files), stdout: hash(stdout) };
}

export const plain = (argv: string[], dir: string): Promise<Output> =>
  run(argv, join(dir, "plain"), pluginEnvironment());

export async function traced(argv: string[], dir: string): Promise<{ output: Output; truth: Truth }> {
  const file = join(dir, "truth.json");
  const output = await run(
    argv,
    join(dir, "traced"),
    pluginEnvironment({
      GST_TRACERS: "pyroscope;padtruth",
      GST_PYROSCOPE_HOST_PID: "2147483647", // nobody reads but padtruth
      PAD_TRUTH_FILE: file,
    }),
  );
  if (!existsSync(file)) throw new Error(`${argv.join(" ")}: padtruth wrote nothing`);
  return { output, truth: JSON.parse(readFileSync(file, "utf8")) as Truth };
}

export const launch = (pipeline: string): string[] => ["gst-launch-1.0", "-q", ...words(pipeline)];
