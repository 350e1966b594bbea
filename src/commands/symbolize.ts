// `symbolize DIR`: which frames of a finished capture get names, long after, and how is that said?
// SPDX-License-Identifier: MPL-2.0

import type { loadNative } from "../agent/agent.js";
import type { Step, Symbolized, symbolizeCapture } from "../agent/symbolize/symbolize.js";
import { count, plural } from "../analysis/units.js";
import { CaptureError, systemCode } from "../capture/errors.js";
import { resolveConfig } from "../config/config.js";
import type { Layers } from "../config/configuration.js";
import { createLog } from "../log.js";
import { captureExit, exitCodes } from "./exit-codes.js";
import { type Draw, fetchText } from "./meanwhile.js";
import type { Terminal } from "./report.js";

export interface SymbolizeOptions {
  /** Folder of debug files, or of files that are not stripped. */
  from?: string | undefined;
  layers: Layers;
}

export interface SymbolizeParts {
  symbolizeCapture: typeof symbolizeCapture;
  loadNative: typeof loadNative;
  terminal: Terminal;
  /** Undefined: no line of progress is drawn. */
  draw: Draw | undefined;
  /** Which server --debuginfod means; undefined: by this machine's os-release. */
  ofDistribution?: Parameters<typeof symbolizeCapture>[0]["ofDistribution"];
}

/** Sentences about files that are not used, at most. */
const MOST_REFUSED = 5;
const REDRAW_MS = 100;

/** Resolves to the exit code. */
export async function symbolize(
  dir: string,
  { from = "", layers }: SymbolizeOptions,
  parts: SymbolizeParts,
): Promise<number> {
  const { terminal, draw, ofDistribution } = parts;
  const { config, problems } = resolveConfig(layers);
  for (const { text } of problems) terminal.error(text);
  if (problems.some(({ source }) => source.startsWith("--"))) return exitCodes.usage.code;
  const say = (line: string): void => {
    draw?.("");
    terminal.error(line);
  };
  const log = createLog(config.logLevel, (line) => say(line.replace(/^gst-pyroscope: (warn|error): /, "")));
  try {
    const native = parts.loadNative();
    const progress = teller(draw, say);
    const own = ofDistribution === undefined ? {} : { ofDistribution };
    const done = await parts.symbolizeCapture({ dir, from, config, native, log, progress, ...own });
    for (const sentence of firstOf(done.refused)) say(sentence);
    const success = successOf(done);
    if (success === undefined) say(failureOf(done, from !== "" || config.debuginfod || config.debuginfodUrls !== ""));
    else terminal.out(`${success}\n`);
    return (success === undefined ? exitCodes.nothingNamed : exitCodes.ok).code;
  } catch (error) {
    return failed(error, from, say);
  } finally {
    draw?.("");
  }
}

/** undefined: nothing was named, and something could have been. */
function successOf({ before, after, lines, open }: Symbolized): string | undefined {
  const left = `left: ${after === 0 ? "none" : `${plural(after, "frame")} in ${plural(open, "module")}`}`;
  const withLines = lines > 0 ? `, ${count(lines)} a source line` : "";
  const named = `${count(before - after)} of ${plural(before, "frame")} without a symbol got one`;
  if (after < before) return `${named}${withLines}; ${left}`;
  if (lines > 0) return `${plural(lines, "frame")} got a source line; without a symbol ${left}`;
  return before === 0 ? "every frame of a module with a build-id has its symbol already" : undefined;
}

function failureOf({ before, open }: Symbolized, asked: boolean): string {
  const what = `no file of the same build has symbols for the ${plural(before, "frame")} without one, in ${plural(open, "module")}`;
  const more = asked ? "" : "; --from names a folder of debug files, --debuginfod asks the distribution's server";
  return `nothing was named: ${what}${more}`;
}

function failed(error: unknown, from: string, say: (line: string) => void): number {
  const { message } = error as Error;
  if (error instanceof CaptureError) {
    say(message);
    return captureExit(error.code);
  }
  const code = systemCode(error);
  const ofFolder = from !== "" && ["ENOENT", "ENOTDIR", "EACCES"].includes(code);
  say(ofFolder ? `--from: ${from} cannot be read (${code}); give a folder of debug files` : message);
  return (ofFolder ? exitCodes.usage : exitCodes.failed).code;
}

function firstOf(sentences: readonly string[]): string[] {
  const more = sentences.length - MOST_REFUSED;
  return more <= 0
    ? [...sentences]
    : [...sentences.slice(0, MOST_REFUSED), `${plural(more, "more file")} of other builds`];
}

/** On a terminal one line that changes; without one a line for each file that came or did not. */
function teller(draw: Draw | undefined, say: (line: string) => void): (step: Step) => void {
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (step) => {
    const text = textOf(step);
    if (draw === undefined) {
      if (step.doing === "fetching" && step.outcome !== "") say(`${text}: ${step.outcome}`);
    } else if (performance.now() - drawnAt >= REDRAW_MS) {
      drawnAt = performance.now();
      draw(`gst-pyroscope: ${text}`);
    }
  };
}

function textOf(step: Step): string {
  if (step.doing === "fetching") return fetchText(step.state);
  if (step.doing === "looking") return `looking at debug files: ${count(step.files)}`;
  return `${step.doing} profile ${step.profile} of ${step.of}`;
}
