// `diff A B`: what changed between two recordings of a program, beyond noise, and may it pass? For a person, and for CI.
// SPDX-License-Identifier: MPL-2.0

import { join } from "node:path";
import { CaptureError, systemCode } from "../capture/errors.js";
import { replaceFile } from "../capture/own-folder.js";
import type { Capture } from "../capture/reader.js";
import { type Comparison, compare } from "../compare/comparison.js";
import { type Gate, type GateResult, judgeGate, parseGate } from "../compare/gates.js";
import { jsonText } from "../model/printable.js";
import { comparisonText } from "../terminal/comparison-text.js";
import { pageProblem } from "./capture-advice.js";
import { type ComparedSide, changedSide, readSide } from "./compared-side.js";
import { captureExit, exitCodes } from "./exit-codes.js";
import type { Terminal } from "./report.js";

export interface DiffOptions {
  text?: boolean;
  json?: boolean;
  /** File to write. */
  html?: string;
  all?: boolean;
  map?: string[];
  failIf?: string[];
}

/** Resolves to the exit code. */
export async function diff(a: string, b: string, options: DiffOptions, terminal: Terminal): Promise<number> {
  const wrong = pageProblem(options.html, "diff.html");
  if (wrong !== "") {
    terminal.error(wrong);
    return exitCodes.usage.code;
  }
  try {
    const gates = (options.failIf ?? []).map(parseGate);
    const [before, after] = [await readSide(a), await readSide(b)];
    for (const { captures } of [before, after]) tellWhatIsMissing(captures, terminal);
    const comparison = compare(before.side, after.side, options.map);
    const results = gates.map((gate) => judgeGate(gate, comparison));
    await print({ before, after, comparison, results }, options, terminal);
    return exitOf(comparison, results);
  } catch (error) {
    if (error instanceof CaptureError) {
      terminal.error(error.message);
      return captureExit(error.code);
    }
    if (systemCode(error) !== "") {
      terminal.error(`${options.html ?? ""}: cannot be written (${systemCode(error)})`);
      return exitCodes.captureUnreadable.code;
    }
    terminal.error((error as Error).message);
    return exitCodes.usage.code;
  }
}

/** Of several runs the first one that lacks it: the others will be alike. */
function tellWhatIsMissing(captures: readonly Capture[], { error }: Terminal): void {
  const several = captures.find(({ otherProcesses }) => otherProcesses.length > 0);
  const [other = ""] = several?.otherProcesses ?? [];
  if (several !== undefined)
    error(`${several.dir}: other processes of the same run are not compared: ${join(several.dir, other)}`);
  const open = captures.find(({ complete }) => !complete);
  if (open !== undefined) error(`${open.dir}: the capture is not finished; what it holds so far was compared`);
}

interface Diffed {
  before: ComparedSide;
  after: ComparedSide;
  comparison: Comparison;
  results: GateResult[];
}

async function print(diffed: Diffed, options: DiffOptions, terminal: Terminal): Promise<void> {
  const { comparison, results } = diffed;
  if (options.html !== undefined) await writePage(diffed, options.html);
  if (options.json) return terminal.out(`${jsonText(jsonOf(comparison, results))}\n`);
  // Without a word nobody knows why the exit code is 14.
  if (options.text || options.html === undefined || results.length > 0)
    terminal.out(comparisonText(comparison, results, { ...terminal, all: options.all === true }));
}

async function writePage({ before, after, comparison, results }: Diffed, file: string): Promise<void> {
  const { diffHtml } = await import("../page/diff-html.js");
  const pairs = new Map(comparison.pairs);
  const request = {
    ...{ comparison, gates: results },
    ...{ before: changedSide(before, pairs), after: changedSide(after, new Map()) },
  };
  await replaceFile(file, diffHtml(request));
}

/** As docs/diff.md describes it. */
const jsonOf = ({ pairs: _, ...comparison }: Comparison, results: readonly GateResult[]) => ({
  version: 1,
  ...comparison,
  failIf: results.map(({ gate, outcome, reason, changes }) => ({
    ...{ condition: gate.text, outcome, reason },
    figures: changes.map(({ figure, path }) => ({ figure, path })),
  })),
});

function exitOf({ problem }: Comparison, results: readonly GateResult[]): number {
  const has = (outcome: GateResult["outcome"]): boolean => results.some((result) => result.outcome === outcome);
  if (has("fires")) return exitCodes.gateFired.code;
  return problem !== null || has("cannot be judged") ? exitCodes.notComparable.code : exitCodes.ok.code;
}

export type { Gate };
