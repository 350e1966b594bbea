// Does the answer to a stall name what was made slow? Real pipelines, real viewers, one fault at a time; it takes hours, and goes on where it ended.
//   npm test -- stalls [--load 20] [--part 2/5] [--only TEXT] [--without TEXT,TEXT] [--limit N] [--seeds FILE] [--results DIR] [--dry]
//   npm test -- stalls --fresh 12   so many of the demo pipeline, in an order of this moment, which is printed; --seed N repeats one
//   … --at-once 2   so many labs beside each other   … --counts FILE   leaves how many were right, wrong, void
// SPDX-License-Identifier: MPL-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startBurners } from "../../scripts/lab/burners.mjs";
import { asProgram, root, StepFailed } from "../../scripts/steps.mjs";
import { trialsOf } from "./all-trials.mjs";
import { countsOf, freshOf, lanesOf } from "./fresh.mjs";
import { Lane } from "./lane.mjs";
import { chosen, left, readPart } from "./plan.mjs";
import { resultsIn } from "./results.mjs";
import { groupsOf, missed, tableOf, verdictTimes } from "./table.mjs";

const text = { type: "string" };
const known = {
  ...{ load: { ...text, default: "0" }, part: { ...text, default: "1/1" }, only: { ...text, default: "" } },
  ...{ without: { ...text, default: "" }, limit: text, nice: { ...text, default: "10" } },
  ...{ seeds: { ...text, default: `${root}test/stalls/seeds.json` }, fresh: text, seed: text },
  ...{ results: { ...text, default: `${root}build/stalls` }, dry: { type: "boolean", default: false } },
  ...{ "at-once": { ...text, default: "1" }, counts: text },
};

/** So that a run of fresh ones takes minutes, on any machine: what takes longer is void. */
const shorter = { healthyMs: 40_000, healthMs: 150_000, stallMs: 90_000, recoveryMs: 90_000, pressure: 0.8 };

function options(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: known }));
  } catch (error) {
    throw new StepFailed(`${error.message.split(". ")[0]}; there are --${Object.keys(known).join(", --")}`, 2);
  }
  const part = readPart(values.part);
  if (part === null) throw new StepFailed(`part=${values.part} cannot be read: write 2/5 for the second of five`, 2);
  const number = (name, least) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= least) return value;
    throw new StepFailed(`${name}=${values[name]} cannot be read: write a whole number from ${least} on`, 2);
  };
  const numbers = { load: number("load", 0), nice: number("nice", -20), atOnce: number("at-once", 1) };
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : number("limit", 1);
  return { ...values, part, ...numbers, limit, fresh: values.fresh === undefined ? undefined : number("fresh", 1) };
}

/** The committed trials; or fresh ones, whose results are in a folder of their number. */
function planOf({ seeds, results, fresh, seed = String(Date.now() % 1e9), ...asked }) {
  if (fresh === undefined) {
    const { seed, trials } = JSON.parse(readFileSync(resolve(seeds), "utf8"));
    return { seed, planned: chosen(trials, asked), folder: resolve(results) };
  }
  return {
    seed: Number(seed),
    planned: chosen(freshOf(trialsOf(Number(seed)), fresh), asked),
    ...{ folder: join(resolve(results), `fresh-${seed}`), limits: shorter },
  };
}

/** Ctrl-C: the trial under way has no result, and all that runs ends in order. */
const wish = new AbortController();

/** One that fails ends the others; what it failed of is told. */
async function runLanes(planned, { results, limits, atOnce }) {
  const todo = left(planned, results.all()).flat();
  const problems = [];
  const run = (trials) =>
    new Lane({ results, limits, signal: wish.signal }).run(trials).catch((error) => {
      problems.push(error);
      wish.abort();
    });
  await Promise.all(lanesOf(todo, atOnce).map(run));
  if (problems.length > 0) throw problems[0];
}

function summary(planned, { results, counts }) {
  const ids = new Set(planned.flatMap(({ id, spare }) => [id, spare?.id]));
  const own = results.all().filter(({ id }) => ids.has(id));
  const groups = groupsOf(planned, own);
  console.log(`\n${tableOf(groups)}\n${verdictTimes(own)}`);
  console.log(`results: ${results.file}`);
  if (counts === undefined) return missed(groups);
  const { counts: sums, tolerated, failed } = countsOf(planned, own);
  const failures = failed.map(({ id, why = "it was not run" }) => ({ name: id, message: why }));
  for (const { id } of tolerated) console.log(`${id} is wrong: of so many, one is within the bar of 95 %; it counts as skipped`);
  writeFileSync(counts, JSON.stringify({ ...sums, failures }));
  return sums.failed > 0 ? [`${sums.failed} of ${planned.length} trials are wrong`] : [];
}

await asProgram(import.meta.url, async (args) => {
  const asked = options(args);
  const { seed, planned, folder, limits } = planOf(asked);
  if (planned.length === 0) throw new StepFailed("no trial is chosen: --dry without --only shows what there is", 2);
  const results = resultsIn(folder);
  const todo = left(planned, results.all()).flat();
  console.log(`seed ${seed}, load ${asked.load}: ${planned.length} trials, ${planned.length - todo.length} are done`);
  console.log(`load of the machine at present: ${loadavg()[0].toFixed(2)}`);
  if (asked.dry) {
    for (const { id, fault, expect } of todo)
      console.log(`${id}: ${fault || "no fault"}, expected ${expect.verdict} ${expect.element ?? ""}`.trimEnd());
    return;
  }
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => wish.abort());
  const burners = startBurners({ count: asked.load, nice: asked.nice });
  try {
    await runLanes(planned, { results, limits, atOnce: asked.atOnce });
  } finally {
    await burners.stop();
  }
  const problems = summary(planned, { results, counts: asked.counts });
  if (problems.length > 0) throw new StepFailed(problems.join("\n"));
});
