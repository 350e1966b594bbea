// Do GStreamer's own tests pass under the tracer as they do without? Builds the suites of core, base and good from Debian's sources in
// a chroot (build-suite/, once), runs each without the tracer and with each engine, sampling, with an agent for every process, and
// prints a table and what differs; exit 1 when something fails, complains or leaks only under the tracer, or nothing is proven.
//   npm test -- suite [options]
//   --suites core,base,good   --engines none,wrap,hooks,off   --rate 250   --no-agent   --only NAME (repeatable: some tests only)
//   --leaks      both sides under the `leaks` tracer as well     --sanitize   plugin under the address and undefined sanitizers
//   --repeat 3   how often a difference is tried again           --home DIR, --build DIR   of the chroot, of the plugin
//   --jobs 2     compilers and test programs at once
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Chroot, needRoots } from "./roots/chroot.mjs";
import { asProgram, quietly, root, StepFailed } from "./steps.mjs";
import { project, runSuite } from "./suite/run.mjs";
import { startServers } from "./suite/servers.mjs";
import { buildSuites, packages, suites } from "./suite/source.mjs";
import { counters, differences, drawTable, measures, passed, totals, unproven, verdict } from "./suite/table.mjs";

const engines = ["none", "wrap", "hooks", "off"];

function parse(args) {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      suites: { type: "string", default: Object.keys(suites).join(",") },
      engines: { type: "string", default: engines.join(",") },
      rate: { type: "string", default: "250" },
      agent: { type: "boolean", default: true },
      only: { type: "string", multiple: true, default: [] },
      leaks: { type: "boolean", default: false },
      sanitize: { type: "boolean", default: false },
      repeat: { type: "string", default: "3" },
      jobs: { type: "string", default: "2" },
      home: { type: "string", default: path.join(root, "build-suite") },
      build: { type: "string", default: path.join(root, "build") },
    },
  });
  const list = (text, known) => {
    const names = text.split(",").filter((name) => name !== "");
    const strange = names.filter((name) => !known.includes(name));
    if (strange.length > 0) throw new StepFailed(`${strange.join(", ")}: known are ${known.join(", ")}`, 2);
    return known.filter((name) => names.includes(name));
  };
  const resolved = {
    home: path.resolve(values.home),
    build: path.resolve(values.build),
    repeat: Number(values.repeat),
  };
  const lists = { suites: list(values.suites, Object.keys(suites)), engines: list(values.engines, engines) };
  return { ...values, ...resolved, ...lists };
}

/** The plugin under the sanitizers, built beside the chroot: { plugin folder, libraries to load before it }. */
function sanitized({ home, jobs }) {
  const build = path.join(home, "sanitized");
  const options = ["-DPYRO_SANITIZE=address;undefined", "-DPYRO_TESTS=OFF"];
  quietly("cmake", ["-S", root, "-B", build, ...options]);
  quietly("nice", ["cmake", "--build", build, "--target", "gstpyroscope", "--parallel", jobs]);
  const library = (name) => realpathSync(quietly("cc", [`-print-file-name=${name}`]).trim());
  const libraries = ["libasan.so", "libubsan.so"].map((name) => [`${project}/${name}`, library(name)]);
  return { plugin: path.join(build, "plugin"), libraries: Object.fromEntries(libraries) };
}

/** What of this machine is seen inside, read-only. */
function bindings(flags) {
  const { plugin, libraries } = flags.sanitize
    ? sanitized(flags)
    : { plugin: path.join(flags.build, "plugin"), libraries: {} };
  const binds = {
    [`${project}/build/plugin`]: plugin,
    [`${project}/build/Release`]: path.join(flags.build, "Release"),
    [`${project}/dist`]: path.join(root, "dist"),
    [`${project}/node_modules`]: path.join(root, "node_modules"),
    [`${project}/package.json`]: path.join(root, "package.json"),
    [`${project}/witness.so`]: path.join(flags.build, "tests", "libsegmentwitness.so"),
    [`${project}/bin/node`]: process.execPath,
    ...libraries,
  };
  const missing = Object.values(binds).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new StepFailed(`not there: ${missing.join(", ")}; build first (npm run build)`, 3);
  return Object.fromEntries(Object.entries(binds).map(([to, from]) => [to, realpathSync(from)]));
}

