// How long did each function run itself, and how long with all that it called? By name and module, of any stacks. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { StackFrame } from "../model/recorded-profiles.js";
import type { NameOrigin } from "../model/symbol.js";

export interface FunctionName {
  name: string;
  /** File name of the module, or "". */
  module: string;
  /** What named it in the place of a symbol. */
  origin?: NameOrigin;
}

export interface FunctionTime extends FunctionName {
  /** While it ran itself, or waited itself: none of what it called (self). */
  ns: number;
  /** Of it and what it called. */
  totalNs: number;
}

/** `stack` holds indexes of frames, from the thread's first frame to the leaf. */
export interface CountedStack {
  readonly ns: number;
  readonly stack: readonly number[];
}

const NO_STACK: FunctionName = { name: "(no stack)", module: "" };

/** Which function is a frame of? Inlined or not, one name in one module is one function. */
export class FunctionIndex {
  readonly functions: FunctionName[] = [];
  readonly #frames: readonly StackFrame[];
  /** By frame. */
  readonly #numbers: number[] = [];
  readonly #known = new Map<string, number>();

  constructor(frames: readonly StackFrame[]) {
    this.#frames = frames;
  }

  /** Numbers of functions, from the thread's first to the leaf; a stack without frames is "(no stack)". */
  path(stack: readonly number[]): number[] {
    return stack.length === 0 ? [this.#numberOf(NO_STACK)] : stack.map((frame) => this.#at(frame));
  }

  /** -1: there is none. Only functions of stacks that were asked for are known. */
  find(name: string, module: string): number {
    return this.#known.get(keyOf(name, module)) ?? -1;
  }

  #at(frame: number): number {
    const known = this.#numbers[frame] ?? this.#numberOf(this.#frames[frame] ?? NO_STACK);
    this.#numbers[frame] = known;
    return known;
  }

  #numberOf({ name, module, origin }: FunctionName): number {
    const key = keyOf(name, module);
    let number = this.#known.get(key);
    if (number === undefined) {
      number = this.functions.push({ name, module, ...(origin !== undefined && { origin }) }) - 1;
      this.#known.set(key, number);
    }
    return number;
  }
}

const keyOf = (name: string, module: string): string => `${module}\0${name}`;

export class FunctionTimes {
  readonly #index: FunctionIndex;
  readonly #times = new Map<number, FunctionTime>();

  constructor(index: FunctionIndex) {
    this.#index = index;
  }

  add({ ns, stack }: CountedStack): void {
    const path = this.#index.path(stack);
    this.#at(path.at(-1) as number).ns += ns;
    // One that calls itself is on the stack several times, and its time passes once.
    for (const number of new Set(path)) this.#at(number).totalNs += ns;
  }

  /** Longest self time first. */
  rows(): FunctionTime[] {
    return [...this.#times.values()].sort((a, b) => b.ns - a.ns || b.totalNs - a.totalNs);
  }

  #at(number: number): FunctionTime {
    let time = this.#times.get(number);
    if (time === undefined) {
      time = { ...(this.#index.functions[number] as FunctionName), ns: 0, totalNs: 0 };
      this.#times.set(number, time);
    }
    return time;
  }
}

export function functionTimes(index: FunctionIndex, stacks: readonly CountedStack[]): FunctionTime[] {
  const times = new FunctionTimes(index);
  for (const stack of stacks) times.add(stack);
  return times.rows();
}
