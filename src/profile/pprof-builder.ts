// Which tables does a pprof message consist of? Mappings, locations, functions and strings, each thing once.
// SPDX-License-Identifier: MPL-2.0

import { ProtoWriter } from "../encoding/proto-writer.js";
import { type Label as LabelPair, wellFormed } from "../model/labels.js";
import { type FrameLine, MAX_PATH } from "../model/symbol.js";
import type { ModuleInfo } from "./request.js";

export interface ProfileHead {
  /** Its value is CPU time, or wall time. */
  kind: "cpu" | "wall";
  timeNanos: bigint;
  durationNs: number;
  sampleRate: number;
}

/** `systemName`: of a function that is not called by its symbol, see LocationTable. */
type NamedLine = FrameLine & { systemName?: string | undefined };

export interface NamedFrame {
  /** The innermost inlined function first; none: a server shall name it. */
  lines: readonly NamedLine[];
  module: ModuleInfo | undefined;
  /** Of a frame in a function without a symbol: where that begins. */
  start?: number | undefined;
}

interface Mapping {
  id: number;
  /** Where its code ends. */
  limit: number;
  filename: number;
  buildId: number;
  /** False: its locations have addresses only. */
  named: boolean;
}

/** Numbers of the fields in pprof's profile.proto. */
const field = {
  profile: {
    sampleType: 1,
    sample: 2,
    mapping: 3,
    location: 4,
    function: 5,
    string: 6,
    time: 9,
    duration: 10,
    periodType: 11,
    period: 12,
  },
  valueType: { type: 1, unit: 2 },
  sample: { location: 1, value: 2, label: 3 },
  label: { key: 1, text: 2 },
  mapping: { id: 1, limit: 3, filename: 5, buildId: 6, hasFunctions: 7 },
  location: { id: 1, mapping: 2, address: 3, line: 4 },
  line: { function: 1, line: 2 },
  function: { id: 1, name: 2, systemName: 3, filename: 4 },
} as const;
/** Directory id that stands for code without a module, our own markers included. */
const NO_MODULE = 0;

/** One profile: `process_cpu:cpu:nanoseconds:cpu:nanoseconds` or `wall:wall:nanoseconds:wall:nanoseconds` once it has its name. */
export class PprofBuilder {
  readonly head: Pick<ProfileHead, "timeNanos" | "durationNs">;
  readonly #head: ProfileHead;
  /** Samples, locations, functions and strings, as they come. */
  readonly #body = new ProtoWriter();
  readonly #part = new ProtoWriter();
  readonly #inner = new ProtoWriter();
  readonly #strings = new Map<string, number>();
  readonly #mappings = new Map<number, Mapping>();
  readonly #functions = new Map<string, number>();
  readonly #synthetic = new Map<string, number>();
  #locations = 0;

  constructor(head: ProfileHead) {
    this.head = { timeNanos: head.timeNanos, durationNs: head.durationNs };
    this.#head = head;
    this.#string(""); // number 0, always
    this.#valueType(); // its strings have numbers before anything is encoded
  }

