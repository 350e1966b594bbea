// How many instructions does the streaming thread spend on a buffer, and on a tick of its sampler? Callgrind counts them: no clock, no neighbour.
// SPDX-License-Identifier: MPL-2.0
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Buffers of the two runs of which the difference counts: what a process does once is in both. */
const few = 2_000;
const many = 12_000;
/** Sink pads that each buffer comes by. */
const pads = 3;
/** Of so many buffers, at this rate, some hundred ticks come under valgrind. */
const sampled = { buffers: 60_000, rate: 250 };

const chainOf = (buffers) =>
  `fakesrc num-buffers=${buffers} silent=true ! identity silent=true ! identity silent=true ! fakesink silent=true`.split(" ");

/** Log levels make every function of GStreamer dearer. */
const withoutLog = ({ GST_DEBUG, GST_DEBUG_FILE, ...env }) => env;

/** Runs it, and returns what callgrind says of each thread, by its number. */
function profilesOf(dir, buffers, env) {
  const out = mkdtempSync(join(dir, "run-"));
  const options = ["--tool=callgrind", "--separate-threads=yes", `--callgrind-out-file=${join(out, "thread")}`];
  const words = ["gst-launch-1.0", "-q", "--no-fault", ...chainOf(buffers)];
  const { status, stderr } = spawnSync("valgrind", [...options, ...words], { env: withoutLog(env), encoding: "utf8" });
  if (status !== 0) throw new Error(`valgrind: ${stderr}`);
  const threads = readdirSync(out).filter((name) => /^thread-\d+$/.test(name));
  return new Map(threads.map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

const totalOf = (profile) => Number(/^totals: (\d+)/m.exec(profile)?.[1] ?? 0);

/** The streaming thread is the one that more buffers make busier. */
function perBuffer(dir, env) {
  const [less, more] = [few, many].map((buffers) => profilesOf(dir, buffers, env));
  const grown = [...more].map(([thread, profile]) => totalOf(profile) - totalOf(less.get(thread) ?? ""));
  return Math.round(Math.max(...grown) / (many - few));
}

/** Inclusive instructions of the function that calls `callee`, and how often it did. */
function callerOf(profile, callee) {
  const names = new Map();
  const nameOf = (text) => {
    const [, id, name = ""] = /^\((\d+)\)(?: (.*))?$/.exec(text) ?? [];
    if (name !== "") names.set(id, name);
    return names.get(id) ?? "";
  };
  let [cost, calls, found] = [0, 0, { instructions: 0, calls: 0 }];
  const close = () => {
    if (calls > found.calls) found = { instructions: cost, calls };
    [cost, calls] = [0, 0];
  };
  let called = "";
  for (const line of profile.split("\n")) {
    const [, key = "", value = ""] = /^(c?fn|calls)=(.*)$/.exec(line) ?? [];
    if (key === "fn") close();
    if (key === "fn" || key === "cfn") called = nameOf(value);
    else if (key === "calls" && callee.test(called)) calls += Number.parseInt(value, 10);
    else cost += Number(/^[+*-]?\d* ?(\d+)$/.exec(line)?.[1] ?? 0);
  }
  close();
  return found;
}

function perTick(dir, env) {
  const found = [...profilesOf(dir, sampled.buffers, env).values()].map((profile) => callerOf(profile, /unwind::walk\(/));
  const { instructions, calls } = found.sort((a, b) => b.calls - a.calls)[0] ?? { instructions: 0, calls: 0 };
  return { instructions: calls === 0 ? 0 : Math.round(instructions / calls), ticks: calls };
}

/** `trees`: by name, the environment in which the tracer of a checkout is found. */
export function instructionsRow(trees) {
  execFileSync("valgrind", ["--version"]);
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-instructions-"));
  const say = (line) => process.stderr.write(`instructions: ${line}\n`);
  try {
    const [[, first]] = trees;
    const rows = { "no tracer": { buffer: perBuffer(dir, first("")) } };
    say(`no tracer: ${rows["no tracer"].buffer} a buffer`);
    for (const [name, environment] of trees) {
      const buffer = perBuffer(dir, environment("pyroscope(sample-rate=0)"));
      const off = perBuffer(dir, environment("pyroscope(sample-rate=0,timing=off)"));
      const tick = perTick(dir, environment(`pyroscope(sample-rate=${sampled.rate},wall-rate=0)`));
      rows[name] = { buffer, bufferWithoutTiming: off, tick };
      say(`${name}: ${buffer} a buffer, ${off} with timing=off, ${tick.instructions} a tick (of ${tick.ticks})`);
    }
    return { unit: `instructions of the streaming thread; a buffer comes by ${pads} sink pads`, ...rows };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
