// What are the frames of a profile called? Addresses to names, each asked for once, off the event loop.
// SPDX-License-Identifier: MPL-2.0

import type { SymbolAnswer, SymbolQuery } from "../model/symbol.js";
import type { ModuleInfo } from "../model/topology.js";

export interface FrameName {
  name: string;
  /** True: a symbol. False: module and function start, or less. */
  named: boolean;
}

/** One module that stacks went through, and how many of its distinct addresses got a function's name. */
export interface ModuleNames {
  path: string;
  buildId: string;
  frames: number;
  unnamed: number;
  /** Why its file was not used, or "". */
  problem: string;
}

export interface SymbolsRequest {
  symbolize: (query: SymbolQuery) => Promise<SymbolAnswer>;
  module: (id: number) => ModuleInfo | undefined;
  /** Prefix through which the target's files are seen, "" for ours. */
  root: string;
  limits?: SymbolLimits;
}

export interface SymbolLimits {
  /** Addresses per question: a few milliseconds of a pool thread. */
  batch: number;
  /** Addresses remembered from earlier windows. */
  addresses: number;
}

export const symbolLimits: SymbolLimits = { batch: 2000, addresses: 40_000 };

interface Known {
  names: Map<number, { frame: FrameName; round: number }>;
  stats: ModuleNames;
}

const labels = { vdso: "[vdso]", jit: "[orc jit]", anon: "[anon]" } as const;
const UNKNOWN: FrameName = { name: "[unknown]", named: false };

export class Symbols {
  readonly #request: SymbolsRequest;
  readonly #limits: SymbolLimits;
  /** By build-id and path: two ids of one file share their names. */
  readonly #modules = new Map<string, Known>();
  /** The same, without making the key again. */
  readonly #quick = new WeakMap<ModuleInfo, Known>();
  #round = 0;

  constructor(request: SymbolsRequest) {
    this.#request = request;
    this.#limits = request.limits ?? symbolLimits;
  }

  /** Afterwards name() knows these frames. Never rejects: what cannot be named is counted. */
  async resolve(frames: Iterable<{ module: number; offset: number }>): Promise<void> {
    this.#round++;
    for (const [module, offsets] of this.#missing(frames)) await this.#ask(module, offsets);
    this.#forget();
  }

  name(moduleId: number, offset: number): FrameName {
    const module = this.#request.module(moduleId);
    if (module === undefined) return UNKNOWN;
    if (module.kind === "vdso") return { name: `${labels.vdso}+0x${offset.toString(16)}`, named: false };
    if (module.kind !== "file") return { name: labels[module.kind], named: false };
    return this.#known(module)?.names.get(offset)?.frame ?? bare(module, offset);
  }

  /** Addresses remembered. */
  get size(): number {
    let sum = 0;
    for (const known of this.#modules.values()) sum += known.names.size;
    return sum;
  }

  modules(): ModuleNames[] {
    return [...this.#modules.values()].map((known) => ({ ...known.stats }));
  }

  #known(module: ModuleInfo): Known | undefined {
    const quick = this.#quick.get(module);
    if (quick !== undefined) return quick;
    const known = this.#modules.get(keyOf(module));
    if (known !== undefined) this.#quick.set(module, known);
    return known;
  }

  #missing(frames: Iterable<{ module: number; offset: number }>): Map<ModuleInfo, Set<number>> {
    const missing = new Map<ModuleInfo, Set<number>>();
    for (const { module: id, offset } of frames) {
      const module = this.#request.module(id);
      if (module?.kind !== "file") continue;
      const known = this.#known(module)?.names.get(offset);
      if (known !== undefined) known.round = this.#round;
      else missing.set(module, (missing.get(module) ?? new Set()).add(offset));
    }
    return missing;
  }

  async #ask(module: ModuleInfo, wanted: Set<number>): Promise<void> {
    const all = [...wanted];
    for (let at = 0; at < all.length; at += this.#limits.batch) {
      const offsets = Float64Array.from(all.slice(at, at + this.#limits.batch));
      this.#learn(module, offsets, await this.#answer(module, offsets));
    }
  }

  async #answer(module: ModuleInfo, offsets: Float64Array): Promise<SymbolAnswer | null> {
    const { symbolize, root } = this.#request;
    const query = { path: module.path, buildId: module.buildId, root, offsets };
    try {
      const answer = await symbolize(query);
      // The target's root may be gone or closed to us. Ours may hold the same file; its build-id says so.
      return answer.problem !== "" && root !== "" ? await symbolize({ ...query, root: "" }) : answer;
    } catch {
      return null;
    }
  }

  #learn(module: ModuleInfo, offsets: Float64Array, answer: SymbolAnswer | null): void {
    const key = keyOf(module);
    const stats = { path: module.path, buildId: module.buildId, frames: 0, unnamed: 0, problem: "" };
    const known: Known = this.#modules.get(key) ?? { names: new Map(), stats };
    this.#modules.set(key, known);
    known.stats.problem = answer?.problem ?? "symbolizer failed";
    offsets.forEach((offset, i) => {
      const frame = frameName(module, offset, answer, i);
      known.names.set(offset, { frame, round: this.#round });
      known.stats.frames++;
      if (!frame.named) known.stats.unnamed++;
    });
  }

  /** What this window did not use goes when there is too much. */
  #forget(): void {
    if (this.size <= this.#limits.addresses) return;
    for (const known of this.#modules.values())
      for (const [offset, { round }] of known.names) if (round !== this.#round) known.names.delete(offset);
  }
}

function frameName(module: ModuleInfo, offset: number, answer: SymbolAnswer | null, i: number): FrameName {
  const symbol = answer?.names[i] ?? "";
  if (symbol !== "") return { name: symbol, named: true };
  const start = answer?.starts[i] ?? -1;
  if (start < 0) return bare(module, offset);
  // Code that neither symbols nor unwind data describe is one block, by its start: assembly, mostly.
  const what = answer?.inFunction[i] === 1 ? "fn" : "code";
  return { name: `${fileName(module)}+${what}@0x${start.toString(16)}`, named: false };
}

const bare = (module: ModuleInfo, offset: number): FrameName => ({
  name: `${fileName(module)}+0x${offset.toString(16)}`,
  named: false,
});

const keyOf = (module: ModuleInfo): string => `${module.buildId} ${module.path}`;

const fileName = (module: ModuleInfo): string =>
  module.path.replace(/ \(deleted\)$/, "").replace(/^.*\//, "") || "[unknown]";
