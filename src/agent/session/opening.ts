// What must be there before a target is served? Segment, names, configuration, log, capture: opened in this order, or nothing is.
// SPDX-License-Identifier: MPL-2.0

import { setTimeout } from "node:timers/promises";
import { seenStartTicks } from "../../attach/identity.js";
import { isForeign, segmentOwner } from "../../attach/owner.js";
import { SegmentPresence, segmentInode } from "../../attach/presence.js";
import { monotonicShiftNs } from "../../attach/time-namespace.js";
import { CaptureWriter } from "../../capture/writer.js";
import { type Config, environment, type Layers, resolveConfig, type Setting, serversOf } from "../../config/config.js";
import { SegmentInput, type Tick } from "../../input/drain.js";
import type { Log } from "../../log.js";
import { allowedTags } from "../../model/label-policy.js";
import { Topology } from "../../model/topology.js";
import type { NativeAddon, SegmentReader, SegmentSource } from "../../native.js";
import type { Services } from "../services.js";
import { captureFacts, layersOf, refusedChoices } from "./facts.js";
import { lossHelp } from "./loss-help.js";
import { withShownNames } from "./shown-names.js";
import { TargetClock } from "./target-clock.js";
import { tracerLog } from "./tracer-log.js";
import { trusted } from "./trust.js";

/** A segment that is mapped: it can be read to its end, whatever becomes of the process it was found in. */
export interface AttachedSegment {
  reader: SegmentReader;
  inode: number | null;
  /** The user whose it is. */
  owner: number | null;
  /** By how much its maker's CLOCK_MONOTONIC is ahead of ours. */
  shiftNs: bigint;
  /** Of its maker, as we see it in /proc. */
  startTicks: number;
}

export interface TargetRequest {
  native: NativeAddon;
  /** Outlives the target: others of this process use the same. */
  services: Services;
  segment: AttachedSegment;
  /** Somebody named its pid; neither did we start it, nor it us. */
  pointedAt?: boolean;
  /** Of the target as we see it, where that is known; it may live in another pid namespace. */
  pid?: number | undefined;
  /** So long ago did the target end when it was found; nothing where it lived. */
  late?: number;
  /** Told when the shutdown begins. */
  ending?: (lateMs: number) => void;
  layers: Layers;
  log: (config: Config) => Log;
  /** Nobody reads what this process prints: the tracer says it. */
  tells?: boolean;
  version: string;
  /** Where the capture goes; else what the configuration says. */
  captureDir?: string | undefined;
  /** The n-th process that captures to this directory. */
  process?: number | undefined;
  /** An older capture in `captureDir` may go; in a directory that the configuration names it always may. */
  replace?: boolean | undefined;
  /** Writes the report beside a finished capture, at `place`: the same folder by another name; its path, null if it could not. */
  report: (dir: string, place: string) => Promise<string | null>;
}

export interface TargetParts {
  request: TargetRequest;
  reader: SegmentReader;
  /** Of the target as this process sees it; in another pid namespace it has another one for itself. */
  pid: number;
  presence: SegmentPresence;
  clock: TargetClock;
  input: SegmentInput;
  topology: Topology;
  config: Config;
  /** Where each value came from. */
  settings: Setting[];
  log: Log;
  capture: CaptureWriter | null;
  first: Tick;
}

const BEGIN_LOOKS = 50;
const BEGIN_LOOK_MS = 5;

/** A host may find a segment before the target has said who it is: then nothing is enabled yet. What was recorded before is kept. */
async function firstLook(input: SegmentInput): Promise<Tick> {
  const batches: Tick["batches"] = [];
  for (let looks = 1, samples = 0; ; looks++) {
    const tick = input.tick({ cells: true });
    batches.push(...tick.batches);
    samples += tick.samples;
    const begun = tick.state.enabled || tick.state.targetState !== "running";
    if (begun || looks === BEGIN_LOOKS) return { ...tick, batches, samples };
    await setTimeout(BEGIN_LOOK_MS);
  }
}

