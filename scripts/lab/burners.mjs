// What else wants the CPUs? Processes that burn them, with a priority of their own, and end with who started them.
// SPDX-License-Identifier: MPL-2.0
import { writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { end, start } from "./processes.mjs";

/** Ends when its standard input does: however the lab or a trial ends, nothing is left. */
const program = `
process.stdin.on("close", () => process.exit()).resume();
function burn() { const end = Date.now() + 50; while (Date.now() < end); setImmediate(burn); }
burn();`;

/** `nice`: -20 to 19, as of this process when it may not have another one. */
export function startBurners({ count, nice }) {
  const more = String(nice - getPriority());
  const burners = Array.from({ length: count }, (_, index) =>
    start(`burner ${index + 1}`, "nice", ["-n", more, process.execPath, "-e", program]),
  );
  for (const { child } of burners) prioritize(child.pid, nice);
  return {
    burners,
    stop: () => Promise.all(burners.map((burner) => end(burner, () => burner.child.stdin.end()))),
  };
}

/** Each is a session of its own: where the kernel shares the CPUs between sessions (autogroup), nice means nothing within one. */
function prioritize(pid, nice) {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // No autogroups, or this user may not: nice is what there is.
  }
}
