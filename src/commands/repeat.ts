// How often does a command differ from itself? `run --repeat N`: a capture of each of N runs, side by side, for `diff`.
// SPDX-License-Identifier: MPL-2.0

import { statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { captureFiles, runFolder } from "../capture/format.js";
import { clearRunsFrom, runsObstacle } from "../capture/runs.js";
import { resolveConfig } from "../config/config.js";
import { attempt } from "../model/attempt.js";
import { exitCodes } from "./exit-codes.js";
import type { Ended } from "./launch.js";
import { captureFolder, type RunParts, type RunRequest, run } from "./run.js";

/** More than a comparison gets better by. */
const MOST_RUNS = 1000;

/** Ends as the first run that failed or was interrupted, else as the last one. */
export async function runRepeatedly(request: RunRequest, times: number, parts: RunParts): Promise<Ended> {
  const { environment, say } = parts;
  const resolved = resolveConfig({ flags: request.flags, environment, file: request.file, underRun: true });
  const dir = captureFolder(resolved, parts.now());
  const refusal = await whyNot(request, times, dir);
  if (dir === undefined || refusal !== undefined) {
    say(`gst-pyroscope: ${refusal}`);
    return { code: exitCodes.ownFailure.code };
  }
  const interruption = awaitInterruption();
  try {
    return await runAll(request, times, dir, { ...parts, interruption });
  } finally {
    interruption.end();
  }
}

type Interruption = ReturnType<typeof awaitInterruption>;

async function runAll(
  request: RunRequest,
  times: number,
  dir: string,
  parts: RunParts & { interruption: Interruption },
): Promise<Ended> {
  const { say, interruption } = parts;
  const began = Date.now();
  for (let nth = 1; ; nth++) {
    const capture = join(dir, runFolder(nth));
    const brief = `gst-pyroscope: run ${nth} of ${times}: ${capture}`;
    const ended = await run({ ...request, brief, flags: { ...request.flags, capture } }, parts);
    // Only once there is something new in its place.
    if (nth === 1 && isWrittenSince(began, capture)) await clearRunsFrom(dir, 2);
    const failed = ended.code !== 0 || ended.signal !== undefined;
    const signal = interruption.signal();
    if (nth === times) return ended;
    if (!failed && signal === undefined) continue;
    const what = signal === undefined ? "failed" : "was interrupted";
    say(`gst-pyroscope: run ${nth} of ${times} ${what}: the others are left out`);
    return failed || signal === undefined ? ended : { code: 128 + constants.signals[signal] };
  }
}

/** A command may end well although it was interrupted, as gst-launch-1.0 does: its exit code does not tell. */
function awaitInterruption() {
  let got: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    got ??= signal;
  };
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM"];
  for (const signal of signals) process.on(signal, note);
  const end = (): void => {
    for (const signal of signals) process.off(signal, note);
  };
  return { signal: (): NodeJS.Signals | undefined => got, end };
}

const isWrittenSince = (ms: number, dir: string): boolean =>
  attempt(() => statSync(join(dir, captureFiles.capture)).mtimeMs >= ms, false);

async function whyNot({ open, replace }: RunRequest, times: number, dir: string | undefined) {
  if (times < 1 || times > MOST_RUNS) return `--repeat: from 1 to ${MOST_RUNS} runs`;
  if (open === true) return "--open shows one report, and --repeat makes several: leave one of them out";
  if (dir === undefined) return "--repeat needs captures: name their directory with --capture";
  return (await runsObstacle(dir, replace === true))?.message;
}
