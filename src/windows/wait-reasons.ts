// For what did a thread wait, by the system call it was in and the element it worked for? TABLE: reasons. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { ElementClass, WaitReason } from "./pipeline-window.js";

const calls: Partial<Record<WaitReason, readonly string[]>> = {
  cpu_ready: ["cpu"],
  timer: ["clock_nanosleep", "nanosleep", "pause", "rt_sigtimedwait", "rt_sigsuspend"],
  disk: [
    ...["read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "io_getevents", "page_fault"],
    ...["fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync", "ftruncate", "fallocate", "flock"],
    ...["open", "openat", "close", "unlink", "unlinkat", "rename", "mkdir", "stat", "newfstatat", "getdents64"],
    ...["sendfile", "splice", "tee", "vmsplice", "copy_file_range"],
  ],
  network: [
    ...["poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "accept", "accept4", "connect"],
    ...["recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg"],
  ],
  lock: ["fcntl", "semop", "semtimedop"],
  peer: ["wait4", "waitid", "msgrcv", "msgsnd", "mq_timedreceive", "mq_timedsend"],
};

const reasons = new Map(
  Object.entries(calls).flatMap(([reason, names]) => names.map((name) => [name, reason as WaitReason] as const)),
);

/** Of the element that the thread worked for. */
export interface Waiting {
  class: ElementClass;
  /** A sink that waits for the clock, or a live source: their waits for a condition are those for an instant. */
  isPaced: boolean;
  /** Threads of its own work for it. */
  hasWorkers: boolean;
}

/** A condition and a mutex are the same system call (futex): an element that works alone waits for a lock, others for another thread. */
export function reasonOf(call: string, of: Waiting): WaitReason {
  if (call !== "futex") return reasons.get(call) ?? "unknown";
  if (of.isPaced) return "timer";
  return of.class === "wait" || of.hasWorkers ? "peer" : "lock";
}

/** Milliseconds by reason. `blockedOn`: nanoseconds by system call; `readyNs`: runnable, but on no CPU. */
export function blockedMs(
  blockedOn: Readonly<Record<string, number>>,
  readyNs: number,
  of: Waiting,
): Partial<Record<WaitReason, number>> {
  const sums: Partial<Record<WaitReason, number>> = {};
  const add = (reason: WaitReason, ns: number): void => {
    if (ns > 0) sums[reason] = (sums[reason] ?? 0) + ns / 1e6;
  };
  for (const [call, ns] of Object.entries(blockedOn)) add(reasonOf(call, of), ns);
  add("cpu_ready", readyNs);
  return sums;
}
