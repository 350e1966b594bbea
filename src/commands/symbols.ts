// Which modules have names, which lack them, and what would help? Of a capture, of a running process, or of files.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync, statSync } from "node:fs";
import { CaptureError, systemCode } from "../capture/errors.js";
import { readCapture } from "../capture/reader.js";
import { attempt } from "../model/attempt.js";
import { captureExit, exitCodes } from "./exit-codes.js";
import { type ModuleState, type Native, namesText, statesOf } from "./module-names.js";
import type { Terminal } from "./report.js";

/** What was asked about is not there. */
class Nothing extends Error {}

export interface SymbolsParts {
  loadNative: () => Native;
  /** Where debuginfod's files lie. */
  cache: string;
  terminal: Terminal;
}

/** `what`: a process id, a capture directory, or a file. Resolves to the exit code. */
export async function symbols(what: string, parts: SymbolsParts): Promise<number> {
  const { terminal } = parts;
  try {
    const states = /^\d+$/.test(what) ? await ofProcess(what, parts) : await ofPath(what, parts);
    terminal.out(`${namesText(states, terminal.columns).join("\n")}\n`);
    return exitCodes.ok.code;
  } catch (error) {
    const { message } = error as Error;
    terminal.error(error instanceof CaptureError ? message : `${what}: ${message}`);
    if (error instanceof CaptureError) return captureExit(error.code);
    return (error instanceof Nothing ? exitCodes.usage : exitCodes.failed).code;
  }
}

async function ofPath(path: string, parts: SymbolsParts): Promise<ModuleState[]> {
  if (!isDirectory(path)) return statesOf([path], "", parts.loadNative(), parts.cache);
  const { modules } = (await readCapture(path)).facts;
  return modules.filter(({ path: file }) => file.startsWith("/"));
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(systemCode(error))) throw new Error(`cannot be read (${systemCode(error)})`);
    throw new Nothing("there is no such file or directory; give a process id, the directory of a capture, or a file");
  }
}

/** Everything executable that is mapped from a file, as the process sees it. */
async function ofProcess(pid: string, parts: SymbolsParts): Promise<ModuleState[]> {
  let maps: string;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw new Nothing("there is no such process; pgrep -a gst lists some");
    throw new Error("the process may not be looked into: be its user, or root");
  }
  const mapped = [...maps.matchAll(/^\S+ ..x. \S+ \S+ (?!0 )\d+\s+(\/.*)$/gm)].map(([, path = ""]) => path);
  const files = [...new Set(mapped)].filter((path) => !/\/(memfd:|orcexec)/.test(path));
  // A root that may not be looked into is most likely ours.
  const inside = ["/proc", pid, "root"].join("/");
  const root = attempt(() => readdirSync(`${inside}/`).length > 0, false) ? inside : "";
  return statesOf(files, root, parts.loadNative(), parts.cache);
}
