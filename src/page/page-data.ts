// What travels from the report's writer to its page? Plain data, already cut and printable; both sides import this.
// SPDX-License-Identifier: MPL-2.0

import type { HeatMap } from "../analysis/heat.js";
import type { Loss } from "../analysis/losses.js";
import type { NamedFrames, NamelessModule } from "../analysis/names.js";
import type { GraphLayout } from "../graph/shape.js";
import type { Distribution } from "../model/element-summary.js";
import type { Overhead, ProfileSummary } from "../model/summary.js";
import type { PackedStacks } from "./packed-stacks.js";
import type { PackedNode } from "./packed-tree.js";
import type { PageTimeline } from "./page-timeline.js";

export interface PageTimes extends Pick<Distribution, "p50Ns" | "p99Ns" | "maxNs"> {
  meanNs: number;
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
  /** null = buffers were not counted. */
  buffersIn: number | null;
  buffersOut: number | null;
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
  /** If it is a queue: buffers in it when the latest one was taken, and the most at a time. */
  queueLevel: { last: number; highest: number } | null;
  /** Buffers that it threw away, being a leaky queue. */
  drops: number;
  /** What it dropped, and returned besides ok. */
  flow: string;
  /** When it took how long; null = not known, or one of too many elements. */
  heat: HeatMap | null;
}

/** One element in the picture of its pipeline. */
export interface PageNode {
  /** Index of the element, -1 = not on the page. */
  element: number;
  /** Cut to what its box has room for, like the factory's. */
  name: string;
  factory: string;
  leaky: boolean;
  /** Index of its bin in the pipeline's, -1 = none. */
  bin: number;
  /** Names of its linked pads. */
  sinks: string[];
  sources: string[];
}

/** Indexes of nodes, and of their pads. */
export type PageLink = [from: number, source: number, to: number, sink: number, buffers: number, caps: string];

export interface PagePipeline {
  name: string;
  /** Of all that its layout depends on: another key, another layout. */
  key: string;
  /** Elements that are left out: the cheapest ones. */
  more: number;
  nodes: PageNode[];
  bins: { name: string; parent: number; element: number }[];
  links: PageLink[];
  /** In the order of these three; null = not laid out (yet). */
  layout: GraphLayout | null;
}

export interface PageGraph {
  /** Most CPU time first. */
  pipelines: PagePipeline[];
  /** Pipelines that did not fit on the page. */
  more: number;
  /** Why pipelines have no layout; a sentence, or "". */
  problem: string;
}

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
  graph: PageGraph;
  latencies: PageLatency[];
  /** Those that did not fit on the page. */
  moreLatencies: number;
  /** null = no buffer was traced. */
  traced: { traces: number; slowest: PageSlowBuffer[] } | null;
  /** Those that did not fit on the page. */
  more: { elements: number; cpuNs: number };
  /** null = no windows were recorded, or too few. */
  timeline: PageTimeline | null;
  /** What sampled, and why. */
  engine: string;
  quality: (Pick<ProfileSummary, "samples" | "reachedRoot" | "inferred" | "meanDepth"> & NamedFrames) | null;
  /** Where the CPU time of the process went, and the wall time of its threads. */
  account: string;
  losses: Loss[];
  overhead: Overhead;
  nameless: NamelessModule[];
  /** Frames without a symbol that debug files may name later. */
  toSymbolize: number;
  /** Of the same run; the page of one that has none is null. */
  otherProcesses: { name: string; page: string | null }[];
  /** Those that did not fit on the page. */
  moreProcesses: number;
  strings: string[];
  flame: PackedNode;
  /** The same of wall time; null = blocked threads were not sampled. */
  wallFlame: PackedNode | null;
  /** What functions are added up of; null = left out. */
  stacks: PackedStacks | null;
  /** That stacks show an interpreter and not the program that it runs; a sentence, or "". */
  interpreter: string;
}
