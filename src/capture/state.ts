// What stands in capture.json? Begun from the facts, brought up to date from the segment, continued after a writer's death.
// SPDX-License-Identifier: MPL-2.0

import { quantileNs } from "../model/histogram.js";
import type { ModuleNames } from "../model/recording.js";
import type { SegmentState } from "../model/segment-state.js";
import type { Overhead } from "../model/summary.js";
import { amount, amounts, decimal, each, flag, list, listOf, parseObject, shape, text, texts } from "./fields.js";
import {
  type AgentState,
  CAPTURE_FORMAT,
  CAPTURE_VERSION,
  type CaptureFacts,
  type CaptureFile,
  captureFiles,
  MAX_CAPTURE_BYTES,
} from "./format.js";
import type { OwnFolder } from "./own-folder.js";
import { parseRow } from "./profile-index.js";

const captureFile = shape<Omit<CaptureFile, "profiles">>({
  format: () => CAPTURE_FORMAT,
  version: amount,
  complete: flag,
  tool: text,
  target: shape<CaptureFile["target"]>({
    ...each(amount, "pid", "startTicks"),
    ...each(text, "command", "executable", "serviceName", "startTime"),
    ...each(amount, "durationNs", "processCpuNs", "registeredCpuNs", "cpuBeforeNs"),
    ...each(amount, "cpuTracerNs", "cpuRefusedNs", "cpuMaskedNs", "cpuUnseenNs"),
  }),
  clock: shape<CaptureFile["clock"]>({ monoNs: amount, unixNs: decimal, source: text }),
  settings: shape<CaptureFile["settings"]>({
    ...each(amount, "sampleRate", "wallRate"),
    ...each(text, "timing", "engine"),
    standby: flag,
  }),
  ...each(amount, "metricsLines", "windowsEndNs"),
  modules: listOf(
    shape<ModuleNames>({
      ...each(text, "path", "buildId"),
      ...each(amount, "frames", "byType", "byRole", "unnamed"),
      ...each(text, "problem", "source", "debuginfod"),
      lines: flag,
    }),
  ),
  losses: amounts,
  lossHelp: texts,
  overhead: shape<Overhead>(each(amount, "perBufferNs", "handlerNsP50", "handlerNsP99", "agentCpuNs", "agentRssBytes")),
});

/** Stands for a capture.json that is missing or cannot be read: nothing is known. */
export function blankFile(): CaptureFile {
  const file = captureFile({ version: CAPTURE_VERSION });
  file.clock.source = "unknown";
  return file;
}

/** The content of capture.json when a capture begins: what is known of the process and its settings, and sums of 0. */
export function startFile(facts: CaptureFacts): CaptureFile {
  const { pid, startTicks, command, executable, serviceName, clock, tool, lossHelp } = facts;
  const file = blankFile();
  const startTime = isoTime(clock.unixNs);
  return {
    ...file,
    tool,
    target: { ...file.target, pid, startTicks, command, executable, serviceName, startTime },
    clock: { ...file.clock, monoNs: clock.monoNs, unixNs: String(clock.unixNs) },
    lossHelp: { ...lossHelp },
  };
}

/** Brings sums and settings up to date. `agentCpuBefore`: CPU time, in ns, of agents that wrote this capture before this one. */
export function updateFile(file: CaptureFile, state: SegmentState, agent: AgentState, agentCpuBefore: number): void {
  file.target.durationNs = Math.max(file.target.durationNs, agent.atNs);
  file.target.processCpuNs = Math.max(0, state.processCpuNs - state.processCpuBeginNs);
  file.target.registeredCpuNs = state.registeredCpuNs;
  file.target.cpuBeforeNs = state.processCpuBeginNs;
  file.target.cpuTracerNs = state.ownCpuNs;
  file.target.cpuRefusedNs = state.unarmedCpuNs;
  file.target.cpuMaskedNs = state.maskedCpuNs;
  file.target.cpuUnseenNs = state.unseenCpuNs;
  file.clock.source = state.clockSource;
  const { sampleRate, wallRate, timing } = state;
  file.settings = { sampleRate, wallRate, timing, engine: agent.engine, standby: !state.enabled };
  file.overhead = {
    perBufferNs: state.timingCostPs / 1000,
    handlerNsP50: quantileNs(state.handler, 0.5),
    handlerNsP99: quantileNs(state.handler, 0.99),
    agentCpuNs: agentCpuBefore + agent.cpuNs,
    agentRssBytes: Math.max(file.overhead.agentRssBytes, agent.rssBytes),
  };
}

/** Replaces the counters in `file` by those of the target and the agent. `dropped`: what the capture's writer left out itself. */
export function updateLosses(
  file: CaptureFile,
  state: SegmentState,
  { losses }: Pick<AgentState, "losses">,
  dropped: Record<string, number>,
): void {
  file.losses = addUp(state.counters, losses, dropped);
}

/** The unfinished capture of the same process in `folder`, if there is one and it can be continued. */
export async function resumable(folder: OwnFolder, facts: CaptureFacts): Promise<CaptureFile | null> {
  const content = await folder.read(captureFiles.capture, MAX_CAPTURE_BYTES);
  const file = parseCaptureFile(content?.toString() ?? "");
  const same = file !== null && file.target.pid === facts.pid && file.target.startTicks === facts.startTicks;
  return same && !file.complete && file.version === CAPTURE_VERSION ? file : null;
}

/** null when the text is no capture.json of ours. Fields that are missing or of another type become 0, "" or empty. */
export function parseCaptureFile(content: string): CaptureFile | null {
  const json = parseObject(content);
  if (json?.format !== CAPTURE_FORMAT) return null;
  return { ...captureFile(json), ...("profiles" in json && { profiles: list(json.profiles).map(parseRow) }) };
}

function addUp(...parts: readonly Record<string, number>[]): Record<string, number> {
  const sum = new Map<string, number>();
  for (const part of parts) for (const [reason, n] of Object.entries(part)) sum.set(reason, (sum.get(reason) ?? 0) + n);
  return Object.fromEntries(sum);
}

function isoTime(unixNs: bigint): string {
  const date = new Date(Number(unixNs / 1_000_000n));
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
