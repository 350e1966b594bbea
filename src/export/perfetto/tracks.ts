// Which track of a Perfetto trace is a thread's, a counter's, the process's? Each is described when it is first used.
// SPDX-License-Identifier: MPL-2.0

import type { PerfettoWriter, Track } from "../../encoding/perfetto-writer.js";
import { shown } from "../source.js";

/** Of the process; all others lie below it. */
const PROCESS = 1;
const MOST_NAME = 200;
/** No thread of Linux has a number above: those that stand for an unknown one begin here. */
const MOST_TID = 4_194_304;

/** What a capture does not hold is not in the trace; the viewer shows these sentences as help. */
export const helps = {
  process:
    "Time counts from the capture's begin. A capture holds no time of a single sample: see the help of each track.",
  windows:
    "The capture's profiles, one for each upload-interval, later merged where room was short. Samples have no finer time.",
  cpu: "CPU samples of one window each, all at its begin; the weight is their CPU time in nanoseconds. Select an area for the flame graph.",
  waits:
    "Samples of the blocked or ready thread, of one window each, all at its begin; the weight is the time in nanoseconds. Select an area for the flame graph.",
  spans: "Pushes and pulls of buffers that were traced, as they were measured. Those that were not chosen are missing.",
  queue:
    "Buffers in the queue when the latest one was taken, as it was written at that moment; between, nothing is known.",
  load: "CPU time of the element in one window, by its length: an average over the window.",
} as const;

interface Process {
  pid: number;
  name: string;
  command: string;
}

export class Tracks {
  readonly writer: PerfettoWriter;
  readonly #process: Process;
  readonly #tids: ReadonlyMap<string, number>;
  readonly #known = new Map<string, number>();
  #last = PROCESS;
  #strangers = 0;

  /** `tids`: of threads whose number is known, by name. */
  constructor(writer: PerfettoWriter, process: Process, tids: ReadonlyMap<string, number>) {
    this.writer = writer;
    this.#process = process;
    this.#tids = tids;
    writer.track({ uuid: PROCESS, process, description: helps.process });
  }

  get process(): number {
    return PROCESS;
  }

  /** By its name; several of one name with different numbers are told apart by these. */
  thread(name: string, tid = this.#tids.get(name)): number {
    const same = tid === this.#tids.get(name);
    return this.#once(`thread ${same ? "" : tid} ${name}`, (uuid) => {
      const thread = {
        pid: this.#process.pid,
        tid: tid ?? MOST_TID + ++this.#strangers,
        name: shown(name || "(unknown thread)", MOST_NAME),
      };
      return { uuid, parent: PROCESS, thread };
    });
  }

  /** A part of a thread, or of the process. */
  below(parent: number, name: string, about: Pick<Track, "description" | "unit" | "rank">): number {
    return this.#once(`${parent} ${name}`, (uuid) => ({ uuid, parent, name: shown(name, MOST_NAME), ...about }));
  }

  #once(key: string, describe: (uuid: number) => Track): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const uuid = ++this.#last;
    this.#known.set(key, uuid);
    this.writer.track(describe(uuid));
    return uuid;
  }
}
