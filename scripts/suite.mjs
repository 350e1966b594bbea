// Do GStreamer core's own tests pass under the tracer as they do without? Fetches the source of the installed version with
// apt, builds it once (build-suite/), runs `meson test` both ways, prints what differs; exit 1 when a test fails only under
// the tracer, or when the tracer did not run in the tests. `--agent COMMAND` starts that agent in every test process;
// `--params PARAMS` are the tracer's parameters; `--build DIR` holds the plugin; `--only NAME` picks one test.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildCore, run, stop } from "./suite-source.mjs";

const root = path.resolve(import.meta.dirname, "..");
const home = path.join(root, "build-suite");
const packages = [
  "meson",
  "ninja-build",
  "flex",
  "bison",
  "check",
  "dpkg-dev",
  "libglib2.0-dev",
  "libxml2-utils",
  "pkg-config",
  "g++",
];
// Hang now and then without any tracer: these quit a main loop that may not run yet (without 13 of 50 runs, with 10 of 50, on
// a busy machine).
const flaky = "parser_pull_frame_growth,parser_pull_short_read,parser_reverse_playback,parser_convert_duration";
const jobs = "2";

const { values: flags } = parseArgs({
  options: {
    agent: { type: "string" },
    params: { type: "string", default: "" },
    build: { type: "string", default: path.join(root, "build") },
    only: { type: "string", multiple: true, default: [] },
    repeat: { type: "string", default: "3" },
  },
});
const plugins = path.join(path.resolve(flags.build), "plugin");
const witness = path.join(path.resolve(flags.build), "tests", "libsegmentwitness.so");

function needPackages() {
  const have = new Set(
    run("dpkg-query", ["-W", "-f", "${Package}:${db:Status-Status}\n", ...packages, "pkgconf"], { mayFail: true })
      .split("\n")
      .filter((line) => line.endsWith(":installed"))
      .map((line) => line.split(":")[0]),
  );
  const missing = packages.filter((name) => !have.has(name) && !(name === "pkg-config" && have.has("pkgconf")));
  if (missing.length > 0) stop(`these packages are missing: apt-get install ${missing.join(" ")}`);
  if (!existsSync(plugins) || !existsSync(witness))
    stop(`no plugin or no witness below ${flags.build}: build first (npm run build)`);
}

/** What a test process is started through: `on` = with the tracer. The loading whitelist is extended, not replaced. */
function wrapper(name, on, log) {
  const lines = [`export CK_TIMEOUT_MULTIPLIER=3 GST_CHECKS_IGNORE=${flaky} GST_REGISTRY="$GST_REGISTRY.${name}"`];
  if (on) {
    lines.push(`export GST_PLUGIN_PATH_1_0="$GST_PLUGIN_PATH_1_0:${plugins}"`);
    lines.push(`export GST_PLUGIN_LOADING_WHITELIST="$GST_PLUGIN_LOADING_WHITELIST:pyroscope@${plugins}"`);
    lines.push(`export GST_TRACERS='pyroscope(${flags.params})' LD_PRELOAD='${witness}' SEGMENT_WITNESS_LOG='${log}'`);
    lines.push(
      flags.agent
        ? `export GST_PYROSCOPE_AGENT='${flags.agent}'`
        : "export GST_PYROSCOPE_HOST_PID=2147483647" /* nobody: no agent, no wait */,
    );
  }
  const file = path.join(home, `${name}.sh`);
  writeFileSync(file, `#!/bin/sh\n${lines.join("\n")}\nexec "$@"\n`, { mode: 0o755 });
  return file;
}

