// What was measured at all? Figures of what was not are no zeros. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Capture } from "../capture/reader.js";
import { isHop } from "../model/batch.js";

export interface Measured {
  /** Buffers were counted: timing was on, or had been. */
  counts: boolean;
}

export const measuredIn = ({ file, cells }: Capture): Measured => ({
  counts: file.settings.timing !== "off" || cells.some((cell) => isHop(cell) && cell.invocations > 0),
});
