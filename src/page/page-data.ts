// What travels from the report's writer to its page? Plain data, already cut and printable; both sides import this.
// SPDX-License-Identifier: MPL-2.0

import type { FlameNode } from "../analysis/flame.js";
import type { HeatMap } from "../analysis/heat.js";
import type { Overhead, ProfileSummary } from "../model/summary.js";

export interface PageTimes {
  meanNs: number;
  p50Ns: number;
  p99Ns: number;
  maxNs: number;
}

/** From a source to a sink; the figures are null where a reason stands instead. */
export interface PageLatency {
  pipeline: string;
  source: string;
  sink: string;
  p50Ns: number | null;
  p99Ns: number | null;
  maxNs: number | null;
  /** From the source's first push to the first buffer at the sink. */
  firstNs: number | null;
  arrived: number;
  reason: string;
}

/** One bar of a waterfall. */
export interface PageSpan {
  /** "element.pad", below its pipeline. */
  name: string;
  /** Index of the element, -1 = not on the page. */
  element: number;
  depth: number;
  startNs: number;
  durationNs: number;
  waitedNs: number;
  thread: string;
  slow: boolean;
}

export interface PageSlowBuffer {
  durationNs: number;
  /** Since the capture began. */
  atNs: number;
  /** What took longest. */
  parts: string;
  spans: PageSpan[];
  /** Spans that did not fit. */
  more: number;
}

/** Sorted by cost; the index of an element is also its colour. */
export interface PageElement {
  /** Below its pipeline: "bin/element". */
  name: string;
  factory: string;
  pipeline: string;
  threads: string[];
  cpuNs: number;
  /** With everything that it called or that lies inside of it; null = stacks do not tell. */
  cpuInclusiveNs: number | null;
  exclusive: PageTimes | null;
  inclusive: PageTimes | null;
  exclusiveSumNs: number;
  /** null = buffers were not counted. */
  buffersIn: number | null;
  buffersOut: number | null;
  bytesIn: number;
  /** null = none were seen. */
  perSecond: number | null;
  /** In its functions and its loop: ready, but on no CPU; blocked; null = not known. */
  readyNs: number | null;
  blockedNs: number | null;
  /** Of which that is a part. */
  wallNs: number | null;
  /** "futex 98 %, read 2 %". */
  blockedOn: string;
  /** How long buffers stayed in it, if it is a queue. */
  queueWait: PageTimes | null;
  /** What it dropped, and returned besides ok. */
  flow: string;
  /** When it took how long; null = not known, or one of too many elements. */
  heat: HeatMap | null;
}

/** [name, nanoseconds, element, module, children, callers]; names and modules are indexes into `strings`; -1 = none. */
export type PackedNode = [
  name: number,
  ns: number,
  element: number,
  module: number,
  children: PackedNode[],
  callers?: number[],
  inferredNs?: number,
];

export interface PageData {
  /** The name in front of the sentence is drawn in the element's colour. */
  headline: { element: number; name: string; rest: string; detail: string };
  complete: boolean;
  problems: string[];
  command: string;
  pid: number;
  startTime: string;
  durationNs: number;
  cpuNs: number;
  /** More than one: elements are shown with their pipeline. */
  pipelines: number;
  elements: PageElement[];
  latencies: PageLatency[];
  /** Those that did not fit on the page. */
  moreLatencies: number;
  /** null = no buffer was traced. */
  traced: { traces: number; slowest: PageSlowBuffer[] } | null;
  /** Those that did not fit on the page. */
  more: { elements: number; cpuNs: number };
  /** What sampled, and why. */
  engine: string;
  quality: Pick<ProfileSummary, "samples" | "reachedRoot" | "inferred" | "frames" | "framesNamed" | "meanDepth"> | null;
  /** Where the CPU time of the process went, and the wall time of its threads. */
  account: string;
  losses: { reason: string; count: number; help: string; share: number | null; serious: boolean }[];
  overhead: Overhead;
  nameless: { module: string; unnamed: number; share: number; why: string }[];
  /** Of the same run; the page of one that has none is null. */
  otherProcesses: { name: string; page: string | null }[];
  /** Those that did not fit on the page. */
  moreProcesses: number;
  tool: string;
  strings: string[];
  flame: PackedNode;
  /** The same of wall time; null = nobody looked at blocked threads. */
  wallFlame: PackedNode | null;
}

/** Names repeat a lot: each is written once. */
export function packTrees(...roots: readonly FlameNode[]): { strings: string[]; trees: PackedNode[] } {
  const ids = new Map<string, number>();
  const id = (text: string): number => {
    const known = ids.get(text) ?? ids.size;
    ids.set(text, known);
    return known;
  };
  const pack = (node: FlameNode): PackedNode => {
    const packed: PackedNode = [
      id(node.name),
      node.ns,
      node.element,
      node.module === "" ? -1 : id(node.module),
      node.children.map(pack),
    ];
    if (node.callers.length > 0 || node.inferredNs !== undefined) packed.push(node.callers.map(id));
    if (node.inferredNs !== undefined) packed.push(Math.round(node.inferredNs));
    return packed;
  };
  const trees = roots.map(pack);
  return { strings: [...ids.keys()], trees };
}

export function unpackTree(strings: readonly string[], packed: PackedNode): FlameNode {
  const [name, ns, element, module, children, callers = [], inferredNs] = packed;
  return {
    name: strings[name] ?? "",
    ns,
    element,
    module: strings[module] ?? "",
    callers: callers.map((i) => strings[i] ?? ""),
    children: children.map((child) => unpackTree(strings, child)),
    ...(inferredNs !== undefined && { inferredNs }),
  };
}
