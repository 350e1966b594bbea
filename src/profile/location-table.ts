// Which location of a pprof profile is a frame of a window, and what is it called there? Each is named when it is first met.
// SPDX-License-Identifier: MPL-2.0

import { wellFormed } from "../model/labels.js";
import { type FrameLine, type FrameName, GENERATED_FOR, MAX_NAME } from "../model/symbol.js";
import type { ModuleInfo, ProfileRequest } from "./request.js";
import type { Window } from "./window.js";

/** What names a frame, as a number: frames are counted by it. */
export const namedBy = { nothing: 0, symbol: 1, type: 2, role: 3 } as const;
const UNNAMED: FrameName = { name: "[unknown]", named: false };

/** `systemName`: of a function that is not called by its symbol, see LocationTable. */
export type NamedLine = FrameLine & { systemName?: string | undefined };

export interface NamedFrame {
  /** The innermost inlined function first; none: a server shall name it. */
  lines: readonly NamedLine[];
  module: ModuleInfo | undefined;
  /** Of a frame in a function without a symbol: where that begins. */
  start?: number | undefined;
}

/** Where locations are made: in a pprof message, or in another list of frames. Their numbers begin with 1. */
export interface Locations {
  /** The caller asks once for each place. */
  location(module: number, offset: number, frame: NamedFrame): number;
  /** A frame of ours, such as "(no stack)". */
  synthetic(name: string): number;
}

/** What has to be known to name frames. */
export type NamingRequest = Pick<ProfileRequest, "name" | "module" | "leaveUnnamed">;

/** Locations of one profile (what pprof calls a frame), each made when a frame of the window is first met. */
export class LocationTable {
  readonly #ids: Uint32Array;
  /** By location. */
  readonly #namedBy: number[] = [namedBy.nothing];
  readonly #window: Window;
  readonly #request: NamingRequest;
  readonly #locations: Locations;
  /** Frames of code made at run time: by frame and name, because one piece of code may have several callers. */
  readonly #generated = new Map<string, number>();

  constructor(window: Window, request: NamingRequest, locations: Locations) {
    this.#ids = new Uint32Array(window.frames.length);
    this.#window = window;
    this.#request = request;
    this.#locations = locations;
  }

  /** The location of a stack's frame, leaf first. */
  id(stack: ArrayLike<number>, at: number): number {
    const index = stack[at] ?? 0;
    return this.#ids[index] || this.#first(stack, at, index);
  }

  /** One of `namedBy`. */
  namedBy(location: number): number {
    return this.#namedBy[location] ?? namedBy.nothing;
  }

  #first(stack: ArrayLike<number>, at: number, index: number): number {
    const { module, offset } = this.#frame(index);
    if (this.#request.module(module)?.kind === "jit") return this.#generatedCode(stack, at, index);
    const frame = this.#request.name(module, offset);
    const id = this.#add(module, offset, frame);
    this.#ids[index] = id;
    return id;
  }

  /** ORC's code has no name of its own; only the wrapper that it was made for calls it, and names it. */
  #generatedCode(stack: ArrayLike<number>, at: number, index: number): number {
    const { module, offset } = this.#frame(index);
    const caller = this.#callerOf(stack, at);
    const plain = this.#request.name(module, offset);
    const frame = caller.named
      ? { name: `${GENERATED_FOR}${caller.lines?.[0]?.name ?? caller.name}`, named: true }
      : plain;
    const key = `${index} ${frame.name}`;
    const known = this.#generated.get(key) ?? this.#add(module, offset, frame);
    this.#generated.set(key, known);
    return known;
  }

  #callerOf(stack: ArrayLike<number>, at: number): FrameName {
    for (let i = at + 1; i < stack.length; i++) {
      const { module, offset } = this.#frame(stack[i] ?? 0);
      if (this.#request.module(module)?.kind !== "jit") return this.#request.name(module, offset);
    }
    return UNNAMED;
  }

  #frame(index: number): { module: number; offset: number } {
    return this.#window.frames[index] ?? { module: 0, offset: 0 };
  }

  #add(module: number, offset: number, { name, named, lines, origin, raw, start }: FrameName): number {
    const info = this.#request.module(module);
    const left = !named && this.#request.leaveUnnamed && info?.kind === "file" && info.buildId !== "";
    const shown = lines ?? [{ name, file: "", line: 0 }];
    // Servers show the name; tools that want to know more look at the system name, which is that of a symbol else.
    const systemName = origin === undefined ? undefined : wellFormed(`${origin} ${raw}`, MAX_NAME);
    const functions = shown.map(({ name: text, file, line }) => {
      return { name: wellFormed(text, MAX_NAME) || "(unnamed)", systemName, file, line };
    });
    const id = this.#locations.location(module, offset, { lines: left ? [] : functions, module: info, start });
    this.#namedBy[id] = namedBy[origin ?? (named ? "symbol" : "nothing")];
    return id;
  }
}
