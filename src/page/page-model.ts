// What does the page show of a capture? Everything cut to a size that a browser draws at once, nothing dropped unsaid.
// SPDX-License-Identifier: MPL-2.0

import { blockedOn } from "../analysis/blocked-on.js";
import { flowText, perSecond } from "../analysis/element-counts.js";
import { type FlameNode, flameTree, LOOP, type Place, WORKERS } from "../analysis/flame.js";
import { foldCallers } from "../analysis/fold-callers.js";
import { byCost, elementsOf, headline, isMeasured, ownTime } from "../analysis/headline.js";
import { type HeatMap, heatMaps } from "../analysis/heat.js";
import { idleThreads, markIdle } from "../analysis/idle-threads.js";
import { interpreterNote } from "../analysis/interpreter.js";
import { lossesOf } from "../analysis/losses.js";
import { measuredIn } from "../analysis/measured.js";
import { namelessModules } from "../analysis/names.js";
import { framesToSymbolize } from "../analysis/names-later.js";
import { belowPipeline, elementPath, isDriver, isFactory, isWorker, pathParts } from "../analysis/paths.js";
import { prune } from "../analysis/prune.js";
import { waitName } from "../analysis/sample-place.js";
import { summarize } from "../analysis/summary.js";
import { duration, shorten } from "../analysis/units.js";
import { largestParts } from "../analysis/waterfall.js";
import { account } from "../analysis/whole-process.js";
import type { Distribution, ElementSummary } from "../model/element-summary.js";
import { printable } from "../model/printable.js";
import type { RecordedProfiles, StackSample } from "../model/recorded-profiles.js";
import type { Recording } from "../model/recording.js";
import type { LatencySummary, ProfileSummary, Summary } from "../model/summary.js";
import { packStacks } from "./packed-stacks.js";
import { Names, type PackedNode, packTrees, withoutTrees } from "./packed-tree.js";
import type { PageData, PageElement, PageLatency, PageTimes } from "./page-data.js";
import { pageGraph } from "./page-graph.js";
import { clean, joinUnits } from "./page-text.js";
import { pageTimeline } from "./page-timeline.js";

export interface PageLimits {
  /** 0: flame graphs are left out. */
  nodes: number;
  /** Frames of stacks, equal beginnings once; none: stacks are left out. */
  stacks?: number;
  elements: number;
  /** Elements that come with a heat map: the first ones. */
  heats: number;
}

const MAX_COMMAND = 2000;

/** Depth of the thread level when there is a pipeline above the element. */
const THREAD_DEPTH = 3;

/** Of a page; `report --json` has all. */
const MOST_LATENCIES = 24;
const below = (path: string): string => clean(belowPipeline(path));

const pageLatency = (way: LatencySummary): PageLatency => ({
  pipeline: clean(way.pipeline),
  source: below(way.source),
  sink: below(way.sink),
  p50Ns: way.p50Ns,
  p99Ns: way.p99Ns,
  maxNs: way.maxNs,
  firstNs: way.firstBuffer?.travelNs ?? null,
  arrived: way.arrived,
  reason: way.reason ?? "",
});

/** Of a page; `report --text` has all. */
const MOST_PROCESSES = 40;

