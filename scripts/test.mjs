// Does everything still hold? Set-up, build, style, types, native tests, vitest; ends with one line that adds them all up.
//   test.mjs            all but the real servers      test.mjs servers   only those
//   test.mjs packages   contract, session service and player alone      test.mjs viewers   minutes of real streams with real viewers
//   test.mjs minutes    the profiler through outages, limits and rates that last minutes
//   test.mjs trials     twelve fresh trials of what a viewer's stall is answered with (two are in each run)
//   test.mjs loading    the package in the oldest and the newest Debian   test.mjs matrix [--gstreamer V,…] [--node V,…]   in all, under every Node
//   test.mjs total      adds up what all of these left
//   test.mjs suite …    GStreamer's own tests, with the tracer as without (suite.mjs)
//   test.mjs oracle|wall|storms|stalls|churn|soak|sessions|rebuild|week|captures …   one of the proofs that take minutes (long-tests.mjs), not part of any sum
// SPDX-License-Identifier: MPL-2.0
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { build, buildPackages } from "./build.mjs";
import { add, countJunit, countVitest, toldFailures } from "./counts.mjs";
import { lint } from "./lint.mjs";
import { captures, churn, diffs, oracle, rebuild, sessions, soak, stalls, storms, wall, week } from "./long-tests.mjs";
import { setUp } from "./setup.mjs";
import { asProgram, readText, root, run, StepFailed, step, tool } from "./steps.mjs";

const results = "build/test-results";

function remember(suite, counts) {
  mkdirSync(root + results, { recursive: true });
  writeFileSync(`${root}${results}/${suite}.total.json`, JSON.stringify(counts));
  return counts;
}

/** A runner that left no readable result has failed as a whole. */
function broken(what) {
  console.error(`${what}: no result`);
  return { passed: 0, failed: 1, skipped: 0, failures: [{ name: what, message: "no result" }] };
}

/** A runner whose exit code says that it failed, though no test did, has failed as a whole. */
function withExit(what, passed, counts) {
  if (passed || counts.failed > 0) return remember(what, counts);
  return remember(what, { ...counts, failed: 1, failures: [{ name: what, message: "its exit code is not 0" }] });
}

function nativeTests() {
  const file = `${results}/native.xml`;
  const jobs = String(availableParallelism());
  // As vitest's: what needs a CPU of its own may be without one at a moment; what fails twice is wrong. Each try is printed.
  const twice = ["--repeat", "until-pass:2"];
  const args = ["--test-dir", "build", "--parallel", jobs, "--output-on-failure", "--no-tests=error", ...twice];
  const passed = run("ctest", [...args, "--output-junit", root + file], { allowFailure: true });
  const counts = countJunit(readText(file)) ?? broken("native tests");
  return withExit("native", passed, counts);
}

