// In which functions does each element burn its CPU time? Those that ran themselves (self time), longest first. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedProfiles } from "../model/recorded-profiles.js";
import { FunctionIndex, type FunctionTime, FunctionTimes } from "./functions.js";
import { elementPath } from "./paths.js";

/** CPU time of a function as far as that is the element's own time. */
export type HotFunction = Pick<FunctionTime, "name" | "module" | "ns" | "totalNs">;

/** Several functions a path. The self times of all functions of one element sum to its `cpuNs`. */
export type HotFunctions = Record<string, HotFunction[]>;

/** By path of the element; its loop and its own threads belong to it. `only`: of this element. */
export function hottestFunctions(profiles: RecordedProfiles | null, most: number, only?: string): HotFunctions {
  const { frames, samples } = profiles?.stacks ?? { frames: [], samples: [] };
  const index = new FunctionIndex(frames);
  const elements = new Map<string, FunctionTimes>();
  for (const sample of samples) {
    const path = elementPath(sample.path);
    if (path === "" || (only ?? path) !== path) continue;
    const times = elements.get(path) ?? new FunctionTimes(index);
    elements.set(path, times);
    times.add(sample);
  }
  return Object.fromEntries([...elements].map(([path, times]) => [path, hottest(times, most)]));
}

function hottest(times: FunctionTimes, most: number): HotFunction[] {
  const ran = times.rows().filter(({ ns }) => ns > 0);
  return ran.slice(0, most).map(({ name, module, ns, totalNs }) => ({ name, module, ns, totalNs }));
}