/** `pages`: where those of the other processes are, by their folder. */
export function pageData(capture: Recording, limits: PageLimits, pages: ReadonlyMap<string, string>): PageData {
  const summary = summarize(capture);
  const elements = byCost(elementsOf(summary));
  const shown = elements.slice(0, limits.elements);
  const pipelineOf = new Map(summary.pipelines.flatMap((p) => p.elements.map((e) => [e.path, p.name])));
  const { element, sentence, detail } = headline(summary);
  const name = elements.find((e) => e.path === element)?.name ?? "";
  const said = shorten(name, 48);
  const leads = name !== "" && sentence.startsWith(said);
  const { lossHelp, modules } = capture.facts;
  const { target } = summary;
  const { cpu } = summary.profile;
  const heats = limits.heats === 0 ? new Map<string, HeatMap>() : heatMaps(capture);
  const { counts } = measuredIn(capture);
  const heatOf = (e: ElementSummary, i: number) => (i < limits.heats ? (heats.get(e.path) ?? null) : null);
  return {
    headline: {
      element: shown.findIndex((e) => e.path === element),
      name: leads ? printable(said) : "",
      rest: joinUnits(printable(leads ? sentence.slice(said.length) : sentence)),
      detail: joinUnits(printable(detail)),
    },
    complete: summary.complete,
    problems: capture.problems.map(clean),
    command: printable(shorten(target.command, MAX_COMMAND)),
    pid: target.pid,
    startTime: clean(target.startTime),
    durationNs: target.durationNs,
    cpuNs: cpu?.totalNs ?? 0,
    pipelines: summary.pipelines.length,
    elements: shown.map((e, i) => pageElement(e, summary, pipelineOf.get(e.path) ?? "", heatOf(e, i), counts)),
    graph: pageGraph(capture, summary, rankOf(shown)),
    latencies: summary.latency.slice(0, MOST_LATENCIES).map(pageLatency),
    moreLatencies: Math.max(0, summary.latency.length - MOST_LATENCIES),
    traced: traced(summary, shown),
    timeline: pageTimeline(capture.windows ?? [], rankOf(shown)),
    more: {
      elements: elements.length - shown.length,
      cpuNs: elements.slice(limits.elements).reduce((ns, e) => ns + e.cpuNs, 0),
    },
    engine: clean(capture.facts.settings.engine),
    quality: cpu && quality(cpu),
    account: joinUnits(printable(account(summary).join(" "))),
    losses: lossesOf(capture.facts.losses, lossHelp).map((loss) => ({
      ...loss,
      reason: clean(loss.reason),
      help: clean(loss.help),
    })),
    overhead: summary.overhead,
    nameless: namelessModules(modules).map((m) => ({ ...m, module: clean(m.module), why: clean(m.why) })),
    interpreter: printable(interpreterNote([capture.cpu, capture.wall])),
    toSymbolize: framesToSymbolize(modules),
    otherProcesses: capture.otherProcesses.slice(0, MOST_PROCESSES).map((folder) => ({
      name: folder === ".." ? "the first one" : clean(folder.replace("../", "")),
      page: pages.get(folder) ?? null,
    })),
    moreProcesses: Math.max(0, capture.otherProcesses.length - MOST_PROCESSES),
    ...(limits.nodes === 0 ? { ...withoutTrees, stacks: null } : trees(capture, shown, pipelineOf, limits)),
  };
}

const rankOf = (shown: ElementSummary[]) => new Map(shown.map((e, i) => [e.path, i]));

const MOST_SPANS = 60;
const MOST_PARTS = 2;

function traced({ traces, target }: Summary, shown: ElementSummary[]): PageData["traced"] {
  if (traces === null) return null;
  const rank = rankOf(shown);
  const short = (path: string): string => belowPipeline(path) || path;
  const begin = Date.parse(target.startTime) * 1e6;
  const slowest = traces.slowest.map((buffer) => ({
    durationNs: buffer.durationNs,
    atNs: buffer.atNs ?? Math.max(0, Number(buffer.startUnixNs) - begin),
    parts: clean(
      largestParts(buffer, MOST_PARTS)
        .map(({ element, ns, what }) => `${duration(ns)} ${what} ${short(element)}`)
        .join(", "),
    ),
    spans: buffer.spans.slice(0, MOST_SPANS).map(({ element, pad, ownNs: _, waitedIn: __, ...span }) => ({
      ...span,
      thread: clean(span.thread),
      name: clean(`${short(element)}.${pad}`),
      element: rank.get(element) ?? -1,
    })),
    more: buffer.more + Math.max(0, buffer.spans.length - MOST_SPANS),
  }));
  return { traces: traces.traces, slowest };
}

