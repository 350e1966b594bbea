// What would give better names? The modules that most nameless frames lie in, and what their packages lack.
// SPDX-License-Identifier: MPL-2.0

import type { ProfileCounts } from "../model/recorded-profiles.js";
import type { ModuleNames } from "../model/recording.js";
import { percent, plural } from "./units.js";

const MOST = 5;

export type NamedFrames = Pick<ProfileCounts, "frames" | "framesNamed" | "framesByType" | "framesByRole">;

/** Those that a person can read, whatever named them. */
export const readable = ({ framesNamed, framesByType, framesByRole }: NamedFrames): number =>
  framesNamed + framesByType + framesByRole;

/** "22 % symbols, 17 % types, 32 % roles"; "" where symbols alone named any. */
export function nameShares(named: NamedFrames): string {
  if (named.framesByType + named.framesByRole === 0) return "";
  const share = (part: number): string => percent(part / Math.max(1, named.frames));
  const { framesNamed, framesByType, framesByRole } = named;
  return `${share(framesNamed)} symbols, ${share(framesByType)} types, ${share(framesByRole)} roles`;
}

export interface NamelessModule {
  module: string;
  unnamed: number;
  /** Of all frames without a name. */
  share: number;
  why: string;
}

export function namelessModules(modules: readonly ModuleNames[]): NamelessModule[] {
  const all = modules.reduce((sum, m) => sum + m.unnamed, 0);
  return modules
    .filter((m) => m.unnamed > 0)
    .sort((a, b) => b.unnamed - a.unnamed)
    .slice(0, MOST)
    .map((m) => ({
      module: m.path.slice(m.path.lastIndexOf("/") + 1),
      unnamed: m.unnamed,
      share: m.unnamed / all,
      why: whyUnnamed(m),
    }));
}

function whyUnnamed({ path, problem, debuginfod }: ModuleNames): string {
  if (problem !== "") return debuginfod === "" ? problem : `${problem}; debuginfod: ${debuginfod}`;
  if (path.startsWith("[") || path === "") return "generated code has no file";
  const missing = "stripped; its debug symbols would name them";
  return debuginfod === "" ? missing : `${missing}, debuginfod: ${debuginfod}`;
}

export function namesAdvice(modules: readonly ModuleNames[]): string[] {
  const worst = namelessModules(modules);
  if (worst.length === 0) return [];
  return [
    "Frames without a function's name:",
    ...worst.map((m) => `  ${m.module}: ${plural(m.unnamed, "frame")}, ${percent(m.share)} of them (${m.why})`),
  ];
}
