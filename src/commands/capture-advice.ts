// What to do instead, when a directory that was named is no capture, and a page has no place?
// SPDX-License-Identifier: MPL-2.0

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CaptureError } from "../capture/errors.js";
import { captureFiles, runFolder } from "../capture/format.js";
import { attempt } from "../model/attempt.js";

/** When it was written; undefined: there is no capture. */
export const writtenAt = (dir: string): number | undefined =>
  attempt(() => statSync(join(dir, captureFiles.capture)).mtimeMs, undefined);

/** Goes on after the error's sentence; "" where the mistake is no known one. `command`: what is to be typed of another directory. */
export function adviceOn({ code, path }: CaptureError, command: (dir: string) => string, what: string): string {
  const run = join(path, runFolder(1));
  if (code === "ERR_CAPTURE_FOREIGN" && writtenAt(run) !== undefined)
    return `, but a folder of several runs: ${command(run)}`;
  if (code !== "ERR_CAPTURE_NOT_A_DIRECTORY") return "";
  const dir = dirname(path);
  return writtenAt(dir) === undefined ? `; ${what}` : `, but a file of a capture: ${command(dir)}`;
}

/** Why `--html` cannot write there; "" = it can, as far as is known before. `example`: a file's name. */
export function pageProblem(file: string | undefined, example: string): string {
  if (file === undefined) return "";
  if (file === "-") return `--html writes a file, not to the standard output: --html ${example}`;
  if (file === "") return `--html: no file is named: --html ${example}`;
  const isFolder = attempt(() => statSync(file).isDirectory(), false);
  return isFolder ? `--html ${file}: this is a directory; name a file in it: --html ${join(file, example)}` : "";
}
