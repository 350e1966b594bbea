// What does profiling cost? Prints the rows of the cost table that apply as JSON; interleaved rounds, ratios, medians.
// SPDX-License-Identifier: MPL-2.0
//   npm run bench [-- --rounds 9] [-- --only push10,audio,…] [-- --against DIR]
// With --against, the tracer and the agent of another built checkout take turns with this one's: what did a change cost?
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { agentRow, sumsRow } from "./agent.mjs";
import { compare, cpuOf, median } from "./measure.mjs";
import { labelsRow } from "./labels.mjs";
import { instructionsRow } from "./instructions.mjs";
import { memoryRow } from "./memory.mjs";
import { namesRow } from "./names.mjs";
import { samplingRows } from "./sampling.mjs";
import { spansRow } from "./spans.mjs";
import { stacksRow } from "./stacks.mjs";
import { stagesRow } from "./stages.mjs";
import { startRow } from "./start.mjs";
import { steadyRow } from "./steady.mjs";
import { compareTurns } from "./turns.mjs";
import { windowsRow } from "./windows.mjs";

const root = new URL("../../", import.meta.url).pathname;
const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" }, only: { type: "string", default: "" }, minutes: { type: "string", default: "1" }, against: { type: "string" } } });
const rounds = Math.max(3, Number(values.rounds));
const wanted = values.only === "" ? undefined : values.only.split(",");
const other = values.against === undefined ? undefined : `${resolve(values.against)}/`;
const scratch = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));

/** No agent: what is measured is the target. */
function environment(tracers, more = {}) {
  const env = { ...process.env };
  env.GST_PLUGIN_PATH = `${root}build/plugin:${root}build/tests/plugins`;
  env.GST_REGISTRY = join(scratch, "registry.bin");
  Object.assign(env, more);
  env.GST_PYROSCOPE_AGENT = join(scratch, "none");
  env.GST_DEBUG = "pyroscope:0,GST_TRACER:7";
  env.GST_DEBUG_FILE = "/dev/null";
  delete env.GST_TRACERS;
  if (tracers !== "") env.GST_TRACERS = tracers;
  return env;
}

/** A pipeline without an end in turns; registries differ by what they know. */
function way(name, words, tracers, more) {
  return { name, binary: `${root}build/tests/paced-launch`, words, env: environment(tracers, more) };
}

const pathsOf = (tree, registry) => ({ GST_PLUGIN_PATH: `${tree}build/plugin:${root}build/tests/plugins`, GST_REGISTRY: join(scratch, registry) });

/** The same tracer as another checkout built it; none without one. */
function wayOfOther(name, words, tracers) {
  if (other === undefined) return [];
  return [way(`${name}, the other checkout`, words, tracers, pathsOf(other, "other.bin"))];
}

/** A row of whole runs, of this checkout and of the other in turn: each takes minutes, so there are fewer of them. */
async function inTurn(row) {
  if (other === undefined) return row(environment, root);
  const environmentOfOther = (tracers, more) => environment(tracers, { ...pathsOf(other, "other.bin"), ...more });
  const these = [];
  const ofOther = [];
  for (let i = 0; i < rounds / 3; i++) {
    these.push(await row(environment, root));
    ofOther.push(await row(environmentOfOther, other));
  }
  return { this: these, other: ofOther };
}

/** All that a tracer can be asked for but GStreamer's own hooks: the rows "hooks" are for those. */
const everyLatency = "flags=pipeline+element+reported";
const others = [
  ["empty hooks", "emptyhooks"],
  ["latency(flags=element)", "latency(flags=element)"],
  ["stats", "stats"],
];

function chainOf(count, buffers) {
  const identities = Array.from({ length: count }, () => ["!", "identity", "silent=true"]).flat();
  return ["fakesrc", `num-buffers=${buffers}`, "silent=true", ...identities, "!", "fakesink", "silent=true"];
}

/** Nanoseconds of CPU per pad push above no tracer. */
async function perPush(k) {
  const monotonic = { GST_PLUGIN_PATH: `${root}build/tests/monotonic`, GST_REGISTRY: join(scratch, "monotonic.bin") };
  const words = chainOf(k, -1);
  const ways = [
    way("no tracer", words, ""),
    way("wrap", words, "pyroscope(sample-rate=0)"),
    way("wrap, clock_gettime", words, "pyroscope(sample-rate=0)", monotonic),
    way("off", words, "pyroscope(sample-rate=0,timing=off)"),
    way("standby", words, "pyroscope(standby=true)"),
    way("everything", words, `pyroscope(sample-rate=100,${everyLatency})`),
    way("hooks", words, "pyroscope(sample-rate=0,timing=hooks)"),
    ...wayOfOther("wrap", words, "pyroscope(sample-rate=0)"),
    ...wayOfOther("off", words, "pyroscope(sample-rate=0,timing=off)"),
    ...wayOfOther("standby", words, "pyroscope(standby=true)"),
    ...wayOfOther("everything", words, `pyroscope(sample-rate=100,${everyLatency})`),
    ...wayOfOther("hooks", words, "pyroscope(sample-rate=0,timing=hooks)"),
    ...others.map(([name, tracers]) => way(name, words, tracers)),
  ];
  const result = await compareTurns(ways, rounds, (cost, base) => (cost - base) / (k + 1), said(`push k=${k}`));
  return { unit: "ns of CPU per push above no tracer", ...result };
}

