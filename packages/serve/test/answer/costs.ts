// What does a buffer cost an element of a scenario, at each time?
// SPDX-License-Identifier: MPL-2.0
import type { WaitReason } from "@gst-pyroscope/contract/window";
import { type CostAt, UNIT } from "./simulation.js";

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const places = ["before", "after", "audio", "encoder", "workers", "disk", "low", "chain"] as const;
export type Place = (typeof places)[number];
export const kinds = ["burn", "sleep", "lock"] as const;
export type Kind = (typeof kinds)[number];

export interface Fault {
  place?: Place;
  kind?: Kind;
  /** Demand that it makes, in seconds per second of media; Infinity: one buffer is held for ever. */
  factor?: number;
  /** Everything takes so many times as long, for want of CPU. */
  host?: number;
  /** The source gives so much of its units; 0: none. */
  source?: number;
  /** A segment takes so many seconds to load. */
  load?: number;
  /** Lasts so long; else to the end. */
  lasts?: number;
  /** Comes and goes, once in so many seconds. */
  blinks?: number;
}

/** What is not known: samples of CPU time, the wall profile, the machine's pressure, program time, whether the segment was ready. */
export const unknowns = ["cpu", "wall", "pressure", "program", "ready"] as const;
export type Unknown = (typeof unknowns)[number];

export interface Scenario {
  seed: number;
  fault: Fault;
  /** Differences of single costs, and of the whole machine. */
  noise?: number;
  /** Cost of everything, from the start on. */
  busy?: number;
  /** Other programs on the machine: everything waits for a CPU up to so many times as long as it works, in bursts. */
  load?: number;
  /** What is slow makes everything else cost so many times as much. */
  contention?: number;
  /** So many of the windows are lost. */
  lost?: number;
  /** The agent's clock was corrected wrongly by so many seconds. */
  shift?: number;
  /** When the fault begins, in seconds. */
  start?: number;
  /** The pipeline is already so slow until then. */
  slowUntil?: number;
  unknown?: Unknown[];
}

/** When a scenario ends, and when its fault begins, in seconds. */
export const END = 105;
export const START = 40;

/** Costs of elements in the course of time, with noise, the machine's slowness and the fault. */
export function costs({
  seed,
  fault,
  noise = 0.1,
  busy = 1,
  load = 0,
  contention = 1,
  start = START,
  slowUntil = 0,
}: Scenario) {
  const random = seeded(seed);
  const drift = Array.from({ length: END }, () => 1 + noise * (random() - 0.5) * 2);
  const waits = Array.from({ length: END }, () => (random() < 0.4 ? load * random() * 4 : load * random()));
  const on = (at: number) => fault.blinks === undefined || (at / fault.blinks) % 1 < 0.5;
  const faulty = (at: number) => (at >= start && at < start + (fault.lasts ?? Infinity) && on(at)) || at < slowUntil;
  return (name: string, cpu: number, mine: boolean): CostAt => {
    return (at) => {
      const second = Math.min(END - 1, Math.floor(at));
      const bad = faulty(at);
      const plain =
        cpu *
        busy *
        (drift[second] ?? 1) *
        (1 + noise * (random() - 0.5)) *
        (bad && fault.factor !== undefined ? contention : 1);
      const wanted = bad && mine && fault.factor !== undefined ? fault.factor * UNIT : 0;
      const extra = wanted === Infinity ? 2 * END : Math.max(0, wanted - plain);
      const reason: WaitReason | null =
        name === "sink" ? "disk" : fault.kind === "sleep" ? "timer" : fault.kind === "lock" ? "lock" : null;
      const own = reason === null ? plain + extra : plain;
      const ready = own * ((waits[second] ?? 0) + (bad ? (fault.host ?? 1) - 1 : 0));
      return {
        cpu: own,
        blocked: {
          ...(reason === null || extra === 0 ? {} : { [reason]: extra }),
          ...(ready > 0 ? { cpu_ready: Math.min(ready, 1) } : {}),
        },
      };
    };
  };
}
