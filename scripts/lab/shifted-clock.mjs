// How does a pipeline run with its agent as on a machine whose clock is wrong? By libfaketime, which only tests need.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StepFailed } from "../steps.mjs";

const units = { s: 1000, m: 60_000, h: 3_600_000 };

/** "-20s", "+1h" → milliseconds. */
export function shiftOf(text) {
  const [, sign, count, unit] = /^([+-])(\d+)([smh])$/.exec(text) ?? [];
  if (sign === undefined)
    throw new StepFailed(`clock=${text} cannot be read: write by how much it is wrong, for example -20s or +1h`, 2);
  return Number(`${sign}${count}`) * units[unit];
}

/** For threads of which each may ask for the time at any moment. */
function library() {
  const found = readdirSync("/usr/lib")
    .map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
    .find((file) => existsSync(file));
  if (found === undefined)
    throw new StepFailed("libfaketime is missing: install the package libfaketime, then run this again.", 3);
  return found;
}

/** Variables for the pipeline's process. What it preloads is kept from its agent, which is therefore started by a script in `folder`. */
export function shiftedClock(shift, folder) {
  const seconds = shiftOf(shift) / 1000;
  const preload = library();
  const node = join(folder, "node-by-another-clock");
  writeFileSync(node, `#!/bin/sh\nLD_PRELOAD='${preload}' exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  return {
    ...{ LD_PRELOAD: preload, FAKETIME: `${seconds > 0 ? "+" : ""}${seconds}s`, GST_PYROSCOPE_NODE: node },
    // Durations stay as they are, and nothing is left in /dev/shm by a process that is killed.
    ...{ DONT_FAKE_MONOTONIC: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", FAKETIME_DISABLE_SHM: "1" },
  };
}
