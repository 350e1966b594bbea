// Which figures has an element's row, and what do they mean? TABLE: columns behind the name and the CPU share.
// SPDX-License-Identifier: MPL-2.0

import type { PageElement } from "../page-data.js";
import { count, duration } from "../units.js";

export interface Column {
  /** Left out where the screen is small, like the columns of kind `mid` and `wide`. */
  prefix: string;
  title: string;
  help: string;
  kind: string;
  cell(e: PageElement): string;
  /** Said when somebody points at it; "" = nothing. */
  note?(e: PageElement): string;
  /** What the column sorts by. */
  value(e: PageElement): number;
}

function time(
  title: string,
  help: string,
  kind: string,
  of: (e: PageElement) => number | undefined,
  note: (e: PageElement) => string = () => "",
): Column {
  const [prefix, short] = title.includes(" ") ? title.split(/(?<= )/) : ["", title];
  const cell = (e: PageElement): string => {
    const ns = of(e);
    return ns === undefined ? "–" : duration(ns);
  };
  return { prefix: prefix ?? "", title: short ?? title, help, kind, cell, note, value: (e) => of(e) ?? -1 };
}

function counter(title: string, help: string, kind: string, of: (e: PageElement) => number | null): Column {
  const cell = (e: PageElement): string => {
    const n = of(e);
    return n === null ? "–" : count(n);
  };
  return { prefix: "", title, help, kind, cell, value: (e) => of(e) ?? -1 };
}

const flow: Column = {
  prefix: "",
  title: "Flow",
  help: "what it dropped, and what it returned besides ok",
  kind: "wide left",
  // What was never called returned nothing.
  cell: (e) => e.flow || (e.inclusive === null ? "–" : "ok"),
  value: (e) => Number(e.flow !== ""),
};

export const columns: readonly Column[] = [
  time(
    "CPU total",
    "CPU time of the element and of everything that it called or that lies inside of it",
    "mid",
    (e) => e.cpuInclusiveNs ?? undefined,
  ),
  time(
    "Exclusive mean",
    "time in the element’s own code for each buffer; of a source, between two of its pushes",
    "",
    (e) => e.exclusive?.meanNs,
  ),
  time("p50", "half of the buffers take at most this long (exclusive)", "mid", (e) => e.exclusive?.p50Ns),
  time("p99", "99 of 100 buffers take at most this long (exclusive)", "", (e) => e.exclusive?.p99Ns),
  time("Inclusive mean", "with all that runs downstream in the same call", "wide", (e) => e.inclusive?.meanNs),
  time(
    "Blocked",
    "time in its functions and its loop without a CPU: for data, room or the clock",
    "mid",
    (e) => e.blockedNs ?? undefined,
    (e) => e.blockedOn,
  ),
  time("Queue p50", "half of the buffers stay in this queue at most so long", "wide", (e) => e.queueWait?.p50Ns),
  counter("Buffers", "received", "mid", (e) => e.buffersIn),
  counter("Out", "received by the elements behind it", "wide", (e) => e.buffersOut),
  flow,
];
