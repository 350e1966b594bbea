// How busy is the machine? Tasks that want a CPU, time that other virtual machines took, time in which tasks waited for a CPU.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { attempt } from "../../model/attempt.js";
import type { MachineLoad } from "../../windows/pipeline-window.js";

const files = { stat: "/proc/stat", pressure: "/proc/pressure/cpu" } as const;
const readFiles = (name: keyof typeof files): string => attempt(() => readFileSync(files[name], "utf8"), "");

interface Look {
  /** Ticks of all CPUs together; null: not known. */
  ticks: { all: number; stolen: number } | null;
  /** Microseconds in which some task waited for a CPU; null: this kernel does not say. */
  pressureUs: number | null;
  atMs: number;
}

/** What it says is of the time since the call before; the first one is that of a moment ago. */
export class Machine {
  readonly #read: (name: keyof typeof files) => string;
  readonly #now: () => number;
  #before: Look;

  constructor(read = readFiles, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
    this.#before = this.#look(read("stat"));
  }

  next(): MachineLoad {
    const stat = this.#read("stat");
    const [before, now] = [this.#before, this.#look(stat)];
    this.#before = now;
    return {
      // One of them reads this.
      load: Math.max(0, Number(/^procs_running (\d+)/m.exec(stat)?.[1] ?? 1) - 1),
      cpus: availableParallelism(),
      steal: stolen(before, now),
      pressure: pressed(before, now),
    };
  }

  #look(stat: string): Look {
    const ticks = /^cpu +([\d ]+)/.exec(stat)?.[1]?.trim().split(/ +/).map(Number);
    const total = /^some .*\btotal=(\d+)/m.exec(this.#read("pressure"))?.[1];
    return {
      // user nice system idle iowait irq softirq steal; guests are in user already.
      ticks:
        ticks === undefined ? null : { all: ticks.slice(0, 8).reduce((sum, n) => sum + n, 0), stolen: ticks[7] ?? 0 },
      pressureUs: total === undefined ? null : Number(total),
      atMs: this.#now(),
    };
  }
}

const share = (part: number, whole: number): number => Math.min(1, Math.max(0, part / whole));

function stolen({ ticks: a }: Look, { ticks: b }: Look): number | null {
  return a == null || b == null || b.all <= a.all ? null : share(b.stolen - a.stolen, b.all - a.all);
}

function pressed({ pressureUs: a, atMs: from }: Look, { pressureUs: b, atMs: to }: Look): number | null {
  return a === null || b === null || to <= from ? null : share(b - a, (to - from) * 1000);
}
