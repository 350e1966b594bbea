// Which frames were named already for another target of this process? By the file that their names are from, while there is room.
// SPDX-License-Identifier: MPL-2.0

import type { FrameName } from "../model/symbol.js";

/** The names that one file gave so far, whichever target asked. */
export interface FileNames {
  readonly frames: Map<number, FrameName>;
  /** As in SymbolAnswer. */
  source: string;
  hasLines: boolean;
}

/** Of all files together. */
const MOST_ADDRESSES = 40_000;

export class KnownNames {
  /** The one that was used last is the last one. */
  readonly #files = new Map<string, FileNames>();
  readonly #most: number;
  #size = 0;

  constructor(most = MOST_ADDRESSES) {
    this.#most = most;
  }

  /** `file`: a key that is equal for equal files only. */
  of(file: string): FileNames | undefined {
    const names = this.#files.get(file);
    if (names === undefined) return undefined;
    this.#files.delete(file);
    this.#files.set(file, names);
    return names;
  }

  add(file: string, said: Omit<FileNames, "frames">, offsets: ArrayLike<number>, frames: readonly FrameName[]): void {
    const names = this.of(file) ?? { frames: new Map(), ...said };
    Object.assign(names, said);
    this.#files.set(file, names);
    const before = names.frames.size;
    frames.forEach((frame, i) => void names.frames.set(offsets[i] ?? 0, frame));
    this.#size += names.frames.size - before;
    for (const [oldest, { frames: gone }] of this.#files) {
      if (this.#size <= this.#most) break;
      this.#files.delete(oldest);
      this.#size -= gone.size;
    }
  }
}
