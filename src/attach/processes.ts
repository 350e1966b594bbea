// Which processes are there, and who started whom? Reads /proc; what vanishes meanwhile is not there.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync } from "node:fs";
import { attempt } from "../model/attempt.js";

/** Fields of /proc/<pid>/stat behind the name, which may hold anything; null when the process is gone. */
function statFields(pid: number): string[] | null {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"), null);
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** When the process started, in clock ticks since boot: with its pid that names it for ever. null when it is gone. */
export function startTicks(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[19]);
}

/** The id that the kernel gave most recently to a process or a thread; null when /proc/loadavg cannot be read. */
export function latestId(): string | null {
  return attempt(() => readFileSync("/proc/loadavg", "utf8").trimEnd().split(" ").at(-1) ?? null, null);
}

/** The process and all below it, parents first; not those below a process that is `skipped`. */
export function withDescendants(root: number, skipped: (pid: number) => boolean = () => false): number[] {
  const found = [root];
  for (const pid of found) if (!skipped(pid)) found.push(...childrenOf(pid).filter((child) => !found.includes(child)));
  return found;
}

/**
 * Ids of living processes that the `run` command of process `host` started, at any depth, also where a parent has ended: `run` sets
 * GST_PYROSCOPE_HOST_PID in their environment. Processes whose environment we may not read are left out.
 */
export function hostedBy(host: number): number[] {
  const mark = `\0GST_PYROSCOPE_HOST_PID=${host}\0`;
  // One that cannot be read is gone, or another user's.
  const variables = (pid: number): string => attempt(() => readFileSync(`/proc/${pid}/environ`, "latin1"), "");
  return allProcesses().filter((pid) => `\0${variables(pid)}`.includes(mark));
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
      return children === "" ? [] : children.split(" ").map(Number);
    });
  } catch {
    return childrenByParent(pid);
  }
}

/** Children by the parent id of every process: where the kernel has no `children` file, or a thread ended while it was read. */
function childrenByParent(parent: number): number[] {
  return allProcesses().filter((pid) => Number(statFields(pid)?.[1]) === parent);
}

export function allProcesses(): number[] {
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return names.map(Number);
}
