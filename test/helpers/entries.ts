// How do tests say what a directory holds without a segment?
// SPDX-License-Identifier: MPL-2.0

import type { DirectoryEntry } from "../../src/model/batch.js";
import { autoPrefix } from "../../src/model/display-names.js";

/** Builds entries with consecutive ids, as a target would; the first is the overflow entry. */
export class Entries {
  readonly all: DirectoryEntry[] = [
    { id: 1, kind: "overflow", parent: 0, texts: ["(overflow)"], value0: 0, value1: 0 },
  ];

  readonly #numbers = new Map<string, string[]>();

  pipeline(name: string, ordinal = 1, factory = "pipeline"): number {
    return this.#add("pipeline", 0, [name, factory], ordinal);
  }
  element(parent: number, name: string, factory: string, flags = 0): number {
    return this.#add("element", parent, [name, factory, "plugin", "Klass"], flags);
  }
  bin(parent: number, name: string, factory = "bin"): number {
    return this.element(parent, name, factory, 1);
  }
  pad(element: number, name: string, template: string, direction: "src" | "sink"): number {
    return this.#add("pad", element, [name, template], direction === "src" ? 1 : 2);
  }
  thread(name: string): number {
    return this.#add("thread", 0, [name]);
  }
  fact(key: string, value: string, number = 0): number {
    return this.#add("fact", 0, [key, value], number);
  }
  module(path: string, buildId: string, kind = 0, size = 4096): number {
    return this.#add("module", 0, [path, buildId], kind, size);
  }

  caps(pad: number, text: string): number {
    return this.#add("caps", 0, [text], pad);
  }

  functions(...lines: string[]): number {
    return this.#add("functions", 0, [lines.map((line) => `${line}\n`).join("")], lines.length);
  }

  #add(kind: DirectoryEntry["kind"], parent: number, texts: string[], value0 = 0, value1 = 0): number {
    const number = kind === "pipeline" || kind === "element" ? this.#number(parent, texts) : value1;
    return this.all.push({ id: this.all.length + 1, kind, parent, texts, value0, value1: number });
  }

  /** As the tracer numbers what lives: automatic names in the order in which they came, in each pipeline. */
  #number(parent: number, [name = "", factory = ""]: string[]): number {
    const prefix = autoPrefix(name, factory);
    if (prefix === null) return 0;
    let scope = parent;
    for (let above = this.all[scope - 1]; above?.kind === "element"; above = this.all[scope - 1]) scope = above.parent;
    const names = this.#numbers.get(`${scope} ${prefix}`) ?? [];
    this.#numbers.set(`${scope} ${prefix}`, names);
    if (!names.includes(name)) names.push(name);
    return names.indexOf(name) + 1;
  }
}