/** The agent is of this machine: its libraries must be inside too. */
function tryAgent(chroot, binds) {
  const libraries = quietly("ldd", [process.execPath]).matchAll(/^\s*(\S+) => (\/\S+)/gm);
  const known = chroot.run(["/sbin/ldconfig", "-p"]);
  const more = [...libraries].filter(([, name]) => !known.includes(`\t${name} (`));
  for (const [, name, file] of more) binds[`/usr/lib/${name}`] = realpathSync(file);
  const loads = `import("${project}/dist/native.js").then((m) => m.loadNative())`;
  chroot.run([`${project}/bin/node`, "-e", loads], { binds });
}

/** Tries one test again, with the tracer and without, and says whether it is the tracer. */
async function again(chroot, suite, engine, test, options) {
  const [withs, withouts] = [[], []];
  for (let i = 0; i < options.repeat; i++) {
    const once = { label: "again", only: [test] };
    withs.push(measures(await runSuite(chroot, suite, engine, options, once), test));
    withouts.push(measures(await runSuite(chroot, suite, "none", options, once), test));
  }
  const shown = (list) => list.map((one) => Object.values(one).join("/")).join(" ");
  const worse = verdict(withs, withouts);
  console.log(`    tried again, ${Object.keys(withs[0]).join("/")}: with ${shown(withs)}, without ${shown(withouts)}`);
  console.log(`    ${worse.length > 0 ? `only under the tracer: ${worse.join(", ")}` : "not the tracer"}`);
  return worse.length > 0;
}

/** How many tests of this pair of runs are worse because of the tracer. */
async function compare(chroot, suite, engine, bare, traced, options) {
  let bad = 0;
  for (const [test, sentences] of differences(bare, traced)) {
    console.log(`  ${test}: ${sentences.join("\n  ")}`);
    if (await again(chroot, suite, engine, test, options)) bad++;
  }
  return bad;
}

async function runAll(chroot, versions, options) {
  const rows = [];
  const runs = new Map();
  for (const suite of options.suites)
    for (const engine of options.engines) {
      const run = await runSuite(chroot, suite, engine, options, { label: "suite", only: options.only });
      runs.set(`${suite} ${engine}`, run);
      rows.push({ suite, engine, ...totals(run, { ...options, traced: engine !== "none" }) });
      console.log(`${suite} ${versions[suite]} ${engine}: ${rows.at(-1).ok} OK in ${run.seconds} s`);
    }
  console.log(`\n${drawTable(rows)}\n`);
  return runs;
}

/** What a run without its partner can say: the names of what failed, and all losses. */
function describe(name, run) {
  const failed = [...run.tests].filter(([, test]) => !passed(test.result)).map(([test]) => test);
  const all = Object.entries(counters(run)).map(([counter, n]) => `${counter}=${n}`);
  if (failed.length > 0) console.log(`${name} failed: ${failed.join(" ")}`);
  if (all.length > 0) console.log(`${name} counters: ${all.join(" ")}`);
}

async function judge(chroot, runs, options) {
  let [bad, blank] = [0, 0];
  for (const suite of options.suites)
    for (const engine of options.engines) {
      const run = runs.get(`${suite} ${engine}`);
      describe(`${suite} ${engine}`, run);
      if (engine === "none") continue;
      const reason = unproven(run, { ...options, engine, some: options.only.length > 0 });
      if (reason !== undefined) console.error(`${suite} ${engine}: nothing is proven: ${reason}`);
      if (reason !== undefined) blank++;
      const bare = runs.get(`${suite} none`);
      if (bare) bad += await compare(chroot, suite, engine, bare, run, options);
    }
  return { bad, blank };
}

export async function compareSuites(args) {
  const flags = parse(args);
  needRoots("The suites need", { programs: ["dpkg-source"], onlyRoot: true });
  mkdirSync(flags.home, { recursive: true });
  const chroot = new Chroot(flags.home, { release: "bookworm" });
  await chroot.make(packages);
  const versions = await buildSuites(chroot, flags.suites, flags.jobs);
  const binds = bindings(flags);
  if (flags.agent) tryAgent(chroot, binds);
  const servers = flags.agent ? await startServers() : undefined;
  try {
    const options = { ...flags, binds, servers };
    const { bad, blank } = await judge(chroot, await runAll(chroot, versions, options), options);
    if (bad > 0) throw new StepFailed(`${bad} test(s) are worse only under the tracer`);
    if (blank > 0) throw new StepFailed(`${blank} run(s) prove nothing`);
    const compared = flags.engines.includes("none") && flags.engines.length > 1;
    console.log(compared ? "With the tracer as without." : "Nothing was compared: that needs none and an engine.");
  } finally {
    servers?.close();
  }
}

await asProgram(import.meta.url, compareSuites);
