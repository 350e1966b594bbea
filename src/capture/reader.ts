// What does a capture directory hold, as far as it can be read? Tolerant: damage is reported, the rest is used.
// SPDX-License-Identifier: MPL-2.0

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { attempt } from "../model/attempt.js";
import type { CellSnapshot } from "../model/batch.js";
import type { RecordedWindow } from "../model/recorded-windows.js";
import type { RecordedTopology, Recording } from "../model/recording.js";
import { cellKey, decodeCell } from "./cells.js";
import { CaptureError, systemCode } from "./errors.js";
import { CAPTURE_FORMAT, CAPTURE_VERSION, type CaptureFile, captureFiles, isProcessFolder } from "./format.js";
import { History } from "./history.js";
import { eachLine, type Line } from "./lines.js";
import { namesIn, readJsonText } from "./open.js";
import { type Profiles, readProfiles } from "./profiles.js";
import { blankFile, parseCaptureFile } from "./state.js";
import { parseTopology } from "./topology.js";
import { readTraces } from "./traces.js";
import { readWindows } from "./windows.js";

/** A recording that came from a directory. */
export interface Capture extends Omit<Recording, keyof Profiles>, Profiles {
  facts: CaptureFile;
}

/** The directory, the names in it, and one line for each damage that was met so far. */
interface Found {
  dir: string;
  entries: string[];
  problems: string[];
}

/**
 * Reads the capture in the directory `dir`. A file that is missing or damaged becomes a line in `problems` and the capture is then
 * not `complete`; what can be read of it is used. Throws a CaptureError when `dir` cannot be read, holds no capture, or one that a
 * newer version wrote.
 */
export async function readCapture(dir: string): Promise<Capture> {
  const entries = await directoryEntries(dir);
  const problems: string[] = [];
  const found: Found = { dir, entries, problems };
  const file = await readCaptureFile(found);
  const topology = await readTopology(found, file);
  const { cells, history } = await readCells(found, file);
  const traces = entries.includes(captureFiles.spans)
    ? ((await readTraces(join(dir, captureFiles.spans)).catch(cannotRead(captureFiles.spans, problems))) ?? null)
    : null;
  if (traces !== null && traces.broken > 0)
    problems.push(`${captureFiles.spans}: ${traces.broken} of ${traces.spans + traces.broken} lines cannot be read`);
  const windows = await windowsOf(found, file);
  const profiles = await readProfiles(dir, file, problems);
  const otherProcesses = await foldersOfRun(dir, entries);
  const complete = file.complete && problems.length === 0;
  return {
    dir,
    facts: file,
    complete,
    problems: bounded(problems),
    topology,
    cells,
    history,
    traces,
    windows,
    ...profiles,
    otherProcesses,
  };
}

/** For `catch`: turns the CaptureError of one file into a line of `problems`, so that the other files are still read. */
const cannotRead =
  (name: string, problems: string[]) =>
  (error: unknown): undefined => {
    if (!(error instanceof CaptureError)) throw error;
    problems.push(`${name} cannot be read (${error.detail})`);
  };

/** Lines in `problems`; a last one counts the rest. */
const MOST_PROBLEMS = 100;

function bounded(problems: string[]): string[] {
  const more = problems.length - MOST_PROBLEMS;
  return more <= 0 ? problems : [...problems.slice(0, MOST_PROBLEMS), `and ${more} more problems`];
}

/**
 * Captures of the other processes of the same run, as paths relative to `dir`. The capture of the first process is the folder that
 * the others lie in, side by side.
 */
async function foldersOfRun(dir: string, entries: string[]): Promise<string[]> {
  const own = basename(resolve(dir));
  const beside = isProcessFolder(own) ? (await namesIn(join(dir, ".."), MOST_ENTRIES).catch(() => null))?.names : [];
  if (!beside?.includes(captureFiles.capture)) return processFolders(entries);
  const others = processFolders(beside).filter((name) => name !== own);
  return ["..", ...others.map((name) => `../${name}`)];
}

const processFolders = (entries: string[]): string[] =>
  entries.filter(isProcessFolder).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));

/** A capture has eight files; a run of a thousand programs a folder for each. */
const MOST_ENTRIES = 20_000;

async function directoryEntries(dir: string): Promise<string[]> {
  try {
    if (!(await stat(dir)).isDirectory()) throw new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", dir);
    const { names, more } = await namesIn(dir, MOST_ENTRIES);
    if (more) throw new CaptureError("ERR_CAPTURE_UNREADABLE", dir, `more than ${MOST_ENTRIES} files`);
    if (names.length === 0) throw new CaptureError("ERR_CAPTURE_EMPTY", dir);
    return names;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const code = systemCode(error);
    if (code === "ENOENT") throw new CaptureError("ERR_CAPTURE_MISSING", dir);
    if (code === "ENOTDIR") throw new CaptureError("ERR_CAPTURE_NOT_A_DIRECTORY", dir);
    throw new CaptureError("ERR_CAPTURE_UNREADABLE", dir, code, { cause: error });
  }
}

