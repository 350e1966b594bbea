// Where did the CPU time of the process go, sampled or not?
// SPDX-License-Identifier: MPL-2.0
import type { RecordingFacts } from "../model/recording.js";
import type { CpuAccount } from "../model/summary.js";
import { duration } from "./units.js";

export function cpuAccount(target: RecordingFacts["target"]): CpuAccount {
  const registered = Math.min(target.registeredCpuNs, target.processCpuNs);
  const outside = target.cpuTracerNs + target.cpuRefusedNs;
  return {
    totalNs: target.cpuBeforeNs + target.processCpuNs,
    beforeNs: target.cpuBeforeNs,
    sampledNs: Math.max(0, registered - target.cpuMaskedNs - target.cpuUnseenNs),
    unseenNs: target.cpuUnseenNs,
    maskedNs: target.cpuMaskedNs,
    tracerNs: target.cpuTracerNs,
    refusedNs: target.cpuRefusedNs,
    missedNs: Math.max(0, target.processCpuNs - registered - outside),
  };
}

/** Shares below this are not worth a word. */
const WORTH = 0.005;

/** One sentence; parts of less than half a percent are left out. */
export function cpuSentence(cpu: CpuAccount): string {
  const parts: [number, string][] = [
    [cpu.beforeNs, "before the first buffer"],
    [cpu.sampledNs, "sampled"],
    [cpu.unseenNs, "in threads that block the profiler's signal, shown without stacks"],
    [cpu.maskedNs, "in threads that blocked the profiler's signal, not shown"],
    [cpu.tracerNs, "by the profiler's own threads"],
    [cpu.refusedNs, "in threads whose timer the kernel refused"],
    [cpu.missedNs, "in threads that ended between two looks"],
  ];
  const said = parts.filter(([ns]) => ns > cpu.totalNs * WORTH).map(([ns, where]) => `${duration(ns)} ${where}`);
  return `CPU time of the process: ${duration(cpu.totalNs)}${said.length === 0 ? "" : `: ${said.join(", ")}`}.`;
}