/** Without the sums by name: the page has them in its rows, cut and printable. */
function quality(cpu: ProfileSummary): PageData["quality"] {
  const { samples, reachedRoot, inferred, frames, framesNamed, framesByType, framesByRole, meanDepth } = cpu;
  return { samples, reachedRoot, inferred, meanDepth, frames, framesNamed, framesByType, framesByRole };
}

function pageElement(
  e: ElementSummary,
  summary: Summary,
  pipeline: string,
  heat: HeatMap | null,
  counts: boolean,
): PageElement {
  return {
    name: clean(belowPipeline(e.path) || e.name),
    factory: clean(e.factory),
    pipeline: clean(pipeline),
    threads: e.threads.slice(0, 8).map(clean),
    cpuNs: e.cpuNs,
    cpuInclusiveNs: e.cpuInclusiveNs,
    readyNs: isMeasured(e) ? e.readyNs : null,
    blockedNs: isMeasured(e) ? e.blockedNs : null,
    wallNs: e.wallNs,
    blockedOn: clean(blockedOn(e)),
    queueWait: times(e.queueWait),
    exclusive: times(ownTime(e)),
    inclusive: times(e.inclusive),
    buffersIn: counts ? e.buffersIn : null,
    buffersOut: counts ? e.buffersOut : null,
    perSecond: counts ? perSecond(e, summary) : null,
    queueLevel: e.queueLevel,
    drops: e.drops,
    flow: flowText(e),
    heat,
  };
}

function times(h: Distribution | null): PageTimes | null {
  return h && { meanNs: h.sumNs / h.count, p50Ns: h.p50Ns, p99Ns: h.p99Ns, maxNs: h.maxNs };
}

function trees(capture: Recording, shown: ElementSummary[], pipelineOf: Map<string, string>, most: PageLimits) {
  const cpu = flame(capture.cpu, shown, pipelineOf, most.nodes);
  const wall = capture.wall && flame(capture.wall, shown, pipelineOf, most.nodes, waitName);
  const names = new Names(clean);
  const packed = packTrees(wall === null ? [cpu] : [cpu, wall], names);
  const [root, wallRoot = null] = packed.trees as [PackedNode, PackedNode?];
  const rank = new Map(shown.map((e, i) => [e.path, i]));
  const elementOf = (path: string): number => rank.get(elementPath(path)) ?? -1;
  const stacks = (most.stacks ?? 0) < 1 ? null : packStacks(capture, elementOf, names, most.stacks ?? 0);
  return { strings: packed.strings, flame: root, wallFlame: wallRoot, stacks };
}

function flame(
  profile: RecordedProfiles | null,
  shown: ElementSummary[],
  pipelineOf: Map<string, string>,
  most: number,
  leafOf?: (sample: StackSample) => string,
): FlameNode {
  const rank = rankOf(shown);
  const placeOf = ({ path }: StackSample): Place => {
    if (path === "") return { pipeline: "", name: "(outside of elements)", element: -1 };
    if (isFactory(path))
      return { pipeline: "", name: clean(`some ${path.slice("(factory:".length, -1)}`), element: -1 };
    const own = elementPath(path);
    const parts = pathParts(own);
    const pipeline = pipelineOf.get(own) ?? parts[0] ?? "";
    const name = parts.slice(1).join("/") || own;
    const part = isDriver(path) ? LOOP : isWorker(path) ? WORKERS : undefined;
    return { pipeline, name, element: rank.get(own) ?? -1, ...(part !== undefined && { part }) };
  };
  const stacks = profile?.stacks;
  const tree = flameTree(stacks?.samples ?? [], stacks?.frames ?? [], placeOf, leafOf);
  const idle = idleThreads(stacks?.samples ?? []);
  const threads = tree.children.map((child) => markIdle(child, threadDepth(child), idle));
  const folded = { ...tree, children: threads.map((child) => foldCallers(child, threadDepth(child))) };
  return prune(folded, most);
}

/** Time outside of all elements has no pipeline above it. */
const threadDepth = (child: FlameNode): number => (child.name === "(outside of elements)" ? 1 : THREAD_DEPTH - 1);
