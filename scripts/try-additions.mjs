// How many files does somebody edit who adds an option, a metric, a counter of the target, a loss of the agent? Tries it in a clone.
//   node scripts/try-additions.mjs [--only NAME] [--keep]
// SPDX-License-Identifier: MPL-2.0
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { asProgram, root, StepFailed, step } from "./steps.mjs";

/** TABLE: each addition: its one row and its use, as [file, text that it stands behind, what is added]; and the tests that know such tables. */
const additions = {
  option: {
    edits: [
      [
        "src/config/options.ts",
        'as <tracer-name>.agent",\n  },\n',
        '  {\n    name: "trial-text",\n    type: "string",\n    default: "",\n    parameter: false,\n    commands: everywhere,\n    readBy: "agent",\n    help: "text of a trial",\n  },\n',
      ],
      [
        "src/agent/agent.ts",
        "const logOf = (config: Config): Log =>",
        ' config.trialText === "quiet" ? createLog("silent") :',
      ],
    ],
    tests: ["test/src/config", "test/src/commands", "test/rules/tables.test.ts", "test/rules/docs.test.ts"],
  },
  metric: {
    edits: [
      [
        "src/metrics/catalog.ts",
        "of: (self) => self.overflowed,\n  },\n",
        '  {\n    name: "gstreamer.profiler.trial",\n    prometheus: "gst_pyroscope_trial_seconds",\n    unit: "s",\n    per: "target",\n    kind: "gauge",\n    fraction: true,\n    help: "what a trial took",\n    of: (state) => one(state.timingCostPs / 1e12),\n  },\n',
      ],
      [
        "native/exposition/families.cc",
        "const Family<wire::StateCopy> kProfilerFamilies[] = {\n",
        '    {kProfilerTrial, [](Text &text, const wire::StateCopy &state) { text.sample("", seconds(state.timing_cost_ps / 1000)); }},\n',
      ],
    ],
    native: true,
    tests: ["test/src/metrics", "test/src/exposition.test.ts", "test/rules/tables.test.ts"],
  },
  counter: {
    edits: [
      [
        "native/wire/counters.h",
        'X(kMemoryOut, "memory_out", kLoss, "times profiling ended because memory did")',
        ' \\\n  X(kTrial, "trial", kLoss, "times a trial was made")',
      ],
      [
        "native/tracer/session.cc",
        "segment.counters.add(wire::kSlotsUnlearned);",
        "\n  segment.counters.add(wire::kTrial);",
      ],
    ],
    native: true,
    tests: [
      "test/src/metrics",
      "test/src/exposition.test.ts",
      "test/src/analysis/losses.test.ts",
      "test/rules/tables.test.ts",
    ],
  },
  loss: {
    edits: [
      [
        "src/model/counter-kinds.ts",
        "export const agentCounters = [\n",
        '  { name: "trial_lost", kind: "loss", help: "samples that a trial lost" },\n',
      ],
      [
        "src/agent/session/deliveries.ts",
        'losses.lost("window_refused", refused);',
        '\n    losses.lost("trial_lost", 0);',
      ],
    ],
    tests: ["test/src/agent", "test/src/analysis", "test/rules/tables.test.ts"],
  },
};

function insert(dir, [file, behind, text]) {
  const name = path.join(dir, file);
  const before = readFileSync(name, "utf8");
  const at = before.indexOf(behind);
  if (at < 0) throw new StepFailed(`${file} has no ${JSON.stringify(behind)} any more`);
  writeFileSync(name, before.slice(0, at + behind.length) + text + before.slice(at + behind.length));
}

function tryIn(dir, name, { edits, native = false, tests }) {
  const run = (file, ...args) =>
    execFileSync(file, args, { cwd: dir, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  const git = (...args) => run("git", ...args);
  git("checkout", "-q", "--", ".");
  for (const edit of edits) insert(dir, edit);
  run(process.execPath, "scripts/generate.mjs");
  run("node_modules/.bin/tsc", "-p", "tsconfig.json");
  run("node_modules/.bin/tsc", "--noEmit", "-p", "tsconfig.tests.json");
  for (const part of ["collector", "page"]) run(process.execPath, `scripts/build-${part}.mjs`);
  rmSync(path.join(dir, "build"), { recursive: true, force: true });
  if (native) {
    run("node_modules/.bin/cmake-js", "configure", "-B", "Release", "--CDPYRO_TESTS=ON");
    run("cmake", "--build", "build", "--target", "gstpyroscope", "pyroscope", "segment-target", "test_wire");
    run("build/tests/test_wire", "--gtest_brief=1");
  } else symlinkSync(path.join(root, "build"), path.join(dir, "build")); // nothing native is another
  run("node_modules/.bin/vitest", "run", ...tests);
  const changed = git("diff", "--name-only").trim().split("\n");
  const edited = edits.map(([file]) => file);
  console.log(
    `${name}: edited ${edited.join(", ")}; generated ${changed.filter((file) => !edited.includes(file)).join(", ")}`,
  );
}

await asProgram(import.meta.url, async (args) => {
  const { values } = parseArgs({ args, options: { only: { type: "string" }, keep: { type: "boolean" } } });
  const dir = mkdtempSync(path.join(tmpdir(), "pyro-additions-"));
  try {
    execFileSync("git", ["clone", "-q", "--shared", root, dir]);
    symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
    for (const [name, addition] of Object.entries(additions))
      if (values.only === undefined || values.only === name)
        await step(`adding: ${name}`, () => tryIn(dir, name, addition));
  } finally {
    if (!values.keep) rmSync(dir, { recursive: true, force: true });
  }
});
