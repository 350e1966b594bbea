// In which functions does each element burn its CPU time? Those that ran themselves (self time), longest first. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { RecordedProfiles, StackSample } from "../model/recorded-profiles.js";
import { elementPath } from "./paths.js";

export interface HotFunction {
  name: string;
  /** File name of the module, or "". */
  module: string;
  /** CPU time while it ran itself, none of what it called (self). */
  ns: number;
  /** Of it and what it called, as far as that is the element's own time. */
  totalNs: number;
}

/** Several functions a path. The self times of all functions of one element sum to its `cpuNs`. */
export type HotFunctions = Record<string, HotFunction[]>;

/** By path of the element; its loop and its own threads belong to it. `only`: of this element. */
export function hottestFunctions(profiles: RecordedProfiles | null, most: number, only?: string): HotFunctions {
  const elements = new Map<string, Functions>();
  const { frames, samples } = profiles?.stacks ?? { frames: [], samples: [] };
  for (const sample of samples) {
    const path = elementPath(sample.path);
    if (path === "" || (only ?? path) !== path) continue;
    const functions = elements.get(path) ?? new Functions(frames);
    elements.set(path, functions);
    functions.add(sample);
  }
  return Object.fromEntries([...elements].map(([path, functions]) => [path, functions.hottest(most)]));
}

type Frames = RecordedProfiles["stacks"]["frames"];
const NO_FRAME = { name: "(no stack)", module: "" };

/** Of one element. */
class Functions {
  readonly #frames: Frames;
  readonly #known = new Map<string, HotFunction>();

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  add({ stack, ns }: StackSample): void {
    this.#at(stack.at(-1)).ns += ns;
    const inside = stack.length === 0 ? [this.#at(undefined)] : stack.map((index) => this.#at(index));
    // One that calls itself is on the stack several times, and its time passes once.
    for (const one of new Set(inside)) one.totalNs += ns;
  }

  hottest(most: number): HotFunction[] {
    const ran = [...this.#known.values()].filter(({ ns }) => ns > 0);
    return ran.sort((a, b) => b.ns - a.ns || b.totalNs - a.totalNs).slice(0, most);
  }

  /** Inlined or not, one name in one module is one function. */
  #at(index: number | undefined): HotFunction {
    const { name, module } = (index === undefined ? undefined : this.#frames[index]) ?? NO_FRAME;
    const key = `${module}\0${name}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { name, module, ns: 0, totalNs: 0 };
      this.#known.set(key, known);
    }
    return known;
  }
}
