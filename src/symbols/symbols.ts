// What are the frames of a profile called? Addresses to names, each asked for once, off the event loop.
// SPDX-License-Identifier: MPL-2.0

import type { FunctionNames } from "../model/function-names.js";
import type { ModuleNames } from "../model/recording.js";
import {
  type FrameName,
  GENERATED_CODE,
  type NameOrigin,
  type SymbolAnswer,
  type SymbolQuery,
} from "../model/symbol.js";
import type { ModuleInfo } from "../model/topology.js";
import { FRAME_UNLOADED, FRAME_UNSEEN } from "../model/wire.js";
import { bare, frameNames } from "./frame-names.js";
import type { KnownNames } from "./known-names.js";

/** Files that servers may have, by build-id. */
export interface DebugFiles {
  /** Path of the file if it is here already, or "". */
  file(buildId: string): string;
  /** Fetches it in the background: it may be here later. `path`: of the module, for a person who waits. */
  want(buildId: string, path: string): void;
  /** What became of it, or "". */
  outcome(buildId: string): string;
}

export interface SymbolsRequest {
  symbolize: (query: SymbolQuery) => Promise<SymbolAnswer>;
  module: (id: number) => ModuleInfo | undefined;
  /** Prefix through which the target's files are seen, "" for ours. */
  root: string;
  debugFiles?: DebugFiles;
  /** What this target calls functions without a symbol; it may learn more at any time. */
  functions?: Pick<FunctionNames, "of">;
  /** What other targets of this process asked already: of those files that `rootId` says we see alike. */
  shared?: { names: KnownNames; rootId: string };
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
  /** Frames in functions without a symbol, by the module's id and where their function begins. */
  starts: Map<number, Map<number, number>>;
  /** The file that the names came from besides the module's own. */
  debugFile: string;
}

/** What an answer says of a file, besides names. */
type AnswerFacts = Pick<ModuleNames, "problem" | "source" | "lines"> & { debugFile: string };

