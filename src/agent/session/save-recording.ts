// How does what is in memory of a target become a capture? A directory of its own in the working folder, complete when this returns.
// SPDX-License-Identifier: MPL-2.0

import { existsSync } from "node:fs";
import { join } from "node:path";
import { captureName } from "../../capture/capture-name.js";
import type { AgentState, CaptureFacts } from "../../capture/format.js";
import { CaptureWriter } from "../../capture/writer.js";
import type { CellSnapshot } from "../../model/batch.js";
import type { ProfileCounts, RecordedProfiles } from "../../model/recorded-profiles.js";
import type { RecordedWindow } from "../../model/recorded-windows.js";
import type { Recording } from "../../model/recording.js";
import type { SegmentState } from "../../model/segment-state.js";
import { encodeRecorded, type RecordedHead } from "../../profile/recorded-pprof.js";
import { wallClock } from "../wall-clock.js";

/** What was counted until an instant of the recording. */
export interface Moment {
  atNs: number;
  cells: readonly CellSnapshot[];
}

/** `now`: what the target said last; `folder`: where the directory is made. Resolves to it; rejects with a CaptureError. */
export async function saveRecording(
  recording: Recording,
  moments: Iterable<Moment>,
  now: SegmentState,
  encode: RecordedHead["encode"],
  folder = process.cwd(),
): Promise<string> {
  const begin = BigInt(Date.parse(recording.facts.target.startTime) || 0) * 1_000_000n;
  const facts = captureFacts(recording, begin, now);
  const name = captureName(new Date(Number(wallClock.now() / 1_000_000n)), process.pid);
  const dir = freePlace(join(folder, name));
  const writer = await CaptureWriter.create(dir, facts, { process: undefined, replace: false });
  try {
    for (const kind of ["cpu", "wall"] as const) {
      const profile = recording[kind];
      if (profile !== null) await addProfile(writer, profile, recording, { encode, kind, timeNanos: begin });
    }
    for (const window of windowsOf(recording)) await writer.addWindow(window);
    const state = stateOf(recording, now);
    const { topology, cells } = recording;
    const agent = (atNs: number) => agentAt(recording, begin, atNs);
    for (const moment of moments) await writer.snapshot(topology, moment.cells, state, agent(moment.atNs));
    const { durationNs } = recording.facts.target;
    await writer.finish({ topology, cells, state, agent: agent(durationNs), modules: recording.facts.modules });
    return writer.dir;
  } finally {
    writer.close();
  }
}

/** The second one within a second has a number behind its name. */
function freePlace(dir: string): string {
  for (let n = 1; ; n++) {
    const place = n === 1 ? dir : `${dir}-${n}`;
    if (!existsSync(place)) return place;
  }
}

async function addProfile(
  writer: CaptureWriter,
  profile: RecordedProfiles,
  { facts }: Recording,
  how: Pick<RecordedHead, "encode" | "kind" | "timeNanos">,
): Promise<void> {
  const { kind, timeNanos: startUnixNs } = how;
  const { durationNs } = facts.target;
  const sampleRate = kind === "cpu" ? facts.settings.sampleRate : facts.settings.wallRate;
  const bytes = encodeRecorded(profile, { ...how, durationNs, sampleRate });
  const counts = profile.rows[0] as ProfileCounts; // one a kind
  const { totalNs } = profile;
  await writer.addProfile(bytes, { ...counts, kind, startUnixNs, atNs: 0, durationNs, totalNs });
}

/** By the recording's own time: a part of what is kept may begin late. */
function windowsOf({ windows = [] }: Recording): RecordedWindow[] {
  const beginNs = windows[0]?.atNs ?? 0;
  return windows.map((window) => ({ ...window, atNs: window.atNs - beginNs }));
}

const captureFacts = (
  { facts }: Recording,
  unixNs: bigint,
  { createdMonoNs, createdUnixNs }: SegmentState,
): CaptureFacts => ({
  ...{ pid: facts.target.pid, startTicks: facts.target.startTicks, command: facts.target.command },
  ...{ executable: facts.target.executable, serviceName: facts.target.serviceName },
  clock: { monoNs: createdMonoNs + Math.max(0, Number(unixNs - createdUnixNs)), unixNs },
  ...{ tool: facts.tool, lossHelp: facts.lossHelp },
});

/** Its sums are those of the recording; the rest is as it is now. */
const stateOf = ({ facts: { target, losses } }: Recording, now: SegmentState): SegmentState => ({
  ...now,
  processCpuBeginNs: target.cpuBeforeNs,
  processCpuNs: target.cpuBeforeNs + target.processCpuNs,
  registeredCpuNs: target.registeredCpuNs,
  ownCpuNs: target.cpuTracerNs,
  unarmedCpuNs: target.cpuRefusedNs,
  maskedCpuNs: target.cpuMaskedNs,
  unseenCpuNs: target.cpuUnseenNs,
  counters: losses,
});

const agentAt = ({ facts }: Recording, beginUnixNs: bigint, atNs: number): AgentState => ({
  timeUnixNs: beginUnixNs + BigInt(Math.round(atNs)),
  atNs,
  engine: facts.settings.engine,
  cpuNs: facts.overhead.agentCpuNs,
  rssBytes: facts.overhead.agentRssBytes,
  losses: {},
});
