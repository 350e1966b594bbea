// How much of the time in which threads were blocked has a whole stack? Six real pipelines and the demo's, by time.
// SPDX-License-Identifier: MPL-2.0
import { execFileSync } from "node:child_process";
import { names, pipelineOf } from "./sampling.mjs";

/** The least share of blocked time that must have a stack to the thread's first frame. */
const WHOLE = 0.99;

function figures({ realNs, borrowedNs, unfinishedNs, noStackNs, runnableNs, runningNs, why, counters }) {
  const blockedNs = realNs + borrowedNs + unfinishedNs + noStackNs;
  const wallNs = blockedNs + runnableNs + runningNs;
  return {
    whole: (realNs + borrowedNs) / blockedNs,
    real: realNs / blockedNs,
    borrowed: borrowedNs / blockedNs,
    unfinished: unfinishedNs / blockedNs,
    noStack: noStackNs / blockedNs,
    blockedOfWall: blockedNs / wallNs,
    runnableOfWall: runnableNs / wallNs,
    runningOfWall: runningNs / wallNs,
    why,
    counters,
  };
}

/** Without an agent: the program reads its own segment. */
export function stacksRow(environment, root) {
  const env = { ...environment("pyroscope") };
  delete env.GST_PYROSCOPE_AGENT;
  const rows = {};
  for (const name of [...names, "demo"]) {
    const text = execFileSync(`${root}build/tests/wall-shares`, pipelineOf(root, name), { env, encoding: "utf8" });
    rows[name] = figures(JSON.parse(text.trim().split("\n").at(-1)));
    process.stderr.write(`stacks: ${name}\n`);
  }
  const short = Object.keys(rows).filter((name) => rows[name].whole < WHOLE);
  if (short.length > 0) process.stderr.write(`stacks: below ${WHOLE}: ${short.join(", ")}\n`);
  return { unit: "shares of time", least: WHOLE, short, ...rows };
}
