// Which number stands for a name, a frame or a stack in a Perfetto trace? Each is written once, before it is used; with too many all begin anew.
// SPDX-License-Identifier: MPL-2.0

import { perfettoFields as fields } from "./perfetto-fields.js";
import { ProtoWriter } from "./proto-writer.js";

/** Of names together, and of stacks: what is held in memory here, and in the viewer. */
const MOST_CHARS = 30_000_000;
const MOST_STACKS = 200_000;

export class InternedNames {
  readonly #fresh = new ProtoWriter();
  readonly #row = new ProtoWriter();
  readonly #ids = new ProtoWriter();
  readonly #events = new Map<string, number>();
  readonly #functions = new Map<string, number>();
  readonly #mappings = new Map<string, number>();
  readonly #frames = new Map<string, number>();
  readonly #stacks = new Map<string, number>();
  #chars = 0;
  /** Numbers of another generation mean nothing. */
  generation = 0;

  get full(): boolean {
    return this.#chars > MOST_CHARS || this.#stacks.size > MOST_STACKS;
  }

  clear(): void {
    for (const map of [this.#events, this.#functions, this.#mappings, this.#frames, this.#stacks]) map.clear();
    this.#chars = 0;
    this.generation++;
  }

  /** What was met for the first time, as InternedData; until the next call. */
  take(): Uint8Array {
    const bytes = Uint8Array.from(this.#fresh.view());
    this.#fresh.clear();
    return bytes;
  }

  event(name: string): number {
    return this.#id(this.#events, name, (id) => this.#text(fields.InternedData.event_names, id, name));
  }

  frame(name: string, module: string): number {
    return this.#id(this.#frames, `${module}\0${name}`, (id) => {
      const [code, mapping] = [this.#function(name), this.#mapping(module)];
      this.#start(fields.Frame.iid, id);
      this.#row.number(fields.Frame.function_name_id, code);
      this.#row.number(fields.Frame.mapping_id, mapping);
      this.#fresh.message(fields.InternedData.frames, this.#row.view());
    });
  }

  /** Frames outermost first. */
  callstack(frames: readonly number[]): number {
    return this.#id(this.#stacks, frames.join(" "), (id) => {
      this.#start(fields.Callstack.iid, id);
      this.#repeated(fields.Callstack.frame_ids, frames);
      this.#fresh.message(fields.InternedData.callstacks, this.#row.view());
    });
  }

  #function(name: string): number {
    return this.#id(this.#functions, name, (id) => this.#text(fields.InternedData.function_names, id, name));
  }

  /** A frame without one is not shown: what has no module has one without a name. */
  #mapping(module: string): number {
    return this.#id(this.#mappings, module, (id) => {
      this.#text(fields.InternedData.mapping_paths, id, module);
      this.#start(fields.Mapping.iid, id);
      this.#repeated(fields.Mapping.path_string_ids, [id]);
      this.#fresh.message(fields.InternedData.mappings, this.#row.view());
    });
  }

  /** EventName and InternedString have the same numbers. */
  #text(field: number, id: number, text: string): void {
    this.#start(fields.InternedString.iid, id);
    this.#row.text(fields.InternedString.str, text);
    this.#fresh.message(field, this.#row.view());
  }

  #start(field: number, id: number): void {
    this.#row.clear();
    this.#row.number(field, id);
  }

  /** One by one: the schema has them unpacked. */
  #repeated(field: number, numbers: readonly number[]): void {
    this.#ids.clear();
    for (const number of numbers) this.#ids.number(field, number);
    this.#row.append(this.#ids.view());
  }

  #id(known: Map<string, number>, key: string, write: (id: number) => void): number {
    const id = known.get(key);
    if (id !== undefined) return id;
    const fresh = known.size + 1; // 0 is none
    known.set(key, fresh);
    this.#chars += key.length;
    write(fresh);
    return fresh;
  }
}
