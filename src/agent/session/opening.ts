// What must be there before a target is served? Segment, names, configuration, log, capture: opened in this order, or nothing is.
// SPDX-License-Identifier: MPL-2.0

import { setTimeout } from "node:timers/promises";
import { seenStartTicks } from "../../attach/identity.js";
import { isForeign, segmentOwner } from "../../attach/owner.js";
import { SegmentPresence, segmentInode } from "../../attach/presence.js";
import { monotonicShiftNs } from "../../attach/time-namespace.js";
import { CaptureWriter } from "../../capture/writer.js";
import { environment, resolveConfig, serversOf } from "../../config/config.js";
import type { Config } from "../../config/configuration.js";
import { SegmentInput, type Tick } from "../../input/drain.js";
import { allowedTags } from "../../model/label-policy.js";
import { Topology } from "../../model/topology.js";
import type { NativeAddon, SegmentSource } from "../../native.js";
import { captureFacts, layersOf, refusedChoices } from "./facts.js";
import { lossHelp } from "./loss-help.js";
import { withShownNames } from "./shown-names.js";
import { TargetClock } from "./target-clock.js";
import type { AttachedSegment, TargetParts, TargetRequest } from "./target-request.js";
import { tracerLog } from "./tracer-log.js";
import { trusted } from "./trust.js";

const BEGIN_LOOKS = 50;
const BEGIN_LOOK_MS = 5;

/** A host may find a segment before the target has said who it is: then no settings are there yet. What was recorded before is kept. */
async function firstLook(input: SegmentInput): Promise<Tick> {
  const batches: Tick["batches"] = [];
  for (let looks = 1, samples = 0; ; looks++) {
    const tick = input.tick({ cells: true });
    batches.push(...tick.batches);
    samples += tick.samples;
    // A tracer of the release before counts no changes, but has no standby either.
    const begun = tick.state.changes > 0 || tick.state.enabled || tick.state.targetState !== "running";
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

/** Throws coded errors: a capture directory that cannot be written. The segment is left open. */
export async function openParts(request: TargetRequest): Promise<TargetParts> {
  const { reader, inode, owner, shiftNs, startTicks } = request.segment;
  const topology = new Topology();
  const input = new SegmentInput(withShownNames(reader), topology);
  const first = await firstLook(input);
  const pid = request.pid ?? first.state.pid;
  const foreign = isForeign(pid, owner);
  const { config, settings, problems, said } = configure(request, topology.facts, pid, foreign);
  const log = request.tells ? tracerLog(request.log(config), reader) : request.log(config);
  for (const sentence of said) log.warn(sentence);
  for (const problem of problems) log.warn(problem.text);
  const { tags, refused } = allowedTags({ ...config.tags, ...(config.stream && { stream: config.stream }) });
  for (const tag of refused) log.warn(`tags: ${tag} left out: such a label would make a series of each value`);
  const capture = await openCapture(request, config, topology, first).catch((error: Error) => {
    // What was to be delivered elsewhere still is.
    if (serversOf(config).length === 0 && config.port === 0 && config.livePort === 0) throw error;
    log.error(`no capture is written: ${error.message}`);
    return null;
  });
  const presence = new SegmentPresence(pid, startTicks, inode);
  const clock = new TargetClock(first.state, shiftNs);
  const own = { presence, clock, input, topology, config: { ...config, tags } };
  return { request, reader, pid, ...own, settings, log, servers: [], capture, first };
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
