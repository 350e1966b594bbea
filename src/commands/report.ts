// `report DIR`: what does a capture say? As text, as JSON, or as one HTML file.
// SPDX-License-Identifier: MPL-2.0

import { Command, Option } from "commander";
import pico from "picocolors";
import { CaptureError, type CaptureErrorCode, systemCode } from "../capture/errors.js";
import { type Capture, readCapture } from "../capture/reader.js";
import { writeHtml } from "../report/html.js";
import { summarize } from "../report/summary.js";
import { wideText } from "../report/text.js";
import { exitCodes } from "./exit-codes.js";

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

const failures: Record<CaptureErrorCode, number> = {
  ERR_CAPTURE_MISSING: exitCodes.captureMissing.code,
  ERR_CAPTURE_NOT_A_DIRECTORY: exitCodes.captureMissing.code,
  ERR_CAPTURE_EMPTY: exitCodes.captureEmpty.code,
  ERR_CAPTURE_FOREIGN: exitCodes.captureForeign.code,
  ERR_CAPTURE_TRUNCATED: exitCodes.captureTruncated.code,
  ERR_CAPTURE_VERSION: exitCodes.captureVersion.code,
  ERR_CAPTURE_UNREADABLE: exitCodes.captureUnreadable.code,
  ERR_CAPTURE_OCCUPIED: exitCodes.captureUnreadable.code,
  ERR_CAPTURE_BUSY: exitCodes.captureUnreadable.code,
  ERR_CAPTURE_WRITE: exitCodes.captureUnreadable.code,
};

/** Resolves to the exit code. Says at most one line on the error stream. */
export async function report(dir: string, options: ReportOptions, terminal: Terminal): Promise<number> {
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
      terminal.error(error.message);
      return failures[error.code];
    }
    if (systemCode(error) === "") throw error;
    terminal.error(`${options.html ?? dir}: cannot be written (${systemCode(error)})`);
    return exitCodes.captureUnreadable.code;
  }
}

async function print(capture: Capture, options: ReportOptions, terminal: Terminal): Promise<void> {
  if (options.html !== undefined) await writeHtml(capture, options.html);
  if (options.json) return terminal.out(`${JSON.stringify(summarize(capture), null, 2)}\n`);
  if (options.text || options.html === undefined) terminal.out(wideText(capture, terminal));
}

/** For the program's list of commands. */
export function reportCommand(exit: (code: number) => void): Command {
  return new Command("report")
    .description("show what a capture directory holds")
    .argument("<dir>", "the capture directory")
    .addOption(new Option("--text", "a table on the terminal (default)").conflicts("json"))
    .addOption(new Option("--json", "one JSON object, as the README documents it"))
    .addOption(new Option("--html <file>", "one self-contained HTML file"))
    .action(async (dir: string, options: ReportOptions) => {
      const columns = process.stdout.columns ?? 120;
      const terminal: Terminal = {
        out: (text) => void process.stdout.write(text),
        error: (line) => void process.stderr.write(`gst-pyroscope: ${line}\n`),
        columns,
        colour: pico.isColorSupported && process.stdout.isTTY === true,
      };
      exit(await report(dir, options, terminal));
    });
}
