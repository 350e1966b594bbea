// What stands in capture.json? Begun from the facts, brought up to date from the segment, continued after a writer's death.
// SPDX-License-Identifier: MPL-2.0

import type { SegmentState } from "../model/batch.js";
import { quantileNs } from "../model/histogram.js";
import type { ModuleNames } from "../model/recording.js";
import { amount, amounts, instant, list, object, text, texts } from "./fields.js";
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

/** The content of capture.json when a capture begins: what is known of the process and its settings, and sums of 0. */
export function startFile(facts: CaptureFacts): CaptureFile {
  return {
    format: CAPTURE_FORMAT,
    version: CAPTURE_VERSION,
    complete: false,
    tool: facts.tool,
    target: {
      pid: facts.pid,
      startTicks: facts.startTicks,
      command: facts.command,
      executable: facts.executable,
      serviceName: facts.serviceName,
      startTime: isoTime(facts.clock.unixNs),
      durationNs: 0,
      processCpuNs: 0,
      registeredCpuNs: 0,
      cpuBeforeNs: 0,
      cpuTracerNs: 0,
      cpuRefusedNs: 0,
      cpuMaskedNs: 0,
      cpuUnseenNs: 0,
    },
    clock: { monoNs: facts.clock.monoNs, unixNs: String(facts.clock.unixNs), source: "unknown" },
    settings: { sampleRate: 0, wallRate: 0, timing: "", engine: "" },
    metricsLines: 0,
    modules: [],
    losses: {},
    lossHelp: { ...facts.lossHelp },
    overhead: { perBufferNs: 0, handlerNsP50: 0, handlerNsP99: 0, agentCpuNs: 0, agentRssBytes: 0 },
  };
}

/** Stands for a capture.json that is missing or cannot be read: nothing is known. */
export function blankFile(): CaptureFile {
  const clock = { monoNs: 0, unixNs: 0n };
  const unknown = {
    pid: 0,
    startTicks: 0,
    command: "",
    executable: "",
    serviceName: "",
    clock,
    tool: "",
    lossHelp: {},
  };
  const file = startFile(unknown);
  file.target.startTime = "";
  return file;
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
  file.settings = { sampleRate, wallRate, timing, engine: agent.engine };
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
  let json: ReturnType<typeof object>;
  try {
    json = object(JSON.parse(content));
  } catch {
    return null;
  }
  if (json.format !== CAPTURE_FORMAT) return null;
  const target = object(json.target);
  const clock = object(json.clock);
  const settings = object(json.settings);
  return {
    format: CAPTURE_FORMAT,
    version: amount(json.version),
    complete: json.complete === true,
    tool: text(json.tool),
    target: {
      pid: amount(target.pid),
      startTicks: amount(target.startTicks),
      command: text(target.command),
      executable: text(target.executable),
      serviceName: text(target.serviceName),
      startTime: text(target.startTime),
      durationNs: amount(target.durationNs),
      processCpuNs: amount(target.processCpuNs),
      registeredCpuNs: amount(target.registeredCpuNs),
      cpuBeforeNs: amount(target.cpuBeforeNs),
      cpuTracerNs: amount(target.cpuTracerNs),
      cpuRefusedNs: amount(target.cpuRefusedNs),
      cpuMaskedNs: amount(target.cpuMaskedNs),
      cpuUnseenNs: amount(target.cpuUnseenNs),
    },
    clock: { monoNs: amount(clock.monoNs), unixNs: String(instant(clock.unixNs)), source: text(clock.source) },
    settings: {
      sampleRate: amount(settings.sampleRate),
      wallRate: amount(settings.wallRate),
      timing: text(settings.timing),
      engine: text(settings.engine),
    },
    ...("profiles" in json && { profiles: list(json.profiles).map(parseRow) }),
    metricsLines: amount(json.metricsLines),
    modules: list(json.modules).map(parseModule),
    losses: amounts(json.losses),
    lossHelp: texts(json.lossHelp),
    overhead: parseOverhead(json.overhead),
  };
}

function parseModule(value: unknown): ModuleNames {
  const row = object(value);
  return {
    path: text(row.path),
    buildId: text(row.buildId),
    frames: amount(row.frames),
    unnamed: amount(row.unnamed),
    problem: text(row.problem),
    source: text(row.source),
    lines: row.lines === true,
    debuginfod: text(row.debuginfod),
  };
}

function parseOverhead(value: unknown): CaptureFile["overhead"] {
  const row = object(value);
  return {
    perBufferNs: amount(row.perBufferNs),
    handlerNsP50: amount(row.handlerNsP50),
    handlerNsP99: amount(row.handlerNsP99),
    agentCpuNs: amount(row.agentCpuNs),
    agentRssBytes: amount(row.agentRssBytes),
  };
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
