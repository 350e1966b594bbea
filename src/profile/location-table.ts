// Which location of a pprof profile is a frame of a window, and what is it called there? Each is named when it is first met.
// SPDX-License-Identifier: MPL-2.0

import { wellFormed } from "../model/labels.js";
import type { FrameName } from "../model/symbol.js";
import type { PprofBuilder } from "./pprof-builder.js";
import type { ProfileRequest } from "./request.js";
import type { Window } from "./window.js";

const MAX_NAME = 2048;
const UNNAMED: FrameName = { name: "[unknown]", named: false };

/** Locations of one profile (what pprof calls a frame), each made when a frame of the window is first met. */
export class LocationTable {
  readonly #ids: Uint32Array;
  /** By location. */
  readonly #named: number[] = [0];
  readonly #window: Window;
  readonly #request: ProfileRequest;
  readonly #builder: PprofBuilder;
  /** Frames of code made at run time: by frame and name, because one piece of code may have several callers. */
  readonly #generated = new Map<string, number>();

  constructor(window: Window, request: ProfileRequest, builder: PprofBuilder) {
    this.#ids = new Uint32Array(window.frames.length);
    this.#window = window;
    this.#request = request;
    this.#builder = builder;
  }

  /** The location of a stack's frame, leaf first. */
  id(stack: ArrayLike<number>, at: number): number {
    const index = stack[at] ?? 0;
    return this.#ids[index] || this.#first(stack, at, index);
  }

  /** 1: the location has a function's name. */
  named(location: number): number {
    return this.#named[location] ?? 0;
  }

  #first(stack: ArrayLike<number>, at: number, index: number): number {
    const { module, offset } = this.#frame(index);
    if (this.#request.module(module)?.kind === "jit") return this.#generatedCode(stack, at, index);
    const frame = this.#request.name(module, offset);
    const id = this.#add(module, offset, frame);
    this.#ids[index] = id;
    return id;
  }

  /** ORC's code has no name of its own; it is called by the wrapper that it was made for, and by nobody else. */
  #generatedCode(stack: ArrayLike<number>, at: number, index: number): number {
    const { module, offset } = this.#frame(index);
    const caller = this.#callerOf(stack, at);
    const plain = this.#request.name(module, offset);
    const frame = caller.named ? { name: `[orc] ${caller.lines?.[0]?.name ?? caller.name}`, named: true } : plain;
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

  #add(module: number, offset: number, { name, named, lines }: FrameName): number {
    const info = this.#request.module(module);
    const raw = !named && this.#request.leaveUnnamed && info?.kind === "file" && info.buildId !== "";
    const shown = lines ?? [{ name, file: "", line: 0 }];
    const functions = shown.map((line) => ({ ...line, name: wellFormed(line.name, MAX_NAME) || "(unnamed)" }));
    const id = this.#builder.location(module, offset, { lines: raw ? [] : functions, module: info });
    this.#named[id] = named ? 1 : 0;
    return id;
  }
}