async function readCaptureFile({ dir, entries, problems }: Found): Promise<CaptureFile> {
  const others = [captureFiles.topology, captureFiles.metrics].some((name) => entries.includes(name));
  if (!entries.includes(captureFiles.capture)) {
    if (!others) throw new CaptureError("ERR_CAPTURE_FOREIGN", dir);
    problems.push(`${captureFiles.capture} is missing`);
    return blankFile();
  }
  const content = await readJsonText(join(dir, captureFiles.capture));
  const file = parseCaptureFile(content);
  if (file !== null) {
    if (file.version > CAPTURE_VERSION) throw new CaptureError("ERR_CAPTURE_VERSION", dir, `${file.version}`);
    return file;
  }
  if (!looksCut(content)) throw new CaptureError("ERR_CAPTURE_FOREIGN", dir);
  if (!others) throw new CaptureError("ERR_CAPTURE_TRUNCATED", dir, captureFiles.capture);
  problems.push(`${captureFiles.capture} is cut off`);
  return blankFile();
}

/** Ours starts with its format; what is shorter must at least start like it. */
function looksCut(content: string): boolean {
  const squeezed = content.replace(/\s/g, "");
  const start = `{"format":"${CAPTURE_FORMAT}"`;
  return squeezed.startsWith(start) || start.startsWith(squeezed);
}

async function readTopology({ dir, entries, problems }: Found, file: CaptureFile): Promise<RecordedTopology> {
  if (!entries.includes(captureFiles.topology)) {
    if (file.metricsLines > 0 || file.complete) problems.push(`${captureFiles.topology} is missing`);
    return { pipelines: [], elements: [], pads: [] };
  }
  const content = await readJsonText(join(dir, captureFiles.topology)).catch(
    cannotRead(captureFiles.topology, problems),
  );
  const topology = content === undefined ? undefined : parseTopology(content);
  if (topology === null) problems.push(`${captureFiles.topology} is cut off`);
  return topology ?? { pipelines: [], elements: [], pads: [] };
}

/** Of clocks that are rounded. */
const SLACK_NS = 1e6;

/** None: a version before wrote it. */
async function windowsOf({ dir, entries, problems }: Found, file: CaptureFile): Promise<RecordedWindow[]> {
  if (!entries.includes(captureFiles.windows)) {
    if (file.windowsEndNs > 0) problems.push(`${captureFiles.windows} is missing`);
    return [];
  }
  const read = await readWindows(join(dir, captureFiles.windows)).catch(cannotRead(captureFiles.windows, problems));
  if (read === undefined) return [];
  if (read.broken > 0) problems.push(`${captureFiles.windows}: ${read.broken} of ${read.lines} lines cannot be read`);
  const last = read.windows.at(-1);
  const endNs = last === undefined ? 0 : last.atNs + last.durationNs;
  if (read.isCut && file.complete) problems.push(`${captureFiles.windows} is cut off`);
  // Of whole lines that are gone nothing is left in the file: the capture itself knows until when it had some.
  else if (!read.isCut && read.broken === 0 && endNs + SLACK_NS < file.windowsEndNs)
    problems.push(`${captureFiles.windows} is cut off: ${seconds(endNs)} of ${seconds(file.windowsEndNs)} s`);
  return read.windows;
}

const seconds = (ns: number): string => (ns / 1e9).toFixed(1);

/** Hops that are kept of one capture: each takes some kilobytes of memory, and a large pipeline has some thousand. */
const MAX_HOPS = 8000;

async function readCells({ dir, entries, problems }: Found, file: CaptureFile) {
  const began = BigInt(file.clock.unixNs);
  const history = new History(began, file.target.durationNs);
  const hops = new Map<string, CellSnapshot>();
  let [lines, broken, tooMany] = [0, 0, 0];
  const add = (line: Line): void => {
    const read = attempt(() => decodeCell(JSON.parse(line.text)), null);
    if (line.whole) lines++;
    if (read === null) {
      if (line.whole) broken++;
      return;
    }
    const key = cellKey(read.cell);
    if (read.moved) {
      hops.delete(key);
      history.remove(read.cell);
      return;
    }
    if (hops.size >= MAX_HOPS && !hops.has(key)) {
      tooMany++;
      return;
    }
    hops.set(key, read.cell);
    history.add(read.cell, read.atNs === null ? read.timeUnixNs : began + BigInt(Math.round(read.atNs)));
  };
  if (entries.includes(captureFiles.metrics))
    await eachLine(join(dir, captureFiles.metrics), add).catch(cannotRead(captureFiles.metrics, problems));
  if (broken > 0) problems.push(`${captureFiles.metrics}: ${broken} of ${lines} lines cannot be read`);
  if (tooMany > 0) problems.push(`${captureFiles.metrics}: more than ${MAX_HOPS} hops; ${tooMany} lines were left out`);
  if (lines < file.metricsLines) {
    problems.push(`${captureFiles.metrics} is cut off: ${lines} of ${file.metricsLines} lines`);
  }
  return { cells: [...hops.values()], history: history.all() };
}