/** Runs the suite, or some tests of it; the result of each by its name. */
function suite(name, on, only = flags.only) {
  const log = path.join(home, `${name}.witness`);
  rmSync(log, { force: true });
  const script = wrapper(name, on, log);
  const base = path.join(home, "b", "meson-logs", `${name}-${path.basename(script)}.json`);
  rmSync(base, { force: true });
  const options = [
    "test",
    "-C",
    "b",
    "--no-rebuild",
    "--logbase",
    name,
    "--wrapper",
    script,
    "-t",
    "3",
    "--num-processes",
    jobs,
  ];
  const began = Date.now();
  run("nice", ["meson", ...options, ...only], { cwd: home, mayFail: true });
  if (!existsSync(base)) stop(`meson wrote no ${base}`);
  const results = new Map();
  for (const line of readFileSync(base, "utf8").trim().split("\n")) {
    const { name: test, result, stdout = "" } = JSON.parse(line);
    const failed = stdout.split("\n").filter((row) => /:[EF]:/.test(row));
    results.set(test.replace(/^.*: */, ""), { result, failed });
  }
  return { results, seconds: Math.round((Date.now() - began) / 1000), processes: witnessed(log) };
}

/** One line a process that ended: program, calls, buffers, then losses as name=n. */
function witnessed(log) {
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [program, plugin, segment, calls, buffers, ...counters] = line.split(" ");
      return {
        program,
        plugin: plugin === "1",
        segment: segment === "1",
        calls: Number(calls),
        buffers: Number(buffers),
        counters,
      };
    });
}

function tally(results) {
  const count = {};
  for (const { result } of results.values()) count[result] = (count[result] ?? 0) + 1;
  return Object.entries(count)
    .map(([result, n]) => `${n} ${result}`)
    .join(", ");
}

/** True when the test also fails without the tracer, or passes under it when tried again as often as `--repeat` says. */
function judge(test) {
  let [withFails, withoutFails] = [0, 0];
  for (let i = 0; i < Number(flags.repeat); i++) {
    if (suite("again-with", true, [test]).results.get(test)?.result !== "OK") withFails++;
    if (suite("again-without", false, [test]).results.get(test)?.result !== "OK") withoutFails++;
  }
  console.log(
    `  ${test}: tried again ${flags.repeat} times, failed ${withFails} times with, ${withoutFails} times without the tracer`,
  );
  return withFails === 0 || withoutFails > 0;
}

function reportWitness(processes) {
  const counters = new Map();
  for (const { counters: list } of processes)
    for (const item of list) {
      const [name, n] = item.split("=");
      counters.set(name, (counters.get(name) ?? 0) + Number(n));
    }
  const sum = (key) => processes.reduce((total, one) => total + Number(one[key]), 0);
  const programs = new Set(processes.filter((one) => one.plugin).map((one) => one.program)).size;
  console.log(
    `witness: plugin mapped in ${sum("plugin")} processes of ${programs} programs, ${sum("segment")} with a session, ` +
      `${sum("calls")} calls and ${sum("buffers")} buffers timed`,
  );
  console.log(`counters: ${[...counters].map(([name, n]) => `${name}=${n}`).join(" ") || "all zero"}`);
  return { programs, calls: sum("calls") };
}

needPackages();
const version = buildCore(home, jobs);
console.log(`GStreamer core ${version}, ${flags.agent ? "with an agent" : "no agent"}, pyroscope(${flags.params})`);
const bare = suite("without", false);
console.log(`without: ${tally(bare.results)} (${bare.seconds} s)`);
const traced = suite("with", true);
console.log(`with:    ${tally(traced.results)} (${traced.seconds} s)`);
const { programs, calls } = reportWitness(traced.processes);

let bad = 0;
for (const [test, { result, failed }] of traced.results) {
  const other = bare.results.get(test)?.result ?? "missing";
  if (result === other) continue;
  console.log(`${test}: ${other} without, ${result} with\n${failed.map((row) => `    ${row}`).join("\n")}`);
  if (result !== "OK" && !judge(test)) bad++;
}
const proven = flags.only.length > 0 ? calls > 0 : programs > 0.9 * traced.results.size && calls > 0;
if (!proven) console.error("the tracer was not at work in these tests: nothing is proven");
if (bad > 0) console.error(`${bad} test(s) fail only under the tracer`);
process.exitCode = bad > 0 || !proven ? 1 : 0;
