// When did a window begin, and how long is it? Told by the clock that is right at its end; no two windows say the same.
// SPDX-License-Identifier: MPL-2.0

import type { WallClock } from "../wall-clock.js";

/** Servers keep one profile a series and millisecond, and a window may come in parts, a millisecond apart. */
const ROOM_NS = 100_000_000n;
/** An hour and more of windows: what is older no server takes. */
const REMEMBERED = 512;

export interface WindowTime {
  /** Unix time of its begin. */
  timeNanos: bigint;
  /** CLOCK_MONOTONIC at its begin. */
  monoNs: bigint;
  /** Of the monotonic clock: a step does not change it. */
  durationNs: number;
}

export class WindowTimes {
  readonly #clock: WallClock;
  readonly #told: bigint[] = [];
  #begin: bigint;

  constructor(clock: WallClock) {
    this.#clock = clock;
    this.#begin = clock.monoNs();
  }

  /** Of the window that ends now; the next one begins. */
  cut(): WindowTime {
    const end = this.#clock.monoNs();
    const monoNs = this.#begin;
    this.#begin = end;
    return { timeNanos: this.#free(monoNs + this.#clock.offsetNs()), monoNs, durationNs: Number(end - monoNs) };
  }

  /** The first instant from `wanted` on that no window has: a clock that is set back passes the same ones again. */
  #free(wanted: bigint): bigint {
    let time = wanted;
    const taken = (told: bigint): boolean => told < time + ROOM_NS && time < told + ROOM_NS;
    for (let told = this.#told.find(taken); told !== undefined; told = this.#told.find(taken)) time = told + ROOM_NS;
    this.#told.push(time);
    if (this.#told.length > REMEMBERED) this.#told.shift();
    return time;
  }
}
