// Which processes of this machine offer a segment, and does anybody read it? Only what this user may look into is seen.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { attempt } from "../model/attempt.js";
import { allProcesses, startTicks } from "./processes.js";
import { findSegments } from "./segments.js";

export interface Offer {
  /** Of the process that made the segment, as far as can be seen: a child that it forked holds it as well, and so does its agent. */
  pid: number;
  inode: number;
  /** Processes that read it; an agent holds the segments that it reads. */
  agents: number[];
}

/** One a segment. `processes`: those that are looked at. */
export function findOffers(processes: readonly number[] = allProcesses()): Offer[] {
  const holders = new Map<number, number[]>();
  for (const pid of processes)
    for (const { inode } of findSegments(pid).places) holders.set(inode, [...(holders.get(inode) ?? []), pid]);
  return [...holders].flatMap(([inode, pids]) => {
    const agents = pids.filter(isAgent);
    const [maker] = oldestFirst(pids.filter((pid) => !agents.includes(pid)));
    return maker === undefined ? [] : { pid: maker, inode, agents };
  });
}

function oldestFirst(pids: readonly number[]): number[] {
  const begun = (pid: number): number => startTicks(pid) ?? Number.POSITIVE_INFINITY;
  return [...pids].sort((a, b) => begun(a) - begun(b) || a - b);
}

/** By its command line: Node, a file, and the verb of one that reads segments. */
function isAgent(pid: number): boolean {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "").split("\0");
  return words.slice(1, 4).some((file, i) => /(^|\/)(cli\.js|gst-pyroscope)$/.test(file) && isReading(words[i + 2]));
}

const isReading = (verb: string | undefined): boolean => verb === "agent" || verb === "run";
