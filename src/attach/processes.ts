// Which processes are there, and who started whom? Reads /proc; what vanishes meanwhile is not there.
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync } from "node:fs";

/** Fields of /proc/<pid>/stat behind the name, which may hold anything; null when the process is gone. */
function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Field 22 of its stat: with the pid it names a process for ever. null = gone. */
export function startTicks(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[19]);
}

/** The id that the kernel gave last, to a process or a thread; null when it does not say. */
export function latestId(): string | null {
  try {
    return readFileSync("/proc/loadavg", "utf8").trimEnd().split(" ").at(-1) ?? null;
  } catch {
    return null;
  }
}

/** The process and all below it, parents first; not those below a process that is `skipped`. */
export function withDescendants(root: number, skipped: (pid: number) => boolean = () => false): number[] {
  const found = [root];
  for (const pid of found) if (!skipped(pid)) found.push(...childrenOf(pid).filter((child) => !found.includes(child)));
  return found;
}

/** Who was started below this `run`, also those whose parents are gone: they have its pid in their environment. */
export function hostedBy(host: number): number[] {
  const mark = `\0GST_PYROSCOPE_HOST_PID=${host}\0`;
  return allProcesses().filter((pid) => {
    try {
      return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(mark);
    } catch {
      return false; // gone, or somebody else's
    }
  });
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

/** Kernels without `children`, and threads that ended while we looked. */
function childrenByParent(parent: number): number[] {
  return allProcesses().filter((pid) => Number(statFields(pid)?.[1]) === parent);
}

function allProcesses(): number[] {
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return names.map(Number);
}