/** Throws coded errors: a segment that cannot be read. Who made it (`maker`, as we see it) knows from here on that it is read. */
export function attachSegment(native: NativeAddon, source: SegmentSource, maker?: number): AttachedSegment {
  const path = "pid" in source ? `/proc/${source.pid}/fd/${source.fd}` : `/proc/self/fd/${source.fd}`;
  const inode = segmentInode(path);
  const owner = segmentOwner(path);
  const reader = native.attach(source);
  const state = reader.state();
  const pid = maker ?? ("pid" in source ? source.pid : state.pid);
  const shiftNs = monotonicShiftNs(pid);
  reader.heartbeat(Number(shiftNs));
  return { reader, inode, owner, shiftNs, startTicks: seenStartTicks(pid, state.startTicks, inode) };
}

/** Throws coded errors: a capture directory that cannot be written. Then the segment is closed. */
export async function openParts(request: TargetRequest): Promise<TargetParts> {
  const { reader, inode, owner, shiftNs, startTicks } = request.segment;
  try {
    const topology = new Topology();
    const input = new SegmentInput(withShownNames(reader), topology);
    const first = await firstLook(input);
    const pid = request.pid ?? first.state.pid;
    const foreign = isForeign(pid, owner);
    const { config, settings, problems, said } = configure(request, topology.facts, pid, foreign);
    const log = request.tells ? tracerLog(request.log(config), reader) : request.log(config);
    for (const sentence of said) log.warn(sentence);
    for (const problem of problems) log.warn(problem.text);
    const { tags, refused } = allowedTags(config.tags);
    for (const tag of refused) log.warn(`tags: ${tag} left out: such a label would make a series of each value`);
    const capture = await openCapture(request, config, topology, first).catch((error: Error) => {
      // What was to be delivered elsewhere still is.
      if (serversOf(config).length === 0 && config.port === 0) throw error;
      log.error(`no capture is written: ${error.message}`);
      return null;
    });
    return {
      request,
      reader,
      pid,
      presence: new SegmentPresence(pid, startTicks, inode),
      clock: new TargetClock(first.state, shiftNs),
      input,
      topology,
      config: { ...config, tags },
      settings,
      log,
      capture,
      first,
    };
  } catch (error) {
    reader.detach();
    reader.close();
    throw error;
  }
}

/**
 * What the target says counts where it may. A process that we were only pointed at has an environment of its own, and its
 * servers get none of our credentials; one that we started, or that started us, has ours.
 */
function configure(
  { pointedAt, layers }: TargetRequest,
  facts: ReadonlyMap<string, string>,
  pid: number,
  foreign: boolean,
) {
  const resolved = resolveConfig(layersOf(facts, layers, environment(), foreign));
  const said: string[] = [];
  const refused = foreign ? refusedChoices(facts) : [];
  if (refused.length > 0)
    said.push(`process ${pid} is another user's; ignored of what it asks for: ${refused.join(", ")}`);
  if (!pointedAt) return { ...resolved, said };
  const { config, strange } = trusted(resolved.config, resolveConfig(layers).config);
  if (strange.length > 0)
    said.push(`process ${pid} chose ${strange.join(", ")} itself: no credentials of ours are sent there`);
  return { ...resolved, config, said };
}

async function openCapture(
  request: TargetRequest,
  config: Config,
  topology: Topology,
  { state }: Tick,
): Promise<CaptureWriter | null> {
  const dir = request.captureDir ?? (config.capture === "" ? null : config.capture);
  if (dir === null) return null;
  const facts = captureFacts(topology.facts, state, {
    serviceName: config.tracerName,
    tool: request.version,
    lossHelp: lossHelp(),
  });
  return CaptureWriter.create(dir, facts, {
    process: request.process,
    replace: request.captureDir === undefined || request.replace === true,
    limits: { maxBytes: config.captureMaxSize, maxAgeMs: config.captureMaxAge },
  });
}
