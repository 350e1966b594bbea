// How does a test write a report's table by hand? Rows of elements, and what stands around them; all else is nothing.

import { blank } from "../../src/analysis/blank-element.js";
import { NO_ELEMENT } from "../../src/analysis/summary.js";
import type { Distribution, ElementSummary } from "../../src/model/element-summary.js";
import type { ProfileSummary, Summary } from "../../src/model/summary.js";

export const ms = 1e6;
export const second = 1e9;

/** `count` buffers of `eachNs`; `long`: one more that took so long. */
export function times(count: number, eachNs: number, long = 0): Distribution {
  const more = long > 0 ? 1 : 0;
  const maxNs = Math.max(eachNs, long);
  return {
    count: count + more,
    sumNs: count * eachNs + long,
    minNs: eachNs,
    maxNs,
    p50Ns: eachNs,
    p90Ns: eachNs,
    p99Ns: count < 100 ? maxNs : eachNs,
  };
}

export interface Row extends Partial<Omit<ElementSummary, "feeds">> {
  name: string;
  /** Names of other rows. */
  feeds?: string[];
}

export interface Table {
  rows: Row[];
  /** Ten seconds. */
  durationNs?: number;
  samples?: number;
  /** CPU time of no element. */
  outsideNs?: number;
  threads?: Record<string, number>;
  wall?: { readyNs: number; blockedNs: number } | null;
  /** CPU time of the process that is in no sample. */
  unsampledNs?: number;
}

/** The wall time is what the row's parts are, unless it says another. */
function element({ feeds = [], ...row }: Row): ElementSummary {
  const timed = (row.exclusive?.sumNs ?? 0) + (row.driver?.sumNs ?? 0);
  const path = `p/${row.name}`;
  const rest = { ...blank(path, row.name, "x", "x"), wallNs: timed, readyNs: 0, blockedNs: 0 };
  return { ...rest, ...row, feeds: feeds.map((name) => `p/${name}`) };
}

export function summaryOf(table: Table): Summary {
  const { rows, durationNs = 10 * second, outsideNs = 0, threads = {}, wall = null, unsampledNs = 0 } = table;
  const elements = rows.map(element);
  const inElements = elements.reduce((sum, e) => sum + e.cpuNs, 0);
  const totalNs = inElements + outsideNs;
  const byElement = Object.fromEntries([...elements.map((e) => [e.path, e.cpuNs]), [NO_ELEMENT, outsideNs]]);
  const samples = table.samples ?? Math.round(totalNs / (10 * ms));
  const named = { frames: 0, framesNamed: 0, framesByType: 0, framesByRole: 0 };
  const nothing = { reachedRoot: 0, inferred: 0, ...named, meanDepth: 0, inclusive: null };
  const cpu: ProfileSummary = {
    ...{ samples, totalNs, byElement, byThread: threads, ...nothing },
    ...{ runningNs: null, readyNs: null, blockedNs: null, blockedOn: null },
  };
  const states = wall && { runningNs: totalNs, ...wall, blockedOn: { futex: wall.blockedNs } };
  const processCpuNs = totalNs + unsampledNs;
  const account = { totalNs: processCpuNs, beforeNs: 0, sampledNs: totalNs, unseenNs: 0, maskedNs: 0, tracerNs: 0 };
  return {
    version: 1,
    complete: true,
    target: {
      ...{ pid: 1, command: "", startTime: "", durationNs, processCpuNs, standby: false },
      cpu: { ...account, refusedNs: 0, missedNs: unsampledNs },
    },
    pipelines: [{ name: "p", elements }],
    ended: null,
    latency: [],
    traces: null,
    profile: {
      cpu: totalNs === 0 ? null : cpu,
      wall: states && { ...cpu, ...states, totalNs: totalNs + states.readyNs + states.blockedNs },
    },
    losses: {},
    counters: {},
    overhead: { perBufferNs: 0, handlerNsP50: 0, handlerNsP99: 0, agentCpuNs: 0, agentRssBytes: 0 },
  };
}
