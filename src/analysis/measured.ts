// What was measured at all? Figures of what was not are no zeros. Pure.
// SPDX-License-Identifier: MPL-2.0

import { isHop } from "../model/batch.js";
import type { Recording } from "../model/recording.js";

export interface Measured {
  /** Buffers were counted: timing was on, or had been. */
  counts: boolean;
}

export const measuredIn = ({ facts, cells }: Recording): Measured => ({
  counts: facts.settings.timing !== "off" || cells.some((cell) => isHop(cell) && cell.invocations > 0),
});
