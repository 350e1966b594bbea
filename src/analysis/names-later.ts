// Which frames may still get a symbol once somebody has the debug files, and with which command?
// SPDX-License-Identifier: MPL-2.0

import type { ModuleNames, Recording } from "../model/recording.js";
import { quote } from "../model/shell-word.js";
import { plural } from "./units.js";

/** Frames (distinct addresses) that debug files of their modules may still give a symbol: those that can be told by a build-id. */
export function framesToSymbolize(modules: readonly ModuleNames[]): number {
  return modules
    .filter(({ path, buildId }) => buildId !== "" && path.startsWith("/"))
    .reduce((sum, { unnamed, byType, byRole }) => sum + unnamed + byType + byRole, 0);
}

/** A sentence, and the command in a line of its own: it is there to be copied. Nothing where it cannot help. */
export function symbolizeAdvice({
  dir,
  facts,
}: Pick<Recording, "dir" | "facts">): { sentence: string; command: string } | null {
  const frames = framesToSymbolize(facts.modules);
  if (frames === 0 || dir === "") return null;
  const sentence = `Debug files may give ${plural(frames, "more frame")} a symbol (--from FOLDER or --debuginfod, unless they are installed here):`;
  return { sentence, command: `  gst-pyroscope symbolize ${quote(dir)}` };
}
