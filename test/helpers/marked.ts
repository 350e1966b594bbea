// Which processes belong to one program of a test? Those that carry its mark in their environment, although others run agents here, too.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isGone } from "./pipelines.js";

const VARIABLE = "TEST_MARK";

export const markedWith = (mark: string): Record<string, string> => ({ [VARIABLE]: mark });

/** That live; agents inherit the environment of the process that starts them. */
export function processesMarked(mark: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isMarked(pid, mark) && !isGone(pid));
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${VARIABLE}=${mark}`);
  } catch {
    return false;
  }
}

/** Descriptors of segments that a process holds. */
export function segmentsHeldBy(pid: number): string[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return links.filter((link) => link.includes("memfd:gst-pyroscope"));
  } catch {
    return [];
  }
}
