// Which names may leave the target? Of elements, pads, threads and functions, without what a URL in them gives away.
// SPDX-License-Identifier: MPL-2.0

import type { SampleSource } from "../../input/drain.js";
import type { DirectoryEntry } from "../../model/batch.js";
import { redactName } from "../../redact/text.js";

const named = ["pipeline", "element", "pad", "thread", "caps"];

/** The tracer does it too; a target may have another tracer, or none of ours. */
export function withShownNames(reader: SampleSource): SampleSource {
  return {
    state: () => reader.state(),
    drain: (most) => reader.drain(most),
    look: (whole) => reader.look(whole),
    directory: () => reader.directory().map(shown),
    retired: () => reader.retired(),
    acknowledge: (retired) => reader.acknowledge(retired),
    isReuseDue: () => reader.isReuseDue(),
  };
}

function shown(entry: DirectoryEntry): DirectoryEntry {
  const [name, ...others] = entry.texts;
  if (name === undefined) return entry;
  // A line a function: a pad's name may be part of it.
  if (entry.kind === "functions") return { ...entry, texts: [name.split("\n").map(redactName).join("\n"), ...others] };
  if (!named.includes(entry.kind)) return entry;
  return { ...entry, texts: [redactName(name), ...others] };
}
