// How much CPU does one process use, and how do several ways of running it compare? Interleaved rounds, paired medians.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

// bash's own `time` counts the command and everything it waited for, and nothing of ours.
const timed = 'TIMEFORMAT="%3U %3S"; { time "$@" >/dev/null 2>&1; } 2>&1';

/** Runs a command to its end and returns the CPU seconds (user + system) it used, 1 ms fine. */
export async function cpuOf(command, args, env) {
  const child = spawn("bash", ["-c", timed, "bash", command, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  const [user, system] = text.trim().split("\n").at(-1).split(" ").map(Number);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}`);
  return user + system;
}

/** Nanoseconds on a CPU of all threads that live: finer than the ticks of stat. */
export function cpuNs(pid) {
  const of = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + of(thread), 0);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, its distribution-free 95 % confidence interval (ranks of the binomial), lowest and highest. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const k = Math.max(0, Math.floor(n / 2 - 0.98 * Math.sqrt(n)));
  return { median: median(values), ci95: [sorted[k], sorted[n - 1 - k]], min: sorted[0], max: sorted[n - 1], rounds: n };
}

/**
 * Runs every way once a round, the order reversed every round, and relates each to the first of the same round.
 * `unit(cpuOfWay, cpuOfFirst)` turns a pair of CPU seconds into the figure.
 */
export async function compare(ways, rounds, unit, progress = () => {}) {
  const figures = Object.fromEntries(ways.slice(1).map(({ name }) => [name, []]));
  const base = [];
  for (let round = 0; round < rounds; round++) {
    const seconds = {};
    for (const way of round % 2 ? [...ways].reverse() : ways) seconds[way.name] = await way.run();
    base.push(seconds[ways[0].name]);
    for (const way of ways.slice(1)) figures[way.name].push(unit(seconds[way.name], seconds[ways[0].name]));
    progress(round + 1, rounds);
  }
  return { [ways[0].name]: { median: median(base), unit: "seconds of CPU" }, ...Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, spread(values)])) };
}

/** Proportional share of memory in bytes, of one process: all of it, and by what is behind it. */
export function pss(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { all: of("Pss"), anonymous: of("Pss_Anon"), files: of("Pss_File"), sharedMemory: of("Pss_Shmem") };
}
