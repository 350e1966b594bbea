// How does our tracer join the tracers that somebody already asked for in GST_TRACERS?
// SPDX-License-Identifier: MPL-2.0

/** `existing;pyroscope(name=value,…)`. Where ours is listed already its parameters gain these: the last of a name counts. */
export function tracersWith(existing: string | undefined, parameters: Record<string, string>): string {
  const added = Object.entries(parameters).map((pair) => pair.join("="));
  const entries = (existing ?? "").split(";").filter((entry) => entry.trim() !== "");
  const at = entries.findIndex((entry) => /^\s*pyroscope\s*(\(|$)/.test(entry));
  if (at === -1) return [...entries, withParameters("", added)].join(";");
  const [, own = ""] = /^[^(]*\(?(.*?)\)?\s*$/s.exec(entries[at] ?? "") ?? [];
  entries[at] = withParameters(own.trim(), added);
  return entries.join(";");
}

function withParameters(own: string, added: string[]): string {
  const all = own === "" ? added : [own, ...added];
  return all.length === 0 ? "pyroscope" : `pyroscope(${all.join(",")})`;
}