const labels = { vdso: "[vdso]", jit: GENERATED_CODE, anon: "[anon]" } as const;
const UNKNOWN: FrameName = { name: "[unknown]", named: false };
/** Frames of module 0, by their offset. */
const PLACELESS: Readonly<Record<number, FrameName>> = {
  [FRAME_UNLOADED]: { name: "[unloaded]", named: false },
  [FRAME_UNSEEN]: { name: "(stack not seen)", named: false },
};

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
    this.#refreshFromDebugFiles();
    for (const [module, offsets] of this.#missing(frames)) await this.#ask(module, offsets);
    this.#forget();
  }

  name(moduleId: number, offset: number): FrameName {
    const module = this.#request.module(moduleId);
    if (module === undefined) return (moduleId === 0 ? PLACELESS[offset] : undefined) ?? UNKNOWN;
    if (module.kind === "vdso") return { name: `${labels.vdso}+0x${offset.toString(16)}`, named: false };
    if (module.kind !== "file") return { name: labels[module.kind], named: false };
    const frame = this.#known(module)?.names.get(offset)?.frame ?? bare(module, offset);
    const { start } = frame;
    const given = start === undefined ? undefined : this.#request.functions?.of(moduleId, start);
    // A name of this target alone, so it is never kept with those that targets share.
    if (start === undefined || given === undefined) return frame;
    return { name: given.name, named: false, start, origin: given.origin, raw: frame.name };
  }

  /** Addresses remembered. */
  get size(): number {
    let sum = 0;
    for (const known of this.#modules.values()) sum += known.names.size;
    return sum;
  }

  modules(): ModuleNames[] {
    const { debugFiles } = this.#request;
    return [...this.#modules.values()].map(({ stats, starts }) => {
      const { type: byType, role: byRole } = this.#givenTo(starts);
      const unnamed = stats.unnamed - byType - byRole;
      return { ...stats, byType, byRole, unnamed, debuginfod: debugFiles?.outcome(stats.buildId) ?? "" };
    });
  }

  /** How many of these frames have a name by now from the target's types and roles. */
  #givenTo(starts: Known["starts"]): Record<NameOrigin, number> {
    const frames = { type: 0, role: 0 };
    for (const [module, functions] of starts)
      for (const [start, count] of functions) {
        const given = this.#request.functions?.of(module, start);
        if (given !== undefined) frames[given.origin] += count;
      }
    return frames;
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

  /** Forgets the names of modules whose debug file has arrived, so that they are read from it; asks for files that have not. */
  #refreshFromDebugFiles(): void {
    for (const known of this.#modules.values()) {
      const { buildId, lines, path } = known.stats;
      if (lines || buildId === "") continue;
      const file = this.#debugFile(buildId);
      if (file === "") this.#request.debugFiles?.want(buildId, path);
      if (file === "" || file === known.debugFile) continue;
      known.names.clear();
      known.starts.clear();
      known.stats.frames = known.stats.unnamed = 0;
    }
  }

  #debugFile(buildId: string): string {
    return buildId === "" ? "" : (this.#request.debugFiles?.file(buildId) ?? "");
  }

  async #ask(module: ModuleInfo, wanted: Set<number>): Promise<void> {
    const debugFile = this.#debugFile(module.buildId);
    const file = this.#fileOf(module, debugFile);
    const rest = this.#takeKnown(module, file, debugFile, wanted);
    for (let at = 0; at < rest.length; at += this.#limits.batch) {
      const offsets = Float64Array.from(rest.slice(at, at + this.#limits.batch));
      const answer = await this.#answer(module, offsets, debugFile);
      const frames = frameNames(module, offsets, answer);
      const { problem = "symbolizer failed", source = "", hasLines = false } = answer ?? {};
      this.#learn(module, offsets, frames, { problem, source, lines: hasLines, debugFile });
      if (file !== "" && problem === "") this.#request.shared?.names.add(file, { source, hasLines }, offsets, frames);
    }
  }

  /** The file's key in the names that targets share; "": without a build-id it could be another file by now. */
  #fileOf({ buildId, path }: ModuleInfo, debugFile: string): string {
    const { shared } = this.#request;
    return shared === undefined || buildId === "" ? "" : JSON.stringify([shared.rootId, buildId, path, debugFile]);
  }

  /** Takes over the names that another target asked for; returns the offsets that are left to ask for. */
  #takeKnown(module: ModuleInfo, file: string, debugFile: string, wanted: Set<number>): number[] {
    const all = [...wanted];
    const names = file === "" ? undefined : this.#request.shared?.names.of(file);
    if (names === undefined) return all;
    const known = all.filter((offset) => names.frames.has(offset));
    const frames = known.flatMap((offset) => names.frames.get(offset) ?? []);
    const { source, hasLines } = names;
    if (known.length > 0) this.#learn(module, known, frames, { problem: "", source, lines: hasLines, debugFile });
    return all.filter((offset) => !names.frames.has(offset));
  }

  async #answer({ path, buildId }: ModuleInfo, offsets: Float64Array, debugFile: string): Promise<SymbolAnswer | null> {
    const { symbolize, root, debugFiles } = this.#request;
    const query = { path, buildId, root, debugFile, offsets };
    try {
      let answer = await symbolize(query);
      // The target's root may be gone or closed to us. Ours may hold the same file, which its build-id proves.
      if (answer.problem !== "" && root !== "" && answer.source === "")
        answer = await symbolize({ ...query, root: "" });
      if (!answer.hasLines && buildId !== "") debugFiles?.want(buildId, path);
      return answer;
    } catch {
      return null;
    }
  }

  #learn(module: ModuleInfo, offsets: ArrayLike<number>, frames: readonly FrameName[], facts: AnswerFacts): void {
    const key = keyOf(module);
    const known = this.#modules.get(key) ?? unknown(module);
    this.#modules.set(key, known);
    const { debugFile, ...stats } = facts;
    known.debugFile = debugFile;
    Object.assign(known.stats, stats);
    const starts = known.starts.get(module.id) ?? new Map<number, number>();
    known.starts.set(module.id, starts);
    frames.forEach((frame, i) => {
      known.names.set(offsets[i] ?? 0, { frame, round: this.#round });
      known.stats.frames++;
      if (!frame.named) known.stats.unnamed++;
      if (frame.start !== undefined) starts.set(frame.start, (starts.get(frame.start) ?? 0) + 1);
    });
  }

  /** What this window did not use goes when there is too much. */
  #forget(): void {
    if (this.size <= this.#limits.addresses) return;
    for (const known of this.#modules.values())
      for (const [offset, { round }] of known.names) if (round !== this.#round) known.names.delete(offset);
  }
}

function unknown({ path, buildId }: ModuleInfo): Known {
  const counts = { frames: 0, byType: 0, byRole: 0, unnamed: 0 };
  const stats = { path, buildId, ...counts, problem: "", source: "", lines: false, debuginfod: "" };
  return { names: new Map(), stats, starts: new Map(), debugFile: "" };
}

const keyOf = (module: ModuleInfo): string => `${module.buildId} ${module.path}`;
