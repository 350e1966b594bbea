// Which figures has an element's row, and what do they mean? TABLE: columns behind the name and the CPU share.
// SPDX-License-Identifier: MPL-2.0

import { count, duration, each, percent, tenths } from "../../analysis/units.js";
import { words } from "../../analysis/words.js";
import type { PageElement } from "../page-data.js";

export interface Column {
  /** Left out where there is no room, like the columns of kind `wide`, `mid` and `more`, in this order. */
  prefix: string;
  title: string;
  help: string;
  kind: string;
  /** `cpuNs`: of all samples. */
  cell(e: PageElement, cpuNs: number): string;
  /** Shown when the mouse points at it; "" = nothing. */
  note?(e: PageElement): string;
  /** What the column sorts by. */
  value(e: PageElement): number;
}

const orDash = (n: number | null, say: (n: number) => string): string => (n === null ? "–" : say(n));

function time(title: string, help: string, kind: string, of: (e: PageElement) => number | undefined): Column {
  const [prefix, short] = title.includes(" ") ? title.split(/(?<= )/) : ["", title];
  const cell = (e: PageElement): string => orDash(of(e) ?? null, duration);
  return { prefix: prefix ?? "", title: short ?? title, help, kind, cell, value: (e) => of(e) ?? -1 };
}

function counter(title: string, help: string, kind: string, of: (e: PageElement) => number | null): Column {
  return { prefix: "", title, help, kind, cell: (e) => orDash(of(e), count), value: (e) => of(e) ?? -1 };
}

/** Share of the time in its functions and its loop; pointed at, the time itself and what `on` says of it. */
function state(
  title: string,
  help: string,
  kind: string,
  of: (e: PageElement) => number | null,
  on: (e: PageElement) => string = () => "",
): Column {
  const share = (e: PageElement): number | null => {
    const ns = of(e);
    return ns === null || e.wallNs === null ? null : ns / Math.max(1, e.wallNs);
  };
  const note = (e: PageElement): string => {
    const ns = of(e);
    return ns === null ? "" : [duration(ns), on(e)].filter(Boolean).join(": ");
  };
  return { prefix: "", title, help, kind, cell: (e) => orDash(share(e), percent), note, value: (e) => share(e) ?? -1 };
}

const flow: Column = {
  prefix: "",
  title: "Flow",
  help: words.flow,
  kind: "wide left",
  // What was never called returned nothing.
  cell: (e) => e.flow || (e.inclusive === null ? "–" : "ok"),
  value: (e) => Number(e.flow !== ""),
};

const total: Column = {
  prefix: "CPU ",
  title: "total",
  help: words.total,
  kind: "mid",
  cell: (e, cpuNs) => orDash(e.cpuInclusiveNs, (ns) => `${tenths(ns / cpuNs)} %`),
  note: (e) => (e.cpuInclusiveNs === null ? "" : duration(e.cpuInclusiveNs)),
  value: (e) => e.cpuInclusiveNs ?? -1,
};

const rate: Column = {
  prefix: "",
  title: "Per second",
  help: words.rate,
  kind: "more",
  cell: (e) => orDash(e.perSecond, each),
  value: (e) => e.perSecond ?? -1,
};

export const columns: readonly Column[] = [
  total,
  time("Exclusive mean", words.exclusive, "", (e) => e.exclusive?.meanNs),
  time("p50", words.p50, "mid", (e) => e.exclusive?.p50Ns),
  time("p99", words.p99, "", (e) => e.exclusive?.p99Ns),
  time("Max", words.max, "wide", (e) => e.exclusive?.maxNs),
  time("Inclusive mean", words.inclusive, "wide", (e) => e.inclusive?.meanNs),
  state("Ready", words.ready, "wide", (e) => e.readyNs),
  state(
    "Blocked",
    words.blocked,
    "more",
    (e) => e.blockedNs,
    (e) => e.blockedOn,
  ),
  time("Queue p50", words.queue, "wide", (e) => e.queueWait?.p50Ns),
  counter("In", words.in, "mid", (e) => e.buffersIn),
  counter("Out", words.out, "wide", (e) => e.buffersOut),
  rate,
  flow,
];
