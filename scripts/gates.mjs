// May this change go in? Build, types, style, unit tests of the packages and their coverage, generated files, the packed player: one line each, a sum at the end.
//   gates.mjs [NAME …]   only those, for example: gates.mjs types drift
// SPDX-License-Identifier: MPL-2.0
import { asProgram, quietly, root, StepFailed, tool } from "./steps.mjs";

const node = (...args) => [process.execPath, args];
const vitest = ["run", "--config", "packages/vitest.config.ts", "--project", "packages"];

export const gates = [
  { name: "build", commands: [node("scripts/build.mjs")] },
  { name: "types", commands: [node("scripts/lint.mjs", "types")] },
  { name: "lint", commands: [node("scripts/lint.mjs", "style")] },
  { name: "units", commands: [[tool("vitest"), [...vitest, "--coverage"]]] }, // fails below the lines that packages/vitest.config.ts wants
  {
    name: "drift",
    commands: [node("packages/contract/generate.mjs", "--check"), node("scripts/generate.mjs", "--check")],
  },
  { name: "pack-smoke", commands: [node("packages/player/test/pack/pack-smoke.mjs")] },
];

/** undefined: all of its commands succeeded; else what the first that did not has printed last. */
function problemOf({ commands }) {
  try {
    for (const [program, args] of commands) quietly(program, args, { cwd: root });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return error.message;
  }
}

function outcomeOf(gate, say) {
  const began = Date.now();
  const problem = problemOf(gate);
  const seconds = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  say(
    problem === undefined ? `ok        ${gate.name} (${seconds})` : `FAIL      ${gate.name} (${seconds})\n${problem}`,
  );
  return problem === undefined ? "passed" : "failed";
}

/** All of them run, also after one that failed. */
export function runGates(chosen, say = console.log) {
  const counts = { passed: 0, failed: 0 };
  for (const gate of chosen) counts[outcomeOf(gate, say)] += 1;
  say(`${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

function chosenBy(names) {
  const unknown = names.filter((name) => gates.every((gate) => gate.name !== name));
  if (unknown.length > 0)
    throw new StepFailed(
      `no such gate: ${unknown.join(", ")}; there are ${gates.map(({ name }) => name).join(", ")}`,
      2,
    );
  return names.length === 0 ? gates : gates.filter(({ name }) => names.includes(name));
}

await asProgram(import.meta.url, (names) => {
  const { failed } = runGates(chosenBy(names));
  if (failed > 0) throw new StepFailed("not all gates are passed: the lines after FAIL say what to repair");
});
