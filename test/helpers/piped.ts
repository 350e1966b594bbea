// How does a test say which elements a pipeline has, and what went through them? As a topology, and as cells that grow.
// SPDX-License-Identifier: MPL-2.0

import type { CellSnapshot } from "../../src/model/batch.js";
import { Topology } from "../../src/model/topology.js";
import { cellOf, histogramOf } from "./cells.js";
import { Entries } from "./entries.js";

interface Ends {
  sink: number;
  src: number;
}

/** A source, a queue that drives the rest, an encoder and a muxer with a thread of its own, which writes to a sink. */
export class Piped {
  readonly topology = new Topology();
  readonly entries = new Entries();
  readonly pipeline: number;
  readonly elements: Record<string, number> = {};
  readonly #ends: Record<string, Ends> = {};
  #told = 0;

  constructor(name = "p") {
    this.pipeline = this.entries.pipeline(name);
    for (const [element, factory, flags] of [
      ["src", "videotestsrc", 2],
      ["q", "queue", 0],
      ["enc", "x264enc", 0],
      ["mux", "mpegtsmux", 0],
      ["out", "filesink", 4],
    ] as const)
      this.add(element, factory, flags);
    this.told();
  }

  add(name: string, factory: string, flags = 0): void {
    this.#within(this.pipeline, name, factory, flags);
  }

  #within(parent: number, name: string, factory: string, flags: number): void {
    const element = this.entries.element(parent, name, factory, flags);
    this.elements[name] = element;
    const [sink, src] = (["sink", "src"] as const).map((pad) => this.entries.pad(element, pad, pad, pad));
    this.#ends[name] = { sink: sink ?? 0, src: src ?? 0 };
  }

  /** A bin that publishes under a name, and the sink in it, which the muxer feeds. */
  publisher(bin: string, stream: string): void {
    const id = this.entries.bin(this.pipeline, bin, "hlssink2");
    this.entries.all.at(-1)?.texts.push("", "", stream);
    this.#within(id, `${bin}-sink`, "filesink", 4);
  }

  caps(element: string, caps: string): void {
    this.entries.all.push({
      ...{ id: 100_000 + this.entries.all.length, kind: "caps", parent: 0, texts: [caps] },
      ...{ value0: this.padOf(element), value1: 0 },
    });
    this.told();
  }

  /** The topology learns what was added. */
  told(): void {
    this.topology.add(this.entries.all.slice(this.#told));
    this.#told = this.entries.all.length;
  }

  /** Its sink pad. */
  padOf = (element: string): number => this.#ends[element]?.sink ?? 0;

  hop(from: string, to: string, inclusiveNs: readonly number[], change: Partial<CellSnapshot> = {}): CellSnapshot {
    return cellOf(this.padOf(to), inclusiveNs, { peer: this.#ends[from]?.src ?? 0, ...change });
  }

  driver(element: string, ns: readonly number[]): CellSnapshot {
    return this.#beside(this.#ends[element]?.src ?? 0, {
      kind: "driver",
      exclusive: histogramOf(ns),
      invocations: ns.length,
    });
  }

  queue(element: string, ns: readonly number[], change: Partial<CellSnapshot> = {}): CellSnapshot {
    const through = { inclusive: histogramOf(ns), invocations: ns.length, buffers: ns.length };
    return this.#beside(this.padOf(element), {
      kind: "queue",
      peer: this.#ends[element]?.src ?? 0,
      ...through,
      ...change,
    });
  }

  #beside(pad: number, change: Partial<CellSnapshot>): CellSnapshot {
    return cellOf(pad, [], change);
  }

  /** All that `n` buffers have left behind; an element takes twice its `ownNs` and calls nobody in it. */
  after(n: number, ownNs = 1e6): CellSnapshot[] {
    const times = (ns: number, count = n) => Array<number>(count).fill(ns);
    return [
      this.driver("src", times(2e6)),
      this.hop("src", "q", times(1000)),
      this.queue("q", times(5e6), { level: n % 5, highestLevel: 4 }),
      this.driver("q", times(3e6)),
      this.hop("q", "enc", times(2 * ownNs)),
      this.hop("enc", "mux", times(2000)),
      this.driver("mux", times(30e6)),
      // Seven packets a call.
      this.hop("mux", "out", times(500), { buffers: 7 * n, bytes: 7 * 188 * n }),
    ];
  }
}
