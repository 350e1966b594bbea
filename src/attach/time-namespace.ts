// By how much is another process's monotonic clock ahead of ours? Processes in time namespaces of their own have clocks of their own.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync, readlinkSync } from "node:fs";

/** Nanoseconds; 0 where nothing else can be seen. */
export function monotonicShiftNs(pid: number): bigint {
  try {
    const space = readlinkSync(`/proc/${pid}/ns/time`);
    if (space === readlinkSync("/proc/self/ns/time")) return 0n;
    // What can be read are the offsets of its children's namespace.
    if (space !== readlinkSync(`/proc/${pid}/ns/time_for_children`)) return 0n;
    return offsetNs(pid) - offsetNs("self");
  } catch {
    return 0n;
  }
}

/** Against the machine's first time namespace. */
function offsetNs(pid: number | "self"): bigint {
  const [, seconds = "0", rest = "0"] =
    /^monotonic\s+(-?\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/timens_offsets`, "utf8")) ?? [];
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