/** Share of CPU above no tracer, whole process, sampling at 100 Hz. */
async function share(name, text, withOthers) {
  const words = text.split(" ");
  const ways = [
    way("no tracer", words, ""),
    way("wrap", words, "pyroscope(sample-rate=100)"),
    way("off", words, "pyroscope(sample-rate=100,timing=off)"),
    way("everything", words, `pyroscope(sample-rate=100,${everyLatency})`),
    ...wayOfOther("wrap", words, "pyroscope(sample-rate=100)"),
    ...wayOfOther("off", words, "pyroscope(sample-rate=100,timing=off)"),
    ...wayOfOther("everything", words, `pyroscope(sample-rate=100,${everyLatency})`),
    ...(withOthers ? others.map(([label, tracers]) => way(label, words, tracers)) : []),
  ];
  const result = await compareTurns(ways, rounds, (cost, base) => (cost / base - 1) * 100, said(name));
  return { unit: "% of CPU above no tracer", ...result };
}

/** What a process pays once: tables, threads, the segment. */
async function start() {
  const of = (name, tracers) => ({ name, run: () => cpuOf("gst-launch-1.0", ["-q", ...chainOf(1, 2)], environment(tracers)) });
  const ways = [of("no tracer", ""), of("wrap", "pyroscope"), of("off", "pyroscope(timing=off)")];
  return { unit: "ms of CPU above no tracer, once a process", ...(await compare(ways, rounds, (cost, base) => (cost - base) * 1e3, said("start"))) };
}

function startTrees() {
  const environmentOfOther = (tracers) => environment(tracers, pathsOf(other, "other.bin"));
  const ofOther = other === undefined ? [] : [{ name: "the other checkout", root: other, environment: environmentOfOther }];
  return [{ name: "this", root, environment }, ...ofOther];
}

const audio =
  "audiotestsrc samplesperbuffer=160 ! audio/x-raw,rate=16000,channels=1 ! audioconvert ! audioresample ! audio/x-raw,rate=8000 ! fakesink";
const video = "videotestsrc ! video/x-raw,width=640,height=360 ! videoconvert ! x264enc speed-preset=veryfast ! fakesink";

function said(name) {
  return (round, of) => process.stderr.write(`${name}: round ${round} of ${of}\n`);
}

const rows = {
  start: async () => ({ ...(await start()), agent: await startRow(startTrees(), rounds) }),
  push1: () => perPush(1),
  push10: () => perPush(10),
  audio: () => share("audio", audio, true),
  video: () => share("video", video, false),
  memory: () => memoryRow(environment, root),
  sampling: () => inTurn(samplingRows),
  labels: () => labelsRow(environment, root, Number(values.minutes)),
  agent: () => inTurn(agentRow),
  steady: () => steadyRow(environment, root, other, (stage, slice, of) => said(`steady, ${stage}`)(slice, of)),
  stages: () => stagesRow(environment, root, { this: root, ...(other !== undefined && { other }) }, scratch),
  sums: () => sumsRow(environment, root),
  wall: () => wall(),
  stacks: () => stacksRow(environment, root),
  spans: () => spansRow(environment, root, rounds),
  names: () => namesRow(environment, root),
  windows: () => windowsRow({}, (line) => process.stderr.write(`windows: ${line}\n`)),
  instructions: () => instructions(),
};

function instructions() {
  const environmentOfOther = (tracers) => environment(tracers, pathsOf(other, "other.bin"));
  return instructionsRow([["this", environment], ...(other === undefined ? [] : [["other", environmentOfOther]])]);
}

/** Of three runs, 100 threads idle for 15 s before. The native program measures itself. */
function wall() {
  const runs = Array.from({ length: 3 }, () => JSON.parse(execFileSync(`${root}build/tests/wall-cost`, ["100", "100", "5", "15"], { encoding: "utf8" })));
  for (const run of runs) run.ofEmpty = run.shareOfACore / run.emptyShare;
  return { unit: "share of a core, ns; ofEmpty: a thread that only wakes is 1", ...Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))])) };
}

const report = { rounds, node: process.version, rows: {} };
try {
  await cpuOf("gst-inspect-1.0", ["fakesrc"], environment("")); // fills the registry
  for (const [name, row] of Object.entries(rows)) if (wanted?.includes(name) ?? true) report.rows[name] = await row();
  console.log(JSON.stringify(report, null, 2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
