// Does the answer to a stall name what was made slow? Real pipelines, real viewers, one fault at a time; it takes hours, and goes on where it ended.
//   npm test -- stalls [--load 20] [--part 2/5] [--only TEXT] [--without TEXT,TEXT] [--limit N] [--seeds FILE] [--results DIR] [--dry]
//   npm test -- stalls --fresh 12   so many of the demo pipeline, in an order of this moment, which is printed; --seed N repeats one
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startBurners } from "../../scripts/lab/burners.mjs";
import { makeFault, startLab } from "../../scripts/lab.mjs";
import { asProgram, root, StepFailed } from "../../scripts/steps.mjs";
import { trialsOf } from "./all-trials.mjs";
import { chosen, left, readPart } from "./plan.mjs";
import { resultsIn } from "./results.mjs";
import { sessionService } from "./session-service.mjs";
import { groupsOf, lineOf, missed, tableOf, verdictTimes } from "./table.mjs";
import { runTrial } from "./trial.mjs";
import { openViewers } from "./viewers.mjs";

const text = { type: "string" };
const known = {
  ...{ load: { ...text, default: "0" }, part: { ...text, default: "1/1" }, only: { ...text, default: "" } },
  without: { ...text, default: "" },
  ...{ limit: text, nice: { ...text, default: "10" }, seeds: { ...text, default: `${root}test/stalls/seeds.json` } },
  ...{
    results: { ...text, default: `${root}build/stalls` },
    dry: { type: "boolean", default: false },
    fresh: text,
    seed: text,
  },
};

function options(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: known }));
  } catch (error) {
    throw new StepFailed(`${error.message.split(". ")[0]}; there are --${Object.keys(known).join(", --")}`, 2);
  }
  const part = readPart(values.part);
  if (part === null) throw new StepFailed(`part=${values.part} cannot be read: write 2/5 for the second of five`, 2);
  const [load, nice] = [Number(values.load), Number(values.nice)];
  if (!Number.isInteger(load) || load < 0) throw new StepFailed(`load=${values.load} is no number of burners`, 2);
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  return { ...values, part, load, nice, limit };
}

/** The committed trials; or fresh ones, whose results are in a folder of their number. */
function seedsOf({ seeds, results, fresh, seed = String(Date.now() % 1e9) }) {
  if (fresh === undefined) return { ...JSON.parse(readFileSync(resolve(seeds), "utf8")), folder: resolve(results) };
  const trials = trialsOf(Number(seed)).filter(({ pipeline, group, variant }) => {
    return pipeline === "demo" && group !== "silent" && variant === undefined;
  });
  return { seed: Number(seed), trials, folder: join(resolve(results), `fresh-${seed}`) };
}

/** Ctrl-C: the trial under way has no result, and all that runs ends in order. */
const wish = new AbortController();
const asked = new Promise((done) => wish.signal.addEventListener("abort", () => done(null)));

/** Trials that want the same pipeline and viewers, one after the other; a lab that fails is started anew for the rest. */
async function runGroup(group, results) {
  const rest = [...group];
  while (rest.length > 0) {
    const lab = await openLab(rest); // one that does not even start ends the run, without a result
    try {
      for (; rest.length > 0; rest.shift()) results.add(await oneTrial(rest[0], lab));
    } catch (error) {
      if (wish.signal.aborted) throw error;
      const [first] = error.message.split("\n");
      const why = `the lab failed: ${first}`;
      const failed = { ...rest.shift(), outcome: "void", why, blamesWrongly: false };
      results.add(failed);
      console.log(lineOf(failed));
    } finally {
      await lab.close();
    }
  }
}

async function openLab([{ pipeline, variant = "sdk", viewers: each = 1 }, ...more]) {
  console.log(`== ${pipeline}, ${variant}, viewers of each stream: ${each}, trials: ${1 + more.length}`);
  const dataDir = mkdtempSync(join(tmpdir(), "gst-pyroscope-stalls-"));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  const lab = await startLab({ dataDir, pipeline, signal: wish.signal });
  try {
    if (variant === "stock") await makeFault(lab.url, "net:program-time=off");
    const opened = await openViewers(lab.players, { engine: variant === "cmcd" ? "cmcd" : "hlsjs", each });
    const close = () => opened.close().finally(lab.stop).finally(remove);
    return { world: worldOf(lab, opened), failed: lab.failed, close };
  } catch (error) {
    await lab.stop().finally(remove);
    throw error;
  }
}

async function oneTrial(trial, { world, failed }) {
  const result = await Promise.race([runTrial(trial, world), failed, asked]);
  if (result === null) throw new StepFailed("ended before all trials were run; the same command goes on", 130);
  if (result.id === undefined) throw new StepFailed(`${result.name} has ended by itself: ${result.errors}`);
  console.log(lineOf(result));
  return result;
}

function worldOf(lab, { viewers }) {
  const streams = lab.players.map(({ stream }) => ({ stream }));
  const service = sessionService(lab.url);
  return { service, viewers, streams, makeFault: (fault) => makeFault(lab.url, fault), now: Date.now, pause };
}

function summary(planned, results) {
  const ids = new Set(planned.map(({ id }) => id));
  const own = results.all().filter(({ id }) => ids.has(id));
  const groups = groupsOf(planned, own);
  console.log(`\n${tableOf(groups)}\n${verdictTimes(own)}`);
  console.log(`results: ${results.file}`);
  return missed(groups);
}

await asProgram(import.meta.url, async (args) => {
  const asked = options(args);
  const { seed, trials, folder } = seedsOf(asked);
  const limit = asked.fresh === undefined ? asked.limit : Number(asked.fresh);
  const planned = chosen(trials, { ...asked, limit });
  if (planned.length === 0) throw new StepFailed("no trial is chosen: --dry without --only shows what there is", 2);
  const results = resultsIn(folder);
  const groups = left(planned, results.all());
  const todo = groups.flat().length;
  console.log(`seed ${seed}, load ${asked.load}: ${planned.length} trials, ${planned.length - todo} are done`);
  console.log(`load of the machine at present: ${loadavg()[0].toFixed(2)}`);
  if (asked.dry) {
    for (const { id, fault, expect } of groups.flat())
      console.log(`${id}: ${fault || "no fault"}, expected ${expect.verdict} ${expect.element ?? ""}`.trimEnd());
    return;
  }
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => wish.abort());
  const burners = startBurners({ count: asked.load, nice: asked.nice });
  try {
    for (const group of groups) await runGroup(group, results);
  } finally {
    await burners.stop();
  }
  const problems = summary(planned, results);
  if (problems.length > 0) throw new StepFailed(problems.join("\n"));
});
