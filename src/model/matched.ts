// How many of a sink's buffers must be found at a source before a time between the two is believed? Pure.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "./batch.js";
import { BELIEVED_SHARE } from "./wire.js";

/** Below this share the figures need a word of caution. */
export const MOSTLY = 0.9;

/** Of a latency: buffers at the sink, and those that were found. */
export type Matched = Pick<CellSnapshot, "invocations" | "buffers">;

export const isBelieved = ({ invocations, buffers }: Matched): boolean =>
  buffers > 0 && buffers >= BELIEVED_SHARE * invocations;
