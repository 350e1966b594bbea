// How many frames of each module have a symbol, a name of another origin, or none? Counted over all profiles of a capture:
// one that got its symbol during the recording lacks it in the profiles before, so it lacks it.
// SPDX-License-Identifier: MPL-2.0

import type { Origin, Place } from "./profile-names.js";

export type ModuleKey = Pick<Place, "path" | "buildId">;

/** Distinct addresses of one module. */
export interface PlacesOfModule extends ModuleKey {
  /** By address; a symbol where every profile has it. */
  readonly origins: Map<number, Origin>;
  /** In every profile. */
  readonly withLine: Set<number>;
}

/** Of all modules together; those behind are not counted. */
const MOST_PLACES = 500_000;

export class ModulePlaces {
  readonly #modules = new Map<string, PlacesOfModule>();
  #size = 0;

  add({ path, buildId, address, origin, hasLine }: Place): void {
    const key = keyOf({ path, buildId });
    const module = this.#modules.get(key) ?? { path, buildId, origins: new Map(), withLine: new Set() };
    this.#modules.set(key, module);
    if (module.origins.has(address)) {
      if (origin !== "symbol") module.origins.set(address, origin);
      if (!hasLine) module.withLine.delete(address);
    } else if (this.#size++ < MOST_PLACES) {
      module.origins.set(address, origin);
      if (hasLine) module.withLine.add(address);
    }
  }

  get modules(): PlacesOfModule[] {
    return [...this.#modules.values()];
  }

  of(module: ModuleKey): PlacesOfModule | undefined {
    return this.#modules.get(keyOf(module));
  }

  /** Frames that a symbol may still name. */
  get nameless(): number {
    return this.modules.reduce((sum, module) => sum + namelessIn(module), 0);
  }

  get withLine(): number {
    return this.modules.reduce((sum, module) => sum + module.withLine.size, 0);
  }
}

export const namelessIn = ({ origins }: PlacesOfModule): number =>
  [...origins.values()].filter((origin) => origin !== "symbol").length;

const keyOf = ({ path, buildId }: ModuleKey): string => `${buildId} ${path}`;
