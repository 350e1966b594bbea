// How do a target's CLOCK_MONOTONIC times become Unix times, and times since its segment was created?
// SPDX-License-Identifier: MPL-2.0

import type { SegmentState } from "../../model/segment-state.js";
import { isStep, type WallClock, wallClock } from "../wall-clock.js";

/** Converts a target's times. All values are in nanoseconds. */
export class TargetClock {
  readonly #clock: WallClock;
  readonly #begin: bigint;
  readonly #firstOffset: bigint;
  readonly #shift: bigint;

  /** `shiftNs`: how far the target's CLOCK_MONOTONIC is ahead of ours, as in another time namespace. */
  constructor(
    { createdMonoNs, createdUnixNs }: Pick<SegmentState, "createdMonoNs" | "createdUnixNs">,
    shiftNs: bigint,
    clock = wallClock,
  ) {
    this.#clock = clock;
    this.#begin = BigInt(createdMonoNs);
    this.#firstOffset = createdUnixNs - this.#begin;
    this.#shift = shiftNs;
  }

  /** The current Unix time. */
  now(): bigint {
    return this.#clock.now();
  }

  /** Unix time minus the target's CLOCK_MONOTONIC: the target's own exact value until the wall clock is stepped. */
  offsetNs(): bigint {
    const offset = this.#clock.offsetNs() - this.#shift;
    return isStep(offset, this.#firstOffset) ? offset : this.#firstOffset;
  }

  /** Time since the segment was created, on CLOCK_MONOTONIC, never negative. `monoNs`: the instant on our own clock. */
  atNs(monoNs = this.#clock.monoNs()): number {
    return Math.max(0, Number(monoNs + this.#shift - this.#begin));
  }
}
