// Where in its pipeline is an element? Paths that take neither time nor memory with the square of what a target writes. Pure.
// SPDX-License-Identifier: MPL-2.0

/** Names in a path, and its length: what is beyond shows "…" and its own name, behind those above it that fitted. */
const MAX_DEPTH = 32;
const MAX_PATH = 1024;

/** Of a pipeline, bin or element: what the paths of those in it begin with. */
interface Place {
  depth: number;
  stem: string;
}

export class ElementPaths {
  readonly #places = new Map<number, Place>();

  has(id: number): boolean {
    return this.#places.has(id);
  }

  addPipeline(id: number, path: string): void {
    this.#places.set(id, { depth: 1, stem: path });
  }

  /** The path of an element that is called so below `parent`. */
  add(id: number, parent: number, name: string): string {
    const above = this.#places.get(parent);
    const depth = (above?.depth ?? 0) + 1;
    const path = above === undefined ? name : `${above.stem}/${name}`;
    const fits = depth <= MAX_DEPTH && path.length <= MAX_PATH;
    this.#places.set(id, above === undefined || fits ? { depth, stem: path } : { depth: MAX_DEPTH, stem: above.stem });
    return above === undefined || fits ? path : `${above.stem}/…/${name}`;
  }

  delete(id: number): void {
    this.#places.delete(id);
  }
}
