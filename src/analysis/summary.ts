// What does a capture say in numbers? The documented, stable object of `report --json`. Pure.
// SPDX-License-Identifier: MPL-2.0

import { isHop } from "../model/batch.js";
import type { ElementSummary } from "../model/element-summary.js";
import { ENDED_ID } from "../model/ended.js";
import type { ProfileCounts, RecordedProfiles, StackSample } from "../model/recorded-profiles.js";
import type { Recording } from "../model/recording.js";
import type { PipelineSummary, ProfileSummary, Summary } from "../model/summary.js";
import { cpuAccount } from "./cpu-account.js";
import { ElementTable, isSummed } from "./elements.js";
import { inclusiveCpu } from "./inclusive.js";
import { latencies } from "./latency.js";
import { apart } from "./losses.js";
import { pipelineOf } from "./paths.js";
import { statesOf, type ThreadStates } from "./thread-states.js";
import { slowBuffers } from "./waterfall.js";

/** Key of time that fell outside of all elements. */
export const NO_ELEMENT = "(none)";

export function summarize(capture: Recording): Summary {
  const { target, settings, losses, overhead } = capture.facts;
  return {
    version: 1,
    complete: capture.complete,
    target: {
      pid: target.pid,
      command: target.command,
      startTime: target.startTime,
      durationNs: target.durationNs,
      processCpuNs: target.processCpuNs,
      standby: settings.standby ?? false,
      cpu: cpuAccount(target),
    },
    pipelines: pipelines(capture, new ElementTable(capture).summaries()),
    latency: latencies(capture),
    ended: endedHops(capture),
    traces: slowBuffers(capture),
    profile: {
      cpu: capture.cpu && { ...profile(capture.cpu), inclusive: inclusiveOf(capture), ...noStates },
      wall: capture.wall && { ...profile(capture.wall), inclusive: null, ...statesOf(capture.wall.stacks.samples) },
    },
    ...apart(losses),
    overhead: { ...overhead },
  };
}

function endedHops({ cells }: Recording): Summary["ended"] {
  const ended = cells.filter((cell) => cell.pad === ENDED_ID && isHop(cell));
  const sum = (key: "buffers" | "bytes" | "invocations") => ended.reduce((all, cell) => all + cell[key], 0);
  return ended.length === 0 ? null : { buffersIn: sum("buffers"), bytesIn: sum("bytes"), count: sum("invocations") };
}

/** An element belongs to the pipeline that its topology names, else to the first part of its path. */
function pipelines(capture: Recording, elements: ElementSummary[]): PipelineSummary[] {
  const known = new Map(capture.topology.elements.map((e) => [e.path, e.pipeline]));
  const { pipelines: names, renamed = [] } = capture.topology;
  const groups = new Map<string, ElementSummary[]>(
    names.filter((name) => !isSummed(capture) && !renamed.includes(name)).map((name) => [name, []]),
  );
  for (const element of elements) {
    const name = known.get(element.path) ?? pipelineOf(element.path);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [element]);
    else group.push(element);
  }
  return [...groups].map(([name, members]) => ({ name, elements: members }));
}

function inclusiveOf(capture: Recording): Record<string, number> | null {
  const times = inclusiveCpu(capture);
  return times && Object.fromEntries([...times].sort(([, a], [, b]) => b - a));
}

/** A CPU profile has samples of running threads alone. */
const noStates = { runningNs: null, readyNs: null, blockedNs: null, blockedOn: null };

/** Threads are called after what they drive: where several pipelines have one of a name, they are told apart by these. */
function threadNames(samples: readonly StackSample[]): (sample: StackSample) => string {
  const pipelines = new Map<string, Set<string>>();
  for (const { thread, pipeline } of samples) {
    const known = pipelines.get(thread) ?? new Set();
    if (pipeline !== "") pipelines.set(thread, known.add(pipeline));
  }
  const several = (thread: string): boolean => (pipelines.get(thread)?.size ?? 0) > 1;
  return ({ thread, pipeline }) =>
    thread === "" ? NO_ELEMENT : pipeline !== "" && several(thread) ? `${thread} (${pipeline})` : thread;
}

function profile({ stacks, totalNs, rows }: RecordedProfiles): Omit<ProfileSummary, "inclusive" | keyof ThreadStates> {
  const byElement = new Map<string, number>();
  const byThread = new Map<string, number>();
  const nameOf = threadNames(stacks.samples);
  for (const sample of stacks.samples) {
    const [path, thread] = [sample.path || NO_ELEMENT, nameOf(sample)];
    byElement.set(path, (byElement.get(path) ?? 0) + sample.ns);
    byThread.set(thread, (byThread.get(thread) ?? 0) + sample.ns);
  }
  const total = (key: keyof ProfileCounts): number => rows.reduce((sum, row) => sum + row[key], 0);
  const samples = total("samples");
  const frames = total("frames");
  return {
    samples,
    totalNs,
    reachedRoot: total("reachedRoot"),
    inferred: total("inferred"),
    framesNamed: total("framesNamed"),
    framesByType: total("framesByType"),
    framesByRole: total("framesByRole"),
    frames,
    meanDepth: samples > 0 ? frames / samples : 0,
    byElement: Object.fromEntries(byElement),
    byThread: Object.fromEntries(byThread),
  };
}
