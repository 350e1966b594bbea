// How does a text travel to the page? Printable, cut to a length, a number never parted from its unit.
// SPDX-License-Identifier: MPL-2.0

import { shorten } from "../analysis/units.js";
import { printable } from "../model/printable.js";

const MAX_NAME = 120;

export const clean = (text: string): string => printable(shorten(text, MAX_NAME));

/** No line break between a number and its unit. */
export const joinUnits = (text: string): string => text.replace(/(?<=\d) (?=%|(?:ns|µs|ms|s|cores?)\b)/g, "\u00a0");
