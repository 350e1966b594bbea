// Does the package work where people have it? Installs its archives in Debians of other ages, without compiler and network, runs pipelines
// under several versions of Node, and holds counts, stacks and labels against what they must be.
// SPDX-License-Identifier: MPL-2.0
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeRelease } from "../release.mjs";
import { cachedRoot, needRoots, rootsHome } from "../roots/chroot.mjs";
import { cannotRun } from "../roots/debian.mjs";
import { root, StepFailed, step } from "../steps.mjs";
import { nodeOf, nodes, npmFolder, roots } from "./cells.mjs";
import { checks, few, media } from "./checks.mjs";
import { judge, judgeCell, percent } from "./judge.mjs";

/** A folder as inside.sh wants it. */
function workFolder(archives, names) {
  const work = mkdtempSync(path.join(tmpdir(), "pyro-matrix-"));
  for (const folder of ["packages", "media", "checks"]) mkdirSync(path.join(work, folder));
  for (const file of archives) copyFileSync(file, path.join(work, "packages", path.basename(file)));
  for (const [name, pipeline] of Object.entries(media)) writeFileSync(path.join(work, "media", name), pipeline);
  for (const name of names) {
    const { pipeline, timing = "wrap" } = checks[name];
    writeFileSync(path.join(work, "checks", name), `--timing ${timing} -- gst-launch-1.0 -q ${pipeline}`);
  }
  return work;
}

const textOf = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** What one check left behind. */
function endedOf(results, name) {
  const file = (suffix) => path.join(results, `${name}${suffix}`);
  let summary;
  try {
    summary = JSON.parse(textOf(file(".json")));
  } catch {} // no report: said as a fault
  const code = Number(textOf(file(".code")) || "NaN");
  return { code, stderr: textOf(file(".err")), hasPage: existsSync(path.join(file(""), "report.html")), summary };
}

/** Installs and runs in one root under one Node; a row of the table. */
function runCell(chroot, { home, gstreamer, node, names, archives, enough }) {
  const work = workFolder(archives, names);
  try {
    chroot.run(["sh", "/inside.sh", "/work"], {
      binds: {
        "/inside.sh": path.join(root, "scripts/matrix/inside.sh"),
        "/npm": npmFolder(),
        "/node": nodeOf(home, node),
      },
      writable: { "/work": work },
      network: false,
      shown: `GStreamer ${gstreamer}, Node ${node}`,
      env: { PATH: "/node/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8" },
    });
    const results = path.join(work, "results");
    const verdicts = Object.fromEntries(names.map((name) => [name, judge(checks[name], endedOf(results, name))]));
    const cell = judgeCell(verdicts, enough);
    const compilers = textOf(path.join(results, "compilers")).trim();
    if (compilers !== "") cell.faults.push(`the root has ${compilers.split("\n").join(", ")}`);
    if (!textOf(path.join(results, "gstreamer")).includes(`GStreamer ${gstreamer}.`))
      cell.faults.push(`its GStreamer is not ${gstreamer}`);
    const [began, reported] = textOf(path.join(results, "seconds")).trim().split(" ").map(Number);
    return { gstreamer, node, checks: names.length, seconds: reported - began, ...cell };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function print({ gstreamer, node, checks, passed, samples, roots, labelled, seconds, faults }) {
  const figures = [
    `GStreamer ${gstreamer}, Node ${node}: ${passed} of ${checks} checks`,
    `${samples} samples`,
    `roots ${percent(roots)}`,
    `labelled with timing=off ${percent(labelled)}`,
    `${seconds.toFixed(1)} s from install to the first report`,
  ];
  console.log(figures.join(", "));
  for (const fault of faults) console.log(`  ${fault}`);
}

/**
 * Runs the checks `names` in each of `pairs`, [version of GStreamer, version of Node], of which each must have `enough` samples.
 *
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} counts of pairs
 */
async function everyCell({ pairs, names, enough }) {
  const home = rootsHome();
  const archives = await makeRelease({ targets: ["linux-x64-gnu"], home });
  const cells = [];
  for (const [gstreamer, node] of pairs) {
    const chroot = await cachedRoot(home, roots[gstreamer]);
    const run = () => runCell(chroot, { home, gstreamer, node, names, archives, enough });
    let cell = await step(`GStreamer ${gstreamer}, Node ${node}`, run);
    print(cell);
    // As of other tests: what a busy machine did once is printed, what fails twice is wrong.
    if (cell.faults.length > 0) {
      cell = await step(`GStreamer ${gstreamer}, Node ${node}, once more`, run);
      print(cell);
    }
    cells.push(cell);
  }
  const failed = cells.filter(({ faults }) => faults.length > 0).length;
  return { passed: cells.length - failed, failed, skipped: 0 };
}

/** Throws what keeps this machine from it. */
function needHere() {
  needRoots("To try the package in other Debians needs", { programs: ["readelf"] });
}

/** The oldest and the newest GStreamer, under the Node that each is likely to meet: at every push. Skipped where no root can be made. */
export async function loading() {
  const pairs = [
    ["1.18", nodes[0]],
    ["1.28", nodes.at(-1)],
  ];
  try {
    needHere();
    return await everyCell({ pairs, names: few, enough: 500 });
  } catch (error) {
    if (!(error instanceof StepFailed) || error.code !== cannotRun) throw error;
    console.log(`Skipped: ${error.message}`);
    return { passed: 0, failed: 0, skipped: pairs.length };
  }
}

/** The names of a table that an option lists; all without one. */
function chosen(all, listed) {
  const names = listed?.split(",") ?? all;
  const strange = names.filter((name) => !all.includes(name));
  if (strange.length > 0) throw new StepFailed(`${strange.join(", ")}: known are ${all.join(", ")}`, 2);
  return names;
}

/** All of them: 4 releases, 3 versions of Node, 12 checks. `--gstreamer 1.22,1.26` and `--node 20.9.0` for some. */
export async function matrix(args) {
  const { values } = parseArgs({ args, options: { gstreamer: { type: "string" }, node: { type: "string" } } });
  const versions = chosen(Object.keys(roots).sort(), values.gstreamer);
  const under = chosen(nodes, values.node);
  needHere();
  const pairs = versions.flatMap((gstreamer) => under.map((node) => [gstreamer, node]));
  return everyCell({ pairs, names: Object.keys(checks), enough: 5000 });
}
