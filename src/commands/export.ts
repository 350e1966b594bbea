// `export DIR`: how does a capture get to other programs? One file a format, beside us or where -o says.
// SPDX-License-Identifier: MPL-2.0

import { statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { bytes } from "../analysis/units.js";
import { CaptureError, systemCode } from "../capture/errors.js";
import { type Capture, readCapture } from "../capture/reader.js";
import { type Format, type FormatName, formatNames, formats } from "../export/formats.js";
import { type ExportSource, NothingToExport } from "../export/source.js";
import { attempt } from "../model/attempt.js";
import type { RecordedTopology } from "../model/recording.js";
import { adviceOn } from "./capture-advice.js";
import { captureExit, exitCodes } from "./exit-codes.js";
import { type ExportFlags, elementsCalled, exportRequest } from "./export-request.js";
import { sendPieces, whyNotWritten, writePieces } from "./output-file.js";
import type { Terminal } from "./report.js";

export type { ExportFlags } from "./export-request.js";

export interface ExportParts {
  terminal: Pick<Terminal, "out" | "error">;
  stdout: NodeJS.WriteStream;
  /** Of this program. */
  version: string;
  /** What doctor says of this machine. */
  doctor: () => Promise<string>;
}

const STDOUT = "-";

/** Resolves to the exit code. */
export async function exportCapture(dir: string, flags: ExportFlags, parts: ExportParts): Promise<number> {
  const { terminal } = parts;
  if (flags.format === "help") {
    terminal.out(formatHelp());
    return exitCodes.ok.code;
  }
  const asked = exportRequest(flags);
  const wrong = typeof asked === "string" ? asked : outputProblem(asked.formats, flags, parts);
  if (typeof asked === "string" || wrong !== "") {
    terminal.error(wrong);
    return exitCodes.usage.code;
  }
  try {
    for (const format of asked.formats) {
      const problem =
        flags.output === STDOUT ? "" : await whyNotWritten(fileOf(dir, format, flags), flags.force === true);
      if (problem === "") continue;
      terminal.error(`${fileOf(dir, format, flags)} ${problem}`);
      return exitCodes.captureUnreadable.code;
    }
    const capture = await readCapture(dir);
    const elements = flags.element === undefined ? null : elementsCalled(flags.element, capture.topology);
    if (elements?.size === 0) {
      terminal.error(`--element: no element is called ${flags.element}${someNames(capture)}`);
      return exitCodes.usage.code;
    }
    const note = (sentence: string): void => terminal.error(sentence);
    const { version, doctor } = parts;
    const source = {
      dir,
      capture,
      version,
      doctor,
      kind: flags.profile ?? "cpu",
      elements,
      range: asked.range,
      note,
    } as const;
    let isMissing = false;
    for (const format of asked.formats)
      await write(source, format, flags, parts).catch((error: unknown) => {
        if (!(error instanceof NothingToExport)) throw error;
        // Others have something; what one format lacks is no reason to leave them out.
        terminal.error(`${dir}: ${asked.formats.length > 1 ? `no ${format}: ` : ""}${error.message}`);
        isMissing = true;
      });
    const code = conclusion(capture, terminal);
    return isMissing ? exitCodes.nothingExported.code : code;
  } catch (error) {
    return failure(error, dir, flags, terminal);
  }
}

/** Why it cannot go where -o says; "" = it can. */
function outputProblem(asked: readonly FormatName[], { output }: ExportFlags, { stdout }: ExportParts): string {
  if (output === STDOUT) {
    if (asked.length > 1) return "-o -: several formats cannot share the standard output; name one";
    const binary = asked.find((name) => isBinary(name));
    return binary !== undefined && stdout.isTTY
      ? `${binary} is no text for a terminal: redirect it, or leave -o out`
      : "";
  }
  if (output !== undefined && (output === "" || output.endsWith("/")) && !isFolder(output))
    return output === "" ? "-o: no file is named" : `-o ${output}: there is no such directory`;
  const single = output === undefined || isFolder(output) || asked.length === 1;
  return single ? "" : `-o ${output}: several formats need a directory that is there`;
}

const isBinary = (name: FormatName): boolean => (formats[name] as Format).binary === true;
const isFolder = (path: string): boolean => attempt(() => statSync(path).isDirectory(), false);

/** The capture's name and the format's ending, in this directory, unless -o says otherwise. */
function fileOf(dir: string, format: FormatName, { output }: ExportFlags): string {
  const usual = `${basename(resolve(dir)) || "capture"}.${formats[format].ending}`;
  if (output === undefined) return usual;
  return isFolder(output) ? join(output, usual) : output;
}

async function write(source: ExportSource, format: FormatName, flags: ExportFlags, parts: ExportParts): Promise<void> {
  const pieces = await formats[format].make(source);
  if (flags.output === STDOUT) return sendPieces(parts.stdout, pieces);
  const file = fileOf(source.dir, format, flags);
  const size = await writePieces(file, pieces, flags.force === true);
  parts.terminal.error(`${file}: ${bytes(size)}, ${formats[format].help}`);
}

function conclusion({ dir, problems, complete, otherProcesses }: Capture, terminal: Pick<Terminal, "error">): number {
  const [other] = otherProcesses;
  if (other !== undefined)
    terminal.error(`${dir}: other processes of the same run have captures of their own: ${join(dir, other)}`);
  const [first, ...others] = problems;
  if (first !== undefined) {
    const more = others.length === 0 ? "" : `; ${others.length} more`;
    terminal.error(`${dir}: the capture is damaged, what can be read was exported (${first}${more})`);
    return exitCodes.captureTruncated.code;
  }
  if (!complete) terminal.error(`${dir}: the capture is not finished; what it holds so far was exported`);
  return exitCodes.ok.code;
}

function failure(error: unknown, dir: string, flags: ExportFlags, terminal: Pick<Terminal, "error">): number {
  const { message } = error as Error;
  if (error instanceof CaptureError) {
    terminal.error(`${message}${adviceOn(error, (other) => exportOf(other, flags), TAKES)}`);
    return captureExit(error.code);
  }
  const code = systemCode(error);
  // A capture may come from anybody, who must not choose what is on the screen: no trace.
  const unexpected = `${dir}: something unexpected went wrong: ${message}`;
  const unwritten = `${flags.output ?? "a file here"} cannot be written (${code}): name another place with -o`;
  terminal.error(code === "" ? unexpected : unwritten);
  return (code === "" ? exitCodes.failed : exitCodes.captureUnreadable).code;
}

const TAKES = "export takes the directory of a capture";
const exportOf = (dir: string, { format }: ExportFlags): string => `gst-pyroscope export ${dir} --format ${format}`;

const MOST_NAMES = 8;
/** Rows such as (overflow) stand for no element; the name of a pipeline may begin so, too. */
const isNamed = ({ bin, path }: RecordedTopology["elements"][number]): boolean => !bin && !/^\([a-z ]+\)$/.test(path);

function someNames({ topology }: Capture): string {
  const names = [...new Set(topology.elements.filter(isNamed).map(({ name }) => name))];
  return names.length === 0
    ? ""
    : `; there are ${names.slice(0, MOST_NAMES).join(", ")}${names.length > MOST_NAMES ? ", …" : ""}`;
}

function formatHelp(): string {
  const widest = Math.max(...formatNames.map((name) => name.length));
  return formatNames.map((name) => `${name.padEnd(widest)}  ${formats[name].help}\n`).join("");
}