  encode(): Uint8Array {
    const out = new ProtoWriter();
    const { sampleType, mapping, time, duration, periodType, period } = field.profile;
    this.#valueType();
    out.message(sampleType, this.#part.view());
    out.message(periodType, this.#part.view());
    out.number(period, Math.round(1e9 / Math.max(this.#head.sampleRate, 1)));
    out.varint(time << 3);
    out.longVarint(this.#head.timeNanos);
    out.number(duration, Math.max(0, Math.round(this.#head.durationNs)));
    for (const one of this.#mappings.values()) {
      this.#describe(one);
      out.message(mapping, this.#part.view());
    }
    out.append(this.#body.view());
    return out.view();
  }

  /** What `sample` takes as a label set. */
  labels(pairs: readonly LabelPair[]): Uint8Array {
    const labels = new ProtoWriter();
    for (const [name, value] of pairs) {
      this.#part.clear();
      this.#part.number(field.label.key, this.#string(name));
      this.#part.number(field.label.text, this.#string(value));
      labels.message(field.sample.label, this.#part.view());
    }
    return labels.view();
  }

  /** `labels`, `more`: of labels(); a copy of them is written. */
  sample(locations: ArrayLike<number>, ns: number, labels: Uint8Array, more: Uint8Array): void {
    const part = this.#part;
    part.clear();
    this.#inner.clear();
    for (let i = 0; i < locations.length; i++) this.#inner.varint(locations[i] ?? 0);
    part.message(field.sample.location, this.#inner.view());
    this.#inner.clear();
    this.#inner.varint(ns);
    part.message(field.sample.value, this.#inner.view());
    part.append(labels);
    part.append(more);
    this.#body.message(field.profile.sample, part.view());
  }

  /** The caller asks once for each place. */
  location(module: number, offset: number, frame: NamedFrame): number {
    return this.#addLocation(this.#mapping(module, frame, offset), offset, frame.lines);
  }

  /** A frame of ours, such as "(no stack)". */
  synthetic(name: string): number {
    let id = this.#synthetic.get(name);
    if (id === undefined) {
      const lines = [{ name, file: "", line: 0 }];
      id = this.#addLocation(this.#mapping(NO_MODULE, { lines, module: undefined }, 0), 0, lines);
      this.#synthetic.set(name, id);
    }
    return id;
  }

  #addLocation(mapping: number, address: number, lines: readonly NamedLine[]): number {
    const id = ++this.#locations; // 0 is refused by servers
    const functions = lines.map((line) => this.#function(line));
    this.#part.clear();
    this.#part.number(field.location.id, id);
    this.#part.number(field.location.mapping, mapping);
    this.#part.number(field.location.address, address);
    lines.forEach(({ line }, i) => {
      this.#inner.clear();
      this.#inner.number(field.line.function, functions[i] ?? 0);
      if (line > 0) this.#inner.number(field.line.line, line);
      this.#part.message(field.location.line, this.#inner.view());
    });
    this.#body.message(field.profile.location, this.#part.view());
    return id;
  }

  /** Two files may have functions of one name. */
  #function({ name, file, systemName = name }: NamedLine): number {
    const key = file === "" && systemName === name ? name : `${name}\0${file}\0${systemName}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const id = this.#functions.size + 1;
    const text = this.#string(name);
    const system = systemName === name ? text : this.#string(systemName);
    const filename = this.#string(wellFormed(file, MAX_PATH));
    this.#part.clear();
    this.#part.number(field.function.id, id);
    this.#part.number(field.function.name, text);
    this.#part.number(field.function.systemName, system);
    if (filename > 0) this.#part.number(field.function.filename, filename);
    this.#body.message(field.profile.function, this.#part.view());
    this.#functions.set(key, id);
    return id;
  }

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const number = this.#strings.size;
    this.#strings.set(text, number);
    this.#body.text(field.profile.string, text);
    return number;
  }

  // Addresses are ELF virtual addresses, so every mapping starts at 0. What a server shall name has one of its own.
  #mapping(module: number, { module: info, lines }: NamedFrame, offset: number): number {
    const named = lines.length > 0;
    const slot = 2 * (info === undefined ? NO_MODULE : module) + (named ? 0 : 1);
    let mapping = this.#mappings.get(slot);
    if (mapping === undefined) {
      const filename = this.#string(wellFormed(info?.path ?? "", MAX_PATH) || "[unknown]");
      const buildId = this.#string(info?.buildId ?? "");
      mapping = { id: this.#mappings.size + 1, limit: info?.size ?? 0, filename, buildId, named };
      this.#mappings.set(slot, mapping);
    }
    mapping.limit = Math.max(mapping.limit, offset + 1);
    return mapping.id;
  }

  // Marked as having functions, the unknown one too: servers would look for symbols of their own otherwise, and answer
  // slower. That is what is wanted of the others.
  #describe({ id, limit, filename, buildId, named }: Mapping): void {
    this.#part.clear();
    this.#part.number(field.mapping.id, id);
    this.#part.number(field.mapping.limit, limit);
    this.#part.number(field.mapping.filename, filename);
    this.#part.number(field.mapping.buildId, buildId);
    if (named) this.#part.number(field.mapping.hasFunctions, 1);
  }

  #valueType(): void {
    this.#part.clear();
    this.#part.number(field.valueType.type, this.#string(this.#head.kind));
    this.#part.number(field.valueType.unit, this.#string("nanoseconds"));
  }
}
