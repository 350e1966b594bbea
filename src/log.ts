// What does the agent say, to whom, and what does it keep to itself? One line an event, never a secret.
// SPDX-License-Identifier: MPL-2.0

import { printable } from "./model/printable.js";
import { redact } from "./redact/text.js";

export const logLevels = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Record<string, string | number | bigint | boolean | null | undefined>;
type Say = (message: string, fields?: LogFields) => void;

export interface Log {
  error: Say;
  warn: Say;
  info: Say;
  debug: Say;
}

/** Takes one line without its line end. */
export type LogSink = (line: string) => void;

export function toStderr(line: string): void {
  // A closed or full pipe must not end the agent: the reader of stderr has gone.
  try {
    process.stderr.write(`${line}\n`);
  } catch {}
}

export function createLog(level: LogLevel, sink: LogSink = toStderr): Log {
  const rank = logLevels.indexOf(level);
  const say =
    (of: LogLevel): Say =>
    (message, fields = {}) => {
      if (logLevels.indexOf(of) <= rank) sink(`gst-pyroscope: ${of}: ${lineOf(message, fields)}`);
    };
  return { error: say("error"), warn: say("warn"), info: say("info"), debug: say("debug") };
}

/** One line without secrets and without what a terminal would obey. */
export function lineOf(message: string, fields: LogFields = {}): string {
  return `${shownText(message)}${shown(fields)}`;
}

export const silentLog: Log = createLog("silent");

function shown(fields: LogFields): string {
  let text = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const word = shownText(String(value));
    text += ` ${key}=${/[\s"=]/.test(word) || word === "" ? JSON.stringify(word) : word}`;
  }
  return text;
}

const MAX_TEXT = 500;

/** Cut first, well behind what is shown, so that a huge text costs nothing. */
function shownText(text: string): string {
  return oneLine(redact(text.slice(0, 20 * MAX_TEXT)));
}

function oneLine(text: string): string {
  const line = printable(text.replace(/\s+/g, " "));
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}