function vitest(suite, extra) {
  const file = `${results}/${suite}.json`;
  const args = ["run", ...extra, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const passed = run(tool("vitest"), args, { allowFailure: true });
  const counts = countVitest(readText(file)) ?? broken(suite);
  return withExit(suite, passed, counts);
}

function lintCounts() {
  const { passed, failed } = lint();
  const failures = failed.map((name) => ({ name, message: "npm run lint" }));
  return remember("lint", { passed: passed.length, failed: failed.length, skipped: 0, failures });
}

async function mainSuites() {
  rmSync(root + results, { recursive: true, force: true });
  const { sqlite } = await step("set-up", () => setUp("test"));
  const counts = [];
  try {
    await build({ tests: true });
    mkdirSync(root + results, { recursive: true });
    counts.push(await step("style and types", lintCounts));
    counts.push(await step("native tests", nativeTests));
    counts.push(
      await step("vitest: units, rules, end to end", () =>
        vitest("vitest", ofRoot("units and rules", "side by side, real processes", "alone")),
      ),
    );
    counts.push(...(await packageSuite(sqlite)));
    counts.push(await step("two fresh trials of stalls", () => freshTrials("fresh", 2)));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
    counts.push(
      remember("build", {
        ...broken("set-up or build"),
        failures: [{ name: "set-up or build", message: error.message }],
      }),
    );
  }
  return counts;
}

async function packagesAlone() {
  const { sqlite } = await step("set-up", () => setUp("test"));
  await buildPackages();
  return packageSuite(sqlite);
}

/** Contract, session service and player, as they are built: nothing of the profiler's. */
async function packageSuite(sqlite) {
  mkdirSync(root + results, { recursive: true });
  await sqlite.done;
  return [
    await step("tests of the packages", () => vitest("packages", ofPackages("packages", "pages", "packages, alone"))),
  ];
}

const ofRoot = (...projects) => projects.flatMap((project) => ["--project", project]);
const ofPackages = (...projects) => ["--config", "packages/vitest.config.ts", ...ofRoot(...projects)];

/** Outages, limits and rates that last. */
async function minuteSuite() {
  await step("set-up", () => setUp("test"));
  await build({ tests: true });
  mkdirSync(root + results, { recursive: true });
  return [await step("minutes", () => vitest("minutes", ofRoot("minutes", "minutes, alone")))];
}

/** Faults of the lab by what they do, and what viewers report beside what they lived through. */
async function viewerSuite() {
  const { sqlite } = await step("set-up", () => setUp("test"));
  await build({ tests: false });
  mkdirSync(root + results, { recursive: true });
  await sqlite.done;
  return [await step("viewers", () => vitest("viewers", ofPackages("viewers")))];
}

/** One fault at a time in real pipelines with real viewers; two labs beside each other. A void trial is a skipped test. */
function freshTrials(suite, count) {
  const file = `${results}/${suite}.counts.json`;
  const args = ["--fresh", String(count), "--at-once", "2", "--counts", root + file];
  const passed = run(process.execPath, ["test/stalls/run.mjs", ...args], { allowFailure: true });
  const counts = readText(file) === undefined ? broken(suite) : JSON.parse(readText(file));
  return withExit(suite, passed, counts);
}

async function trialSuite() {
  const { sqlite } = await step("set-up", () => setUp("test"));
  await build({ tests: false });
  mkdirSync(root + results, { recursive: true });
  await sqlite.done;
  rmSync(`${root}${results}/trials.counts.json`, { force: true });
  return [await step("twelve fresh trials of stalls", () => freshTrials("trials", 12))];
}

async function serverSuite() {
  await step("set-up", () => setUp("test"));
  mkdirSync(root + results, { recursive: true });
  rmSync(`${root}${results}/servers.total.json`, { force: true });
  return [await step("real servers", () => vitest("servers", ["--config", "test/servers/vitest.config.ts"]))];
}

function remembered() {
  const names = existsSync(root + results) ? readdirSync(root + results) : [];
  const totals = names.filter((name) => name.endsWith(".total.json"));
  if (totals.length === 0) return [broken("all suites")];
  return totals.map((name) => JSON.parse(readText(`${results}/${name}`)));
}

/** A proof passes or fails as a whole; its table has said why. */
const alone = (proof) => async (args) => {
  const passed = await proof(args);
  return [{ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }];
};

/** Throws what keeps it from running, with its exit code, or what is worse under the tracer. */
async function gstreamerSuites(args) {
  const { compareSuites } = await import("./suite.mjs");
  await compareSuites(args);
  return [{ passed: 1, failed: 0, skipped: 0 }];
}

/** Its roots and compilers are only made when it is asked for. */
async function inTwoDebians() {
  const { loading } = await import("./matrix/matrix.mjs");
  return [remember("loading", await loading())];
}

async function inAllDebians(args) {
  const { matrix } = await import("./matrix/matrix.mjs");
  return [await matrix(args)];
}

await asProgram(import.meta.url, async ([what, ...args]) => {
  const suites = {
    servers: serverSuite,
    packages: packagesAlone,
    minutes: minuteSuite,
    viewers: viewerSuite,
    trials: trialSuite,
    total: remembered,
    loading: inTwoDebians,
    matrix: inAllDebians,
    suite: gstreamerSuites,
    oracle: alone(oracle),
    wall: alone(wall),
    stalls: alone(stalls),
    storms: alone(storms),
    churn: alone(churn),
    soak: alone(soak),
    sessions: alone(sessions),
    rebuild: alone(rebuild),
    week: alone(week),
    captures: alone(captures),
    diffs: alone(diffs),
  };
  const total = add(await (suites[what] ?? mainSuites)(args));
  process.exitCode = total.failed > 0 ? 1 : 0;
  for (const line of toldFailures(total.failures, root)) console.error(line);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
});
