// How do sources become the plugin, the addon, the command and the report page? CMake and tsc decide what is out of date.
// SPDX-License-Identifier: MPL-2.0
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { asProgram, readText, root, run, StepFailed, step, tool } from "./steps.mjs";

/** The build folder remembers; a demo must not take the native tests away again, nor ask for their libraries. */
function configureNative(tests) {
  const cache = readText("build/CMakeCache.txt") ?? "";
  const fits = /^CMAKE_JS_VERSION:/m.test(cache) && (!tests || /^PYRO_TESTS:BOOL=ON$/m.test(cache));
  if (fits) return;
  const withTests = tests || /^PYRO_TESTS:BOOL=ON$/m.test(cache) ? "ON" : "OFF";
  run(tool("cmake-js"), ["configure", "-B", "Release", `--CDPYRO_TESTS=${withTests}`]);
}

/** The command and the agent, and the page of the report. */
export async function buildCommand() {
  await step("TypeScript build", () => {
    run(tool("tsc"), ["-p", "tsconfig.json"]);
    run(process.execPath, ["scripts/build-collector.mjs"]);
  });
  if (existsSync(`${root}scripts/build-page.mjs`))
    await step("report page", () => run(process.execPath, ["scripts/build-page.mjs"]));
}

/** The session service with its pages, and the player's SDK. */
export async function buildPackages() {
  await step("packages", () => run(process.execPath, ["scripts/build-packages.mjs"]));
}

export function needModules() {
  if (!existsSync(tool("cmake-js")))
    throw new StepFailed(
      "The npm packages are missing: run npm run setup && npm run build; set-up installs all that a build needs.",
    );
}

export async function build({ tests }) {
  needModules();
  await step("native build", () => {
    configureNative(tests);
    run("cmake", ["--build", "build", "--config", "Release", "--parallel", String(availableParallelism())]);
  });
  await buildCommand();
  await buildPackages();
}

await asProgram(import.meta.url, (args) => build({ tests: !args.includes("--without-tests") }));
