// Which modules have names, which lack them, and what would help? Of a capture, of a running process, or of files.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync, statSync } from "node:fs";
import { CaptureError } from "../capture/errors.js";
import { readCapture } from "../capture/reader.js";
import { exitCodes } from "./exit-codes.js";
import { type ModuleState, type Native, namesText, statesOf } from "./module-names.js";
import type { Terminal } from "./report.js";

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
    terminal.error(`${what}: ${(error as Error).message}`);
    return error instanceof CaptureError ? exitCodes.captureForeign.code : exitCodes.failed.code;
  }
}

async function ofPath(path: string, parts: SymbolsParts): Promise<ModuleState[]> {
  if (!statSync(path).isDirectory()) return statesOf([path], "", parts.loadNative(), parts.cache);
  const { modules } = (await readCapture(path)).file;
  return modules
    .filter(({ path: file }) => file.startsWith("/"))
    .map(({ path: file, buildId, source, lines, problem, frames, unnamed }) => {
      return { path: file, buildId, source, lines, problem, frames, unnamed };
    });
}

/** Everything executable that is mapped from a file, as the process sees it. */
async function ofProcess(pid: string, parts: SymbolsParts): Promise<ModuleState[]> {
  let maps: string;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch (error) {
    throw new Error(
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such process" : "may not be read",
    );
  }
  const mapped = [...maps.matchAll(/^\S+ ..x. \S+ \S+ (?!0 )\d+\s+(\/.*)$/gm)].map(([, path = ""]) => path);
  const files = [...new Set(mapped)].filter((path) => !/\/(memfd:|orcexec)/.test(path));
  // A root that may not be looked into is most likely ours.
  const inside = ["/proc", pid, "root"].join("/");
  const root = readable(`${inside}/`) ? inside : "";
  return statesOf(files, root, parts.loadNative(), parts.cache);
}

function readable(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}
