// By what can the graph be coloured? TABLE: quantities of an element, how they are said, and their unit.
// SPDX-License-Identifier: MPL-2.0

import { count, duration, each, percent, tenths } from "../../analysis/units.js";
import type { PageData, PageElement } from "../page-data.js";

export interface Quantity {
  title: string;
  /** Behind "Colour: ". */
  help: string;
  /** null = not measured. The most of a pipeline has the strongest colour. */
  value(e: PageElement, data: PageData): number | null;
  /** Short enough for the box of an element. */
  text(value: number): string;
}

const shareOf = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole <= 0 ? null : part / whole;

export const quantities: Readonly<Record<string, Quantity>> = {
  cpu: {
    title: "CPU",
    help: "share of the sampled CPU time, in %",
    value: (e, { cpuNs }) => shareOf(e.cpuNs, cpuNs),
    text: (share) => `${tenths(share)} %`,
  },
  p99: {
    title: "Exclusive p99",
    help: "time in the element itself that 99 of 100 buffers stay below",
    value: (e) => e.exclusive?.p99Ns ?? null,
    text: duration,
  },
  level: {
    title: "Queue level",
    help: "most buffers in a queue at a time; other elements have none",
    value: (e) => e.queueLevel?.highest ?? null,
    text: (buffers) => `max ${count(buffers)}`,
  },
  rate: {
    title: "Buffers/s",
    help: "buffers received for each second watched; of a source, sent",
    value: (e) => e.perSecond,
    text: (n) => `${each(n)}/s`,
  },
  blocked: {
    title: "Blocked",
    help: "share of the time in the element’s functions and its loop, in %",
    value: (e) => shareOf(e.blockedNs, e.wallNs),
    text: percent,
  },
};
