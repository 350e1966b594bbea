// When was it, by the wall clock, that a target says by its own monotonic one? And how long after its beginning?
// SPDX-License-Identifier: MPL-2.0

import type { SegmentState } from "../../model/batch.js";
import { isStep, type WallClock, wallClock } from "../wall-clock.js";

export class TargetClock {
  readonly #clock: WallClock;
  readonly #begin: bigint;
  readonly #firstOffset: bigint;
  readonly #shift: bigint;

  /** `shiftNs`: by how much its CLOCK_MONOTONIC is ahead of ours. */
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

  /** Unix time now. */
  now(): bigint {
    return this.#clock.now();
  }

  /** Unix minus its CLOCK_MONOTONIC: as it said itself, to the nanosecond, until a step makes that wrong. */
  offsetNs(): bigint {
    const offset = this.#clock.offsetNs() - this.#shift;
    return isStep(offset, this.#firstOffset) ? offset : this.#firstOffset;
  }

  /** Since the segment was made, on a clock that nobody sets; `monoNs` is ours. */
  atNs(monoNs = this.#clock.monoNs()): number {
    return Math.max(0, Number(monoNs + this.#shift - this.#begin));
  }
}
