// How does our tracer join the tracers that GST_TRACERS names already?
// SPDX-License-Identifier: MPL-2.0

/** Older GStreamer ends the parameters at the first ")", and tracers at any ";": such a value has to be a variable. */
export const fitsParameter = (value: string): boolean => /^[^;,()"\\]*$/.test(value);

/**
 * `existing;pyroscope(name=value,…)`. Where ours is listed already its parameters gain these: the last of a name counts; those
 * in `without` are taken out, since parameters win over variables.
 */
export function tracersWith(
  existing: string | undefined,
  parameters: Record<string, string>,
  without: readonly string[] = [],
): string {
  const added = Object.entries(parameters).map((pair) => pair.join("="));
  const entries = (existing ?? "").split(";").filter((entry) => entry.trim() !== "");
  const at = entries.findIndex((entry) => /^\s*pyroscope\s*(\(|$)/.test(entry));
  if (at === -1) return [...entries, withParameters("", added)].join(";");
  const [, own = ""] = /^[^(]*\(?(.*?)\)?\s*$/s.exec(entries[at] ?? "") ?? [];
  const kept = without.reduce((text, name) => text.replace(parameterOf(name), ""), own.trim()).replace(/,\s*$/, "");
  entries[at] = withParameters(kept, added);
  return entries.join(";");
}

const parameterOf = (name: string): RegExp => new RegExp(`(?<![\\w-])${name}\\s*=\\s*("(\\\\.|[^"])*"|[^,]*),?`, "g");

function withParameters(own: string, added: string[]): string {
  const all = own === "" ? added : [own, ...added];
  return all.length === 0 ? "pyroscope" : `pyroscope(${all.join(",")})`;
}
