// What did an element wait in, most of all? "futex 98 %, read 2 %".
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";
import { percent } from "./units.js";

const MOST_WAITS = 3;

export function blockedOn({ blockedOn: on, blockedNs }: ElementSummary): string {
  const parts = Object.entries(on ?? {}).sort(([, a], [, b]) => b - a);
  return parts
    .slice(0, MOST_WAITS)
    .map(([name, ns]) => `${name} ${percent(ns / Math.max(1, blockedNs ?? 0))}`)
    .join(", ");
}
