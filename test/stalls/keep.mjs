// What do recorded trials leave for the tests? Each stall as it was judged, its windows shortened so far that the answer stays the same; all in one file.
//   node test/stalls/keep.mjs build/stalls/results.jsonl …   writes packages/serve/test/answer/recorded/trials.json.br, of these trials alone; --dry only shows
// SPDX-License-Identifier: MPL-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gunzipSync } from "node:zlib";
import { bundle } from "../../packages/serve/test/helpers/bundle.mjs";
import { asProgram, root, StepFailed } from "../../scripts/steps.mjs";
import { readLines } from "./results.mjs";

const file = `${root}packages/serve/test/answer/recorded/trials.json.br`;
const { BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_QUALITY: quality } = constants;
/** The windows of one trial are much like those of the one before. */
const packed = (value) => brotliCompressSync(JSON.stringify(value), { params: { [window]: 24, [quality]: 11 } });

/** With its recording, if it was judged; void ones have no expected answer, silent ones no stall, undisturbed ones no session of their own. */
function trialsIn(results) {
  return readLines(readFileSync(results, "utf8")).flatMap((result) => {
    if (result.outcome === "void" || !result.final || !result.sessionId) return [];
    const place = basename(dirname(results));
    const recording = readFileSync(join(dirname(results), "recordings", `${result.id}.json.gz`));
    return [{ result, place, recording: JSON.parse(gunzipSync(recording).toString()) }];
  });
}

const runsOf = ({ recording }) => new Set(recording.windows.map(({ host, run_id }) => `${host} ${run_id}`));

/** In the same lab, before it. */
function earlierThan(one, all) {
  const runs = runsOf(one);
  const before = all.filter(({ result }) => Date.parse(result.startedAt) < Date.parse(one.result.startedAt));
  return before.filter((other) => [...runsOf(other)].some((run) => runs.has(run))).map(({ result }) => result);
}

const name = ({ verdict, element, delivery, confidence }) =>
  [verdict, element ?? delivery, `(${confidence})`].filter((word) => word !== null).join(" ");

/** A trial that was run in several places is several. */
function named({ result, place }, packed, all) {
  const isOne = all.filter((one) => one.result.id === result.id).length === 1;
  return isOne ? packed : { ...packed, id: `${packed.id} of ${place}` };
}

/** What the service said is what the same code says again; else something that it knew is not in the recording. */
function report(found) {
  const differ = found.filter(({ live, kept }) => name(live) !== name(kept));
  for (const { packed, live, whole, kept } of differ)
    console.log(`${packed.id}: the service said ${name(live)}, its recording ${name(whole)}, what is kept ${name(kept)}`);
  const others = differ.filter(({ live, kept }) => live.verdict !== kept.verdict || live.element !== kept.element);
  console.log(`${found.length} trials; of ${differ.length} the answer is another one, of ${others.length} of these the verdict`);
}

await asProgram(import.meta.url, async (args) => {
  const { values, positionals } = parseArgs({ args, options: { dry: { type: "boolean" } }, allowPositionals: true });
  if (positionals.length === 0) throw new StepFailed("keep.mjs takes files of results: build/stalls/results.jsonl", 2);
  const { keep } = await import(await bundle("test/answer/keep-trial.ts", "keep-trial.js"));
  const all = positionals.flatMap(trialsIn);
  const found = all.map((one) => {
    const kept = keep(one.result, one.recording, earlierThan(one, all));
    return { ...kept, packed: named(one, kept.packed, all) };
  });
  report(found);
  const bytes = packed(found.map((one) => one.packed));
  console.log(`${bytes.length} bytes, ${Math.round(bytes.length / (found.length || 1))} each`);
  if (values.dry) return;
  writeFileSync(file, bytes);
  console.log(`written: ${file}`);
});
