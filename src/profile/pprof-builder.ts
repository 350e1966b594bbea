// Which tables does a pprof message consist of? Mappings, locations, functions and strings, each thing once.
// SPDX-License-Identifier: MPL-2.0

import {
  Label,
  Location,
  Mapping,
  Function as PprofFunction,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import { type Label as LabelPair, wellFormed } from "../model/labels.js";
import type { ModuleInfo } from "./pprof.js";

export interface ProfileHead {
  timeNanos: bigint;
  durationNs: number;
  sampleRate: number;
}

export interface NamedFrame {
  name: string;
  named: boolean;
  module: ModuleInfo | undefined;
}

/** Directory id that stands for code without a module, our own markers included. */
const NO_MODULE = 0;
const MAX_PATH = 4096;

/** One profile of CPU time: `process_cpu:cpu:nanoseconds:cpu:nanoseconds` once it has its name. */
export class PprofBuilder {
  readonly head: Pick<ProfileHead, "timeNanos" | "durationNs">;
  readonly #strings = new StringTable();
  readonly #profile: Profile;
  readonly #mappings = new Map<number, Mapping>();
  readonly #locations = new Map<string, { id: number; named: boolean }>();
  readonly #functions = new Map<string, number>();

  constructor(head: ProfileHead) {
    this.head = { timeNanos: head.timeNanos, durationNs: head.durationNs };
    const cpu = { type: this.#strings.dedup("cpu"), unit: this.#strings.dedup("nanoseconds") };
    this.#profile = new Profile({
      stringTable: this.#strings,
      sampleType: [new ValueType(cpu)],
      periodType: new ValueType(cpu),
      period: Math.round(1e9 / Math.max(head.sampleRate, 1)),
      timeNanos: head.timeNanos,
      durationNanos: Math.max(0, Math.round(head.durationNs)),
    });
  }

  /** Bytes that encode() will make. */
  get length(): number {
    return this.#profile.length;
  }

  encode(): Uint8Array {
    return this.#profile.encode();
  }

  /** String indexes of a label set: key, value, key, value … */
  labels(pairs: readonly LabelPair[]): number[] {
    return pairs.flatMap(([name, value]) => [this.#strings.dedup(name), this.#strings.dedup(value)]);
  }

  sample(locationId: number[], ns: number, labels: readonly number[]): void {
    const label: Label[] = [];
    for (let i = 0; i < labels.length; i += 2) label.push(new Label({ key: labels[i] ?? 0, str: labels[i + 1] ?? 0 }));
    this.#profile.sample.push(new Sample({ locationId, value: [ns], label }));
  }

  location(module: number, offset: number, resolve: () => NamedFrame): { id: number; named: boolean } {
    const key = `${module} ${offset}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const frame = resolve();
    const id = this.#addLocation(this.#mapping(module, frame.module, offset), offset, frame.name);
    const location = { id, named: frame.named };
    this.#locations.set(key, location);
    return location;
  }

  /** A frame of ours, such as "(no stack)". */
  synthetic(name: string): number {
    const key = `(${name}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known.id;
    const id = this.#addLocation(this.#mapping(NO_MODULE, undefined, 0), 0, name);
    this.#locations.set(key, { id, named: true });
    return id;
  }

  #addLocation(mapping: Mapping, address: number, name: string): number {
    const id = this.#profile.location.length + 1; // 0 is refused by servers
    const functionId = this.#function(name);
    this.#profile.location.push(new Location({ id, mappingId: mapping.id, address, line: [{ functionId }] }));
    return id;
  }

  #function(name: string): number {
    const known = this.#functions.get(name);
    if (known !== undefined) return known;
    const id = this.#functions.size + 1;
    const text = this.#strings.dedup(name);
    this.#profile.function.push(new PprofFunction({ id, name: text, systemName: text }));
    this.#functions.set(name, id);
    return id;
  }

  // Addresses are ELF virtual addresses, so every mapping starts at 0. All are marked as having functions, the unknown one
  // too: servers would look for symbols of their own otherwise, and answer slower.
  #mapping(module: number, info: ModuleInfo | undefined, offset: number): Mapping {
    const slot = info === undefined ? NO_MODULE : module;
    let mapping = this.#mappings.get(slot);
    if (mapping === undefined) {
      mapping = new Mapping({
        id: this.#mappings.size + 1,
        filename: this.#strings.dedup(wellFormed(info?.path ?? "", MAX_PATH) || "[unknown]"),
        buildId: this.#strings.dedup(info?.buildId ?? ""),
        memoryLimit: info?.size ?? 0,
        hasFunctions: true,
      });
      this.#mappings.set(slot, mapping);
      this.#profile.mapping.push(mapping);
    }
    mapping.memoryLimit = Math.max(Number(mapping.memoryLimit), offset + 1);
    return mapping;
  }
}
