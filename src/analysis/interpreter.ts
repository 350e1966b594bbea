// Is a script seen, or only the interpreter that runs it? What stacks show of Python, and what names the script's functions. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedProfiles } from "../model/recorded-profiles.js";

/** The library, or the program itself: Debian's has the interpreter inside. */
const PYTHON = /^(?:libpython\d[\w.]*\.so|python\d[\w.]*$)/;

/** A sentence for people; "" where no stack is inside of an interpreter. */
export function interpreterNote(profiles: readonly (RecordedProfiles | null)[]): string {
  const modules = profiles.flatMap((one) => one?.stacks.frames.map(({ module }) => module) ?? []);
  const module = modules.find((name) => PYTHON.test(name));
  if (module === undefined) return "";
  const seen = `Python: stacks show the functions of the interpreter (${module}), not those of the script`;
  return `${seen}, also where it writes a perf map, which is not read; py-spy record --pid PID names the script's own.`;
}
