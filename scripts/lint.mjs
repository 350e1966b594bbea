// Does the tree keep to its style and its types? One check a tool; all of them run.
//   lint.mjs [WORD]   only the checks with this word in their name, for example: lint.mjs types
// SPDX-License-Identifier: MPL-2.0
import { readdirSync } from "node:fs";
import { asProgram, root, run, StepFailed, tool } from "./steps.mjs";

function nativeSources() {
  const folders = ["lab", "native", "test/native"];
  const files = folders.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true }).map((name) => `${folder}/${name}`),
  );
  return files.filter((name) => /\.(cc|c|h)$/.test(name));
}

const checks = [
  {
    name: "style of TypeScript and scripts",
    run: () => run(tool("biome"), ["ci", "--colors=off"], { allowFailure: true }),
  },
  {
    name: "style of C++",
    run: () => run("clang-format", ["--dry-run", "-Werror", ...nativeSources()], { allowFailure: true }),
  },
  { name: "types", run: () => run(tool("tsc"), ["--noEmit"], { allowFailure: true }) },
  { name: "types of tests", run: () => run(tool("tsc"), ["-p", "tsconfig.tests.json"], { allowFailure: true }) },
  ...readdirSync(`${root}packages`, { recursive: true })
    .filter((name) => /tsconfig[.\w]*\.json$/.test(name) && !name.includes("base") && !name.includes("node_modules"))
    .map((name) => ({
      name: `types of packages/${name}`,
      run: () => run(tool("tsc"), ["-p", `packages/${name}`], { allowFailure: true }),
    })),
  {
    name: "generated files",
    // Both are run: each names the file that is out of date.
    run: () =>
      ["scripts/generate.mjs", "packages/contract/generate.mjs"]
        .map((script) => run(process.execPath, [script, "--check"], { allowFailure: true }))
        .every(Boolean),
  },
];

/** Names of the checks that passed and of those that did not. */
export function lint(word = "") {
  const outcome = { passed: [], failed: [] };
  const chosen = checks.filter(({ name }) => name.includes(word));
  if (chosen.length === 0) throw new StepFailed(`no check has ${word} in its name`, 2);
  for (const check of chosen) {
    const passed = check.run();
    (passed ? outcome.passed : outcome.failed).push(check.name);
    console.log(`${passed ? "ok  " : "FAIL"} ${check.name}`);
  }
  return outcome;
}

await asProgram(import.meta.url, ([word]) => {
  const { failed } = lint(word);
  if (failed.length > 0) throw new StepFailed(`not clean: ${failed.join(", ")}`);
});
