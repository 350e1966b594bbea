// Where do the names of a capture's modules come from, long after? Files on this machine, a folder that a person named, servers.
// SPDX-License-Identifier: MPL-2.0

import type { ModuleKey, PlacesOfModule } from "../../capture/module-places.js";
import type { ModuleNames } from "../../model/recording.js";
import type { NativeAddon } from "../../native.js";
import type { BuildIdFolder } from "../../symbols/build-id-folder.js";
import type { Debuginfod } from "../../symbols/debuginfod.js";
import type { DebugFiles } from "../../symbols/symbols.js";

export interface SourceParts {
  native: Pick<NativeAddon, "symbolize">;
  /** null: no folder was named. */
  from: BuildIdFolder | null;
  debuginfod: Debuginfod;
}

/** What the best file says of a module; fields as in capture.json. */
export type ModuleSource = Pick<ModuleNames, "source" | "lines" | "problem" | "debuginfod">;

/** As capture.json calls a file of the folder that a person named. */
export const FROM_FOLDER = "--from";

export class SymbolSources implements DebugFiles {
  readonly #parts: SourceParts;
  readonly #known = new Map<string, ModuleSource>();

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /** Looks at the files of each module, and waits for those that servers have and nobody here. */
  async gather(modules: readonly PlacesOfModule[]): Promise<void> {
    const { debuginfod } = this.#parts;
    for (const module of modules) {
      const { lines } = await this.#look(module);
      if (!lines) debuginfod.want(module.buildId, module.path);
    }
    await debuginfod.settled();
    for (const module of modules) if (debuginfod.outcome(module.buildId) === "found") await this.#look(module);
  }

  /** undefined: it was not gathered. */
  of({ path, buildId }: ModuleKey): ModuleSource | undefined {
    return this.#known.get(`${buildId} ${path}`);
  }

  file(buildId: string): string {
    return this.#parts.from?.file(buildId) || this.#parts.debuginfod.file(buildId);
  }

  /** All that servers have was asked for. */
  want(): void {}

  outcome(buildId: string): string {
    return this.#parts.debuginfod.outcome(buildId);
  }

  async #look({ path, buildId, origins }: PlacesOfModule): Promise<ModuleSource> {
    const [address = 0] = origins.keys();
    const query = { path, buildId, root: "", debugFile: this.file(buildId), offsets: Float64Array.of(address) };
    const { source, hasLines, problem } = await this.#parts.native.symbolize(query);
    const isFromFolder = source === "debuginfod" && this.#parts.from?.file(buildId);
    const known = { source: isFromFolder ? FROM_FOLDER : source, lines: hasLines, problem };
    this.#known.set(`${buildId} ${path}`, { ...known, debuginfod: this.outcome(buildId) });
    return { ...known, debuginfod: "" };
  }
}
