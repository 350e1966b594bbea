// What does an agent spend its CPU on? Agents of this checkout and of another one under `perf`, 800 samples a second, both
// servers up; each of perf's samples is counted for the first stage that names a frame of its stack.
// SPDX-License-Identifier: MPL-2.0
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openServers } from "./servers.mjs";
import { openAgent } from "./steady.mjs";

const rate = 800;
const hertz = 499;
/** Until most of what is used is compiled. */
const warmSeconds = 90;
const seconds = 60;

/** Names of V8, of Node, of JavaScript (with the file, where it is a file of its own) and of the addon. */
const stages = {
  "collector of garbage": /Heap::|Scaveng|MarkCompact|IncrementalMarking|Sweeper/,
  "compiler of JavaScript": /Compiler::|TieringManager|Runtime_Compile|BaselineBatch|Parser/,
  compression: /[dD]eflate|[zZ]lib|crc32/,
  "names of frames": /symbolize|libdw|libelf|\/symbols\/|#ask |frameNames/,
  pprof: /[pP]prof|\/profile\/(location-table|named-samples|request)|encodeProfile|locationsOf|pushMessage|push-message|rowsOf/,
  folding: /pyro::profile|SampleWindow|\/profile\/window|labelSetsOf|BatchLabels|setsOf|\bdrain|profile-encoder|label-sets/,
  metrics: /[mM]etric|otlp\/|serialize|CellObjects|cell_objects|\/cells/,
  "gRPC and HTTP": /[hH]ttp|grpc|TCP|LibuvStream|node:internal\/(streams|net)/,
  "looks at the segment": /pyro::|napi_|[pP]oll|[tT]ick|run-loop/,
};

/** Stacks as `perf script` prints them, each an array of "name (file)". */
function stacksOf(file) {
  const printed = spawnSync("perf", ["script", "-i", file, "-F", "ip,sym,dso"], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (printed.status !== 0) throw new Error(`perf script: ${printed.stderr}`);
  const stacks = printed.stdout.split("\n\n").map((block) => block.split("\n").map((line) => line.replace(/^\s*[0-9a-f]+ /, "")));
  return stacks.filter((frames) => frames.join("") !== "");
}

function stageOf(frames) {
  return Object.keys(stages).find((name) => frames.some((frame) => stages[name].test(frame))) ?? "event loop, kernel, the rest";
}

/** `trees`: folder of each checkout by name; `dir`: for what perf writes. The shares of a stage are of one core. */
export async function stagesRow(environment, root, trees, dir) {
  if (spawnSync("perf", ["--version"]).status !== 0) throw new Error("this row needs perf (Debian: apt-get install linux-perf)");
  const row = { unit: `% of one core; ${seconds} s at ${rate} samples a second` };
  // The second also writes a log of all that V8 does into the working folder.
  const how = ["--perf-basic-prof", "--interpreted-frames-native-stack", "--no-logfile-per-isolate", "--logfile=/dev/null"];
  for (const [name, tree] of Object.entries(trees)) {
    const servers = await openServers();
    const env = { ...environment(""), ...servers.environment };
    const agent = await openAgent(root, { tree, env, rate, how, seconds: warmSeconds + seconds + 30 });
    try {
      await pause(warmSeconds * 1000);
      const file = join(dir, `perf-${name}`);
      const words = ["record", "-q", "-F", String(hertz), "-e", "cpu-clock", "-g", "-p", String(agent.pid), "-o", file];
      const perf = spawn("perf", [...words, "--", "sleep", String(seconds)], { stdio: ["ignore", "ignore", "inherit"] });
      await once(perf, "exit");
      const counts = {};
      for (const frames of stacksOf(file)) counts[stageOf(frames)] = (counts[stageOf(frames)] ?? 0) + 1;
      const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
      const share = (count) => Number(((count / hertz / seconds) * 100).toFixed(3));
      const all = sorted.reduce((sum, [, count]) => sum + count, 0);
      row[name] = { all: share(all), ...Object.fromEntries(sorted.map(([stage, count]) => [stage, share(count)])), samples: all };
      process.stderr.write(`stages: ${name}: ${share(all)} % of a core\n`);
    } finally {
      await agent.end();
      servers.close();
      rmSync(`/tmp/perf-${agent.pid}.map`, { force: true });
    }
  }
  return row;
}
