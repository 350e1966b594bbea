// `report DIR`: what does a capture say? As text, as JSON, or as one HTML file.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync } from "node:fs";
import { join } from "node:path";
import pico from "picocolors";
import { writeHtml } from "../agent/report-file.js";
import { summarize } from "../analysis/summary.js";
import { CaptureError, systemCode } from "../capture/errors.js";
import { type Capture, readCapture } from "../capture/reader.js";
import { jsonText, printable } from "../model/printable.js";
import { wideText } from "../terminal/text.js";
import { adviceOn, pageProblem, writtenAt } from "./capture-advice.js";
import { captureExit, exitCodes } from "./exit-codes.js";

export interface ReportOptions {
  text?: boolean;
  json?: boolean;
  /** File to write. */
  html?: string;
}

export interface Terminal {
  out(text: string): void;
  error(line: string): void;
  columns: number;
  colour: boolean;
}

/** Resolves to the exit code. Says at most one line on the error stream. */
export async function report(dir: string, options: ReportOptions, terminal: Terminal): Promise<number> {
  const wrong = pageProblem(options.html, "report.html");
  if (wrong !== "") {
    terminal.error(wrong);
    return exitCodes.usage.code;
  }
  try {
    const capture = await readCapture(dir);
    await print(capture, options, terminal);
    if (capture.problems.length === 0) {
      if (!capture.complete) terminal.error(`${dir}: the capture is not finished; this is what it holds so far`);
      return exitCodes.ok.code;
    }
    const [first, ...others] = capture.problems;
    const more = others.length === 0 ? "" : `; ${others.length} more`;
    terminal.error(`${dir}: the capture is damaged, this is what can be read (${first}${more})`);
    return exitCodes.captureTruncated.code;
  } catch (error) {
    if (error instanceof CaptureError) {
      terminal.error(`${error.message}${adviceOn(error, reportOf, TAKES)}`);
      return captureExit(error.code);
    }
    if (systemCode(error) !== "") {
      terminal.error(`${options.html ?? dir}: cannot be written (${systemCode(error)})`);
      return exitCodes.captureUnreadable.code;
    }
    // A capture may come from anybody, who must not choose what is on the screen: no trace.
    terminal.error(`${dir}: something unexpected went wrong: ${(error as Error).message}`);
    return exitCodes.failed.code;
  }
}

/** Of the directory that we are in: itself, or the one of those in it that was written last. */
export async function reportNewest(options: ReportOptions, terminal: Terminal): Promise<number> {
  const dir = newestCapture(".");
  if (dir !== undefined) {
    if (dir !== ".") terminal.error(`the newest capture here is ${dir}`);
    return report(dir, options, terminal);
  }
  terminal.error("there is no capture here; name one: gst-pyroscope report DIR");
  return exitCodes.captureMissing.code;
}

function newestCapture(here: string): string | undefined {
  if (writtenAt(here) !== undefined) return here;
  const found = readdirSync(here).map((dir) => ({ dir, at: writtenAt(join(here, dir)) ?? 0 }));
  return found.filter(({ at }) => at > 0).sort((a, b) => b.at - a.at)[0]?.dir;
}

const TAKES = "report takes the directory of a capture, and a browser its page";
const reportOf = (dir: string): string => `gst-pyroscope report ${dir}`;

async function print(capture: Capture, options: ReportOptions, terminal: Terminal): Promise<void> {
  if (options.html !== undefined) await writeHtml(capture, options.html);
  if (options.json) return terminal.out(`${jsonText(summarize(capture))}\n`);
  if (options.text || options.html === undefined) terminal.out(wideText(capture, terminal));
}

const say = (line: string): void => void process.stderr.write(`${printable(`gst-pyroscope: ${line}`)}\n`);

/** The terminal that we were started in. A reader that has seen enough (`| head`) is no failure. */
export function ownTerminal(): Terminal {
  process.stdout.on("error", (error) => {
    if (systemCode(error) === "EPIPE") return;
    say(`the standard output cannot be written (${systemCode(error)})`);
    process.exit(exitCodes.captureUnreadable.code);
  });
  return {
    out: (text) => void process.stdout.write(text),
    error: say,
    columns: process.stdout.columns ?? 120,
    colour: pico.isColorSupported && process.stdout.isTTY === true,
  };
}
