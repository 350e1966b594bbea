// How do the frames of one capture get the names that are known by now? Looked at first, then changed profile by profile.
// SPDX-License-Identifier: MPL-2.0

import { captureFiles } from "../../capture/format.js";
import { ModulePlaces } from "../../capture/module-places.js";
import { isOpen, type Place, type ProfileNames } from "../../capture/profile-names.js";
import { readCapture } from "../../capture/reader.js";
import { Renaming } from "../../capture/renaming.js";
import type { FrameLine } from "../../model/symbol.js";
import type { ModuleInfo } from "../../model/topology.js";
import type { NativeAddon } from "../../native.js";
import { Symbols, symbolLimits } from "../../symbols/symbols.js";
import { writeHtml } from "../report-file.js";
import type { SymbolSources } from "./symbol-sources.js";

export interface NamingParts {
  native: Pick<NativeAddon, "symbolize">;
  sources: SymbolSources;
  /** Is told before each profile. */
  progress: (profile: number, of: number) => void;
}

export class CaptureNames {
  readonly #dir: string;
  readonly #renaming: Renaming;

  private constructor(dir: string, renaming: Renaming) {
    this.#dir = dir;
    this.#renaming = renaming;
  }

  /** Nobody else writes there until close(). */
  static async open(dir: string): Promise<CaptureNames> {
    return new CaptureNames(dir, await Renaming.open(dir));
  }

  /** Gives the frames their names and writes what follows from them. Returns them as they are then. */
  async name(parts: NamingParts): Promise<ModulePlaces> {
    const places = new ModulePlaces();
    const lookUp = new LookUp(parts);
    for (const [i, profile] of this.#renaming.profiles.entries()) {
      parts.progress(i + 1, this.#renaming.profiles.length);
      const names = await this.#renaming.read(profile);
      if (await lookUp.name(names)) await this.#renaming.replace(profile, names);
      for (const place of names.places()) places.add(place);
    }
    if (this.#renaming.begun) await this.#finish(places, parts.sources);
    return places;
  }

  close(): Promise<void> {
    return this.#renaming.close();
  }

  /** What follows from the names. */
  async #finish(places: ModulePlaces, sources: SymbolSources): Promise<void> {
    await this.#renaming.changeModules(places, (module) => sources.of(module));
    await writeHtml(await readCapture(this.#dir), `${this.#renaming.place}/${captureFiles.report}`);
    await this.#renaming.finish();
  }
}

/** Addresses per question, which has seconds for its lines and no more: nobody waits for a window here. */
const BATCH = 500;

/** Asks for the names of one profile's frames at a time. */
class LookUp {
  readonly #modules = new Map<string, ModuleInfo>();
  readonly #byId: ModuleInfo[] = [];
  readonly #symbols: Symbols;

  constructor({ native, sources }: NamingParts) {
    this.#symbols = new Symbols({
      symbolize: (query) => native.symbolize(query),
      module: (id) => this.#byId[id],
      root: "",
      debugFiles: sources,
      limits: { ...symbolLimits, batch: BATCH },
    });
  }

  /** False: everything is called as before. */
  async name(names: ProfileNames): Promise<boolean> {
    const open = [...names.places()].filter(isOpen);
    await this.#symbols.resolve(open.map((place) => ({ module: this.#module(place), offset: place.address })));
    return names.name((place) => this.#lines(place)) > 0;
  }

  #lines(place: Place): readonly FrameLine[] | undefined {
    const { name, named, lines } = this.#symbols.name(this.#module(place), place.address);
    return named ? (lines ?? [{ name, file: "", line: 0 }]) : undefined;
  }

  #module({ path, buildId }: Place): number {
    const key = `${buildId} ${path}`;
    const known = this.#modules.get(key);
    if (known !== undefined) return known.id;
    const module: ModuleInfo = { id: this.#byId.length, path, buildId, kind: "file", size: 0 };
    this.#modules.set(key, module);
    this.#byId.push(module);
    return module.id;
  }
}
