// `report DIR`: what does a capture say? As text, as JSON, or as one HTML file.
// SPDX-License-Identifier: MPL-2.0

import pico from "picocolors";
import { CaptureError, type CaptureErrorCode, systemCode } from "../capture/errors.js";
import { type Capture, readCapture } from "../capture/reader.js";
import { jsonText, printable } from "../model/printable.js";
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
  ERR_CAPTURE_EXISTS: exitCodes.captureUnreadable.code,
  ERR_CAPTURE_UNSAFE: exitCodes.captureUnreadable.code,
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
    if (systemCode(error) !== "") {
      terminal.error(`${options.html ?? dir}: cannot be written (${systemCode(error)})`);
      return exitCodes.captureUnreadable.code;
    }
    // A capture may come from anybody, who must not choose what is on the screen: no trace.
    terminal.error(`${dir}: something unexpected went wrong: ${(error as Error).message}`);
    return exitCodes.failed.code;
  }
}

async function print(capture: Capture, options: ReportOptions, terminal: Terminal): Promise<void> {
  if (options.html !== undefined) await writeHtml(capture, options.html);
  if (options.json) return terminal.out(`${jsonText(summarize(capture))}\n`);
  if (options.text || options.html === undefined) terminal.out(wideText(capture, terminal));
}

/** The terminal that we were started in. A reader that has seen enough (`| head`) is no failure. */
export function ownTerminal(): Terminal {
  process.stdout.on("error", (error) => {
    if (systemCode(error) !== "EPIPE") throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    error: (line) => void process.stderr.write(`${printable(`gst-pyroscope: ${line}`)}\n`),
    columns: process.stdout.columns ?? 120,
    colour: pico.isColorSupported && process.stdout.isTTY === true,
  };
}
