// What do locations, functions and label sets of a profile point to? Columns for the addon, each thing once, as it is met.
// SPDX-License-Identifier: MPL-2.0

import { type Label, wellFormed } from "../model/labels.js";
import { MAX_PATH } from "../model/symbol.js";
import type { PprofNames } from "../native.js";
import { type Locations, type NamedFrame, type NamedLine, namedBy } from "./location-table.js";
import type { ModuleInfo } from "./request.js";

/** Directory id that stands for code without a module, our own markers included. */
const NO_MODULE = 0;
/** Way to name a frame of ours: it is counted nowhere. */
const NOT_COUNTED = 255;

export class NameColumns implements Locations {
  readonly #texts = new Map([["", 0]]);
  /** By directory id. */
  readonly #modules = new Map<number, number>();
  readonly #modulePath: number[] = [];
  readonly #moduleBuildId: number[] = [];
  readonly #moduleSize: number[] = [];
  readonly #functions = new Map<string, number>();
  readonly #functionName: number[] = [];
  readonly #functionSystemName: number[] = [];
  readonly #functionFile: number[] = [];
  readonly #lineFunction: number[] = [];
  readonly #lineNumber: number[] = [];
  readonly #locationModule: number[] = [];
  readonly #locationAddress: number[] = [];
  readonly #locationLineEnd: number[] = [];
  readonly #synthetic = new Map<string, number>();
  /** Of ours. */
  readonly #uncounted = new Set<number>();
  readonly #labelEnd: number[] = [];
  readonly #labelKey: number[] = [];
  readonly #labelText: number[] = [];

  /** The caller asks once for each place. */
  location(module: number, offset: number, { lines, module: info }: NamedFrame): number {
    this.#locationModule.push(this.#module(module, info));
    this.#locationAddress.push(offset);
    for (const line of lines) {
      this.#lineFunction.push(this.#function(line));
      this.#lineNumber.push(Math.max(0, line.line));
    }
    return this.#locationLineEnd.push(this.#lineFunction.length);
  }

  /** A frame of ours, such as "(no stack)". */
  synthetic(name: string): number {
    const known = this.#synthetic.get(name);
    if (known !== undefined) return known;
    const id = this.location(NO_MODULE, 0, { lines: [{ name, file: "", line: 0 }], module: undefined });
    this.#synthetic.set(name, id);
    this.#uncounted.add(id);
    return id;
  }

  /** The number of a label set that has these. */
  labelSet(labels: readonly Label[]): number {
    for (const [name, value] of labels) {
      this.#labelKey.push(this.text(name));
      this.#labelText.push(this.text(value));
    }
    return this.#labelEnd.push(this.#labelKey.length) - 1;
  }

  text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.size;
    this.#texts.set(text, number);
    return number;
  }

  /** `namedBy`: what names each location. */
  columns(by: (location: number) => number): PprofNames {
    const namedByOf = (_: number, i: number) => (this.#uncounted.has(i + 1) ? NOT_COUNTED : by(i + 1));
    return {
      texts: [...this.#texts.keys()],
      modulePath: Uint32Array.from(this.#modulePath),
      moduleBuildId: Uint32Array.from(this.#moduleBuildId),
      moduleSize: Float64Array.from(this.#moduleSize),
      functionName: Uint32Array.from(this.#functionName),
      functionSystemName: Uint32Array.from(this.#functionSystemName),
      functionFile: Uint32Array.from(this.#functionFile),
      lineFunction: Uint32Array.from(this.#lineFunction),
      lineNumber: Uint32Array.from(this.#lineNumber),
      locationModule: Uint32Array.from(this.#locationModule),
      locationAddress: Float64Array.from(this.#locationAddress),
      locationLineEnd: Uint32Array.from(this.#locationLineEnd),
      locationNamedBy: Uint8Array.from(this.#locationModule, namedByOf),
      labelEnd: Uint32Array.from(this.#labelEnd),
      labelKey: Uint32Array.from(this.#labelKey),
      labelText: Uint32Array.from(this.#labelText),
    };
  }

  /** Two files may have functions of one name. */
  #function({ name, file, systemName = name }: NamedLine): number {
    const key = file === "" && systemName === name ? name : `${name}\0${file}\0${systemName}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const number = this.#functionName.push(this.text(name)) - 1;
    this.#functionSystemName.push(this.text(systemName));
    this.#functionFile.push(this.text(wellFormed(file, MAX_PATH)));
    this.#functions.set(key, number);
    return number;
  }

  #module(id: number, info: ModuleInfo | undefined): number {
    const key = info === undefined ? NO_MODULE : id;
    const known = this.#modules.get(key);
    if (known !== undefined) return known;
    const number = this.#modulePath.push(this.text(wellFormed(info?.path ?? "", MAX_PATH) || "[unknown]")) - 1;
    this.#moduleBuildId.push(this.text(info?.buildId ?? ""));
    this.#moduleSize.push(info?.size ?? 0);
    this.#modules.set(key, number);
    return number;
  }
}

/** Nobody asks what named them. */
export const byNothing = (): number => namedBy.nothing;
