// In which order are the trials to be run? Prints test/stalls/seeds.json; it is committed before a trial of it is run.
//   node test/stalls/make-seeds.mjs SEED > test/stalls/seeds.json
//   node test/stalls/make-seeds.mjs SEED clocks > test/stalls/seeds-clocks.json   those in which a clock is wrong
//   node test/stalls/make-seeds.mjs SEED more > test/stalls/seeds-more.json   more of delivery, and undisturbed time
//   node test/stalls/make-seeds.mjs SEED rates > test/stalls/seeds-rates.json   more of slow delivery, beside load 20
// SPDX-License-Identifier: MPL-2.0
import { clockTrialsOf, moreTrialsOf, rateTrialsOf, trialsOf } from "./all-trials.mjs";

const seed = Number(process.argv[2]);
if (!Number.isSafeInteger(seed) || seed < 1) {
  console.error("make-seeds.mjs takes a number from 1 on: node test/stalls/make-seeds.mjs 20");
  process.exit(2);
}
const kinds = { usual: trialsOf, clocks: clockTrialsOf, more: moreTrialsOf, rates: rateTrialsOf };
const kind = process.argv[3] ?? "usual";
if (!Object.hasOwn(kinds, kind)) {
  console.error(`make-seeds.mjs knows no trials called ${kind}: give one of ${Object.keys(kinds).join(", ")}, or none for the usual ones`);
  process.exit(2);
}
const make = kinds[kind];
const lines = make(seed).map((trial) => `    ${JSON.stringify(trial)}`);
console.log(`{\n  "seed": ${seed},\n  "trials": [\n${lines.join(",\n")}\n  ]\n}`);
