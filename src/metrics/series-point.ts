// What is the same of a point at two looks? All but the time that it is of, as long as nothing was counted in it.
// SPDX-License-Identifier: MPL-2.0

import type { HrTime } from "@opentelemetry/api";
import type { DataPoint } from "@opentelemetry/sdk-metrics";
import type { Attributes } from "./series.js";

/** Nobody changes it. Of points that do not change it is one object, by which they are known. */
export interface PointCore<T> {
  readonly startTime: HrTime;
  readonly attributes: Attributes;
  readonly value: T;
}

export class SeriesPoint<T> implements DataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: T;
  /** Private, so that a changed copy of a point has none. */
  readonly #core: PointCore<T>;

  constructor(core: PointCore<T>, endTime: HrTime) {
    this.startTime = core.startTime;
    this.endTime = endTime;
    this.attributes = core.attributes;
    this.value = core.value;
    this.#core = core;
  }

  /** Points with one core differ in nothing but their end; undefined for what is no point of ours. */
  static coreOf(point: object): object | undefined {
    return #core in point ? point.#core : undefined;
  }
}
