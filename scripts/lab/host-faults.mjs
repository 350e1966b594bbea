// How does a fault reach the lab's pipeline, and what does the pipeline say to it?
// SPDX-License-Identifier: MPL-2.0
import { StepFailed } from "../steps.mjs";
import { until } from "./processes.mjs";

/** A pipeline whose main loop does not answer within this time will not. */
const ANSWER_MS = 5000;

/** One line at a time: the pipeline answers each with one, in order. `tell(line)` resolves to null, or to why not. */
export function faultsOf(pipeline) {
  let before = Promise.resolve();
  const tell = async (line) => {
    const seen = pipeline.lines.length;
    pipeline.child.stdin.write(`${line}\n`);
    const answer = () => pipeline.lines.slice(seen).find((one) => /^(ok |error: |unknown: )/.test(one));
    return problemIn(await until("the pipeline answers", answer, { processes: [pipeline], ms: ANSWER_MS }));
  };
  return (line) => {
    const told = before.then(() => tell(line)).catch(silent);
    before = told;
    return told;
  };
}

function problemIn(answer) {
  if (answer.startsWith("ok ")) return null;
  const [, kind, reason] = /^(\w+): (.*)$/.exec(answer);
  return { status: kind === "unknown" ? 404 : 503, reason };
}

function silent(error) {
  if (!(error instanceof StepFailed)) throw error;
  return { status: 503, reason: error.message };
}
