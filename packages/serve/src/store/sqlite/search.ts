// Does any file of a data directory still hold the id of a session that was removed?
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const partBytes = 8_388_608;

/** In parts that overlap by the length of the text. */
const fileHolds = (path: string, wanted: Buffer): boolean => {
  const file = openSync(path, "r");
  const part = Buffer.alloc(partBytes + wanted.length);
  try {
    for (let at = 0; ; at += partBytes) {
      const read = readSync(file, part, 0, part.length, at);
      if (part.subarray(0, read).includes(wanted)) return true;
      if (read < part.length) return false;
    }
  } finally {
    closeSync(file);
  }
};

const directoryHolds = (directory: string, text: string): boolean =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => fileHolds(join(directory, entry.name), Buffer.from(text)));

interface Question {
  directory: string;
  text: string;
}

/** In the process that `searchFiles` starts: the question is on stdin, the exit code is the answer. */
export const answerSearch = (): void => {
  const { directory, text } = JSON.parse(readFileSync(0, "utf8")) as Question;
  process.exitCode = directoryHolds(directory, text) ? 10 : 0;
};

/**
 * Another process reads the files: closing a file that SQLite has open in this one would let go of SQLite's locks
 * (a rule of POSIX). The text goes through stdin, where the list of processes does not show it.
 */
export const searchFiles = async (worker: URL, directory: string, text: string): Promise<boolean> => {
  const child = spawn(process.execPath, [fileURLToPath(worker)], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.on("error", () => {}); // the exit code says that it went wrong
  child.stdin.end(JSON.stringify({ directory, text } satisfies Question));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0 && code !== 10) throw new Error(`Could not search ${directory} for what was removed (exit ${code}).`);
  return code === 10;
};
