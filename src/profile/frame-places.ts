// Which frames has a window, each once? Numbers for places in modules; bounded by who asks, made to find a known one at once.
// SPDX-License-Identifier: MPL-2.0

import { HashIndex, mix } from "../model/hash-index.js";

export interface Frame {
  /** Directory id; 0 = unknown. */
  module: number;
  offset: number;
}

const FIRST_PLACES = 4096;

export class FramePlaces {
  readonly #index = new HashIndex();
  /** Module and offset of each frame, side by side; frames are made of it at the end. */
  #places = new Float64Array(FIRST_PLACES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Its number, from 0; -1: it is not known and `full` permits no more. */
  number(module: number, offset: number, full: boolean): number {
    const places = this.#places;
    const hash = mix(mix(mix(1, module), offset | 0), offset / 2 ** 32);
    for (let slot = this.#index.seek(hash); slot >= 0; slot = this.#index.seek(hash, slot)) {
      const number = this.#index.at(slot);
      if (places[2 * number] === module && places[2 * number + 1] === offset) return number;
    }
    return full ? -1 : this.#add(hash, module, offset);
  }

  /** All of them by their numbers; the next one is the first again. */
  take(): Frame[] {
    const frames = Array.from({ length: this.#count }, (_, i) => {
      return { module: this.#places[2 * i] ?? 0, offset: this.#places[2 * i + 1] ?? 0 };
    });
    this.#count = 0;
    this.#index.clear();
    return frames;
  }

  #add(hash: number, module: number, offset: number): number {
    const number = this.#count++;
    if (2 * number >= this.#places.length) this.#places = grown(this.#places);
    this.#places[2 * number] = module;
    this.#places[2 * number + 1] = offset;
    this.#index.add(hash, number);
    return number;
  }
}

function grown(places: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * places.length);
  larger.set(places);
  return larger;
}
