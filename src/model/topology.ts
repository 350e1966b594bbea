// What do the ids in samples and cells mean? Directory entries in; pipelines, elements, pads, threads, modules, functions out. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { DirectoryEntry } from "./batch.js";
import { padLabel, shownName, threadLabel } from "./display-names.js";
import { ElementPaths } from "./element-paths.js";
import { ENDED, ENDED_ID } from "./ended.js";
import { FunctionNames } from "./function-names.js";
import {
  ELEMENT_BIN,
  ELEMENT_LEAKY,
  ELEMENT_SINK,
  ELEMENT_SOURCE,
  ELEMENT_SYNC,
  MAX_THREAD_NUMBER,
  moduleKinds,
} from "./wire.js";

export interface PipelineInfo {
  /** Its name, "#2" for the second living one of that name; a "/" is "\/". */
  path: string;
  /** Auto-numbered ones in order of appearance. */
  label: string;
}

export interface ElementInfo {
  id: number;
  /** Directory id; 0 = none known. */
  pipeline: number;
  name: string;
  factory: string;
  plugin: string;
  klass: string;
  bin: boolean;
  source: boolean;
  sink: boolean;
  /** A queue that throws away what does not fit. */
  leaky: boolean;
  /** A sink that waits for the clock. */
  sync: boolean;
  /** Of a queue: buffers that it takes at most; 0: not limited. Of a sink: the name that viewers know what it writes by; "" = not known. */
  capacity: number;
  published: string;
  /** pipeline/bin/element with the real names; "…" where it would be too deep or too long. */
  path: string;
  /** Its name as a label: the same in every run. */
  label: string;
}

export interface PadInfo {
  id: number;
  /** Directory id of its element. */
  element: number;
  name: string;
  direction: "src" | "sink";
  label: string;
  /** What it gets, as its caps say: "video/x-raw, format=I420, width=640"; "" = nobody told. */
  caps: string;
}

export interface ModuleInfo {
  id: number;
  path: string;
  /** Hex or "". */
  buildId: string;
  kind: "file" | "vdso" | "jit" | "anon";
  /** Bytes of its address range; 0 = unknown. */
  size: number;
}

/** An element's flags, by their bits. */
const flagBits = {
  bin: ELEMENT_BIN,
  source: ELEMENT_SOURCE,
  sink: ELEMENT_SINK,
  leaky: ELEMENT_LEAKY,
  sync: ELEMENT_SYNC,
} as const;
type ElementFlags = Record<keyof typeof flagBits, boolean>;
const flagsOf = (bits: number): ElementFlags =>
  Object.fromEntries(Object.entries(flagBits).map(([name, bit]) => [name, (bits & bit) !== 0])) as ElementFlags;

/** A thread is the directory id of its name and, above it, its number among those of that name: one number. */
const THREAD_NUMBER = 2 ** 32;
export const threadOf = (name: number, number: number): number => name + THREAD_NUMBER * (number % MAX_THREAD_NUMBER);

const MAX_LABEL = 256;
const MAX_GONE = 2000; // names that the target needs no more, remembered for samples that are still on their way

export const escapeName = (name: string): string => name.replaceAll("/", "\\/");
/** What begins with "(" is no path of an element, but "(driver:<path>)" and its like: a pipeline that is called so begins with "\\(". */
const pipelinePath = (name: string, ordinal: number): string =>
  escapeName(name).replace(/^\(/, "\\(") + (ordinal > 1 ? `#${ordinal}` : "");

export class Topology {
  /** What the target says of itself. */
  readonly facts = new Map<string, string>();
  readonly pipelines = new Map<number, PipelineInfo>();
  readonly elements = new Map<number, ElementInfo>();
  readonly pads = new Map<number, PadInfo>();
  readonly modules = new Map<number, ModuleInfo>();
  /** Names that the target gives functions, for those without a symbol. */
  readonly functions = new FunctionNames();
  /** Another number, perhaps another answer: more is known. */
  generation = 0;
  readonly #paths = new ElementPaths();
  readonly #threads = new Map<number, string>();
  readonly #autoPrefixes = new Set<string>();
  /** Labels in use, by pipeline: a second element of that label shows its bin as well. */
  readonly #taken = new Map<string, number>();
  /** The same by id. */
  readonly #labels = new Map<number, string>();
  /** Paths of pipelines that have another name by now. */
  readonly #renamed = new Set<string>();
  /** Ids that the target has no use for any more, the oldest first: samples and counts of them may still be on their way. */
  #gone: number[] = [];

  /** Entries in the order in which they were made, each once. */
  add(entries: readonly DirectoryEntry[]): void {
    if (entries.length > 0) this.generation++;
    for (const entry of entries) {
      this.#add(entry);
      if (entry.replaces !== undefined) this.#gone.push(entry.replaces);
    }
    if (this.#gone.length <= 2 * MAX_GONE) return;
    for (const id of this.#gone.slice(0, -MAX_GONE)) this.#forget(id);
    this.#gone = this.#gone.slice(-MAX_GONE);
  }

  /** What stands for hops that ended and of which only a sum is known. */
  addEnded(): void {
    if (this.elements.has(ENDED_ID)) return;
    this.generation++;
    this.#addStandIn(ENDED_ID, ENDED);
  }

  #forget(id: number): void {
    for (const map of [this.pipelines, this.elements, this.pads, this.#paths, this.#threads]) map.delete(id);
    this.#taken.delete(this.#labels.get(id) ?? "");
    this.#labels.delete(id);
  }

  elementOfPad(pad: number): ElementInfo | undefined {
    return this.elements.get(this.pads.get(pad)?.element ?? 0);
  }

  /** "" = unknown. */
  threadName(thread: number): string {
    return this.#threads.get(thread % THREAD_NUMBER) ?? "";
  }

  threadLabel(thread: number): string {
    return threadLabel(this.threadName(thread), this.#autoPrefixes);
  }

  /** "#2" for the second living one of that name, as pipelines have it. */
  threadPath(thread: number): string {
    const [name, number] = [this.threadName(thread), Math.floor(thread / THREAD_NUMBER)];
    return name !== "" && number > 0 ? `${name}#${number + 1}` : name;
  }

  /** Ids of names that the target needs no more. */
  gone(): ReadonlySet<number> {
    return new Set(this.#gone);
  }

  /** Paths of the pipelines whose names the target still needs. */
  livingPipelines(): string[] {
    const gone = this.gone();
    return [...this.pipelines].filter(([id]) => !gone.has(id)).map(([, { path }]) => path);
  }

  /** As a capture writes it. */
  describe() {
    const pipelines = [...this.pipelines.values()].map((pipeline) => pipeline.path);
    const elements = [...this.elements.values()].map(({ id, path, pipeline, name, factory, plugin, ...is }) => {
      const of = { id, path, pipeline: this.pipelines.get(pipeline)?.path ?? "", name, factory, plugin };
      return { ...of, bin: is.bin, source: is.source, sink: is.sink, leaky: is.leaky, sync: is.sync };
    });
    const pads = [...this.pads.values()].map(({ label: _, caps, ...pad }) => ({ ...pad, ...(caps && { caps }) }));
    const ended = this.#gone.flatMap((id) => this.pipelines.get(id)?.path ?? []);
    return { pipelines, elements, pads, renamed: [...this.#renamed, ...ended] };
  }

  #add(entry: DirectoryEntry): void {
    const { id, value0, value1 } = entry;
    const [first = "", second = ""] = entry.texts;
    // Parents come first. A target that says otherwise could build a circle.
    const parent = this.#paths.has(entry.parent) || this.elements.has(entry.parent) ? entry.parent : 0;
    if (entry.kind === "fact" && first === "renamed") this.#renamed.add(pipelinePath(second, value0));
    else if (entry.kind === "fact") this.facts.set(first, second);
    else if (entry.kind === "pipeline") this.#addPipeline(entry, first, second);
    else if (entry.kind === "element") this.#addElement(entry, parent, entry.texts);
    else if (entry.kind === "pad") {
      const direction = value0 === 1 ? "src" : "sink";
      this.pads.set(id, { id, element: parent, name: first, direction, label: padLabel(first, second), caps: "" });
    } else if (entry.kind === "caps") this.#setCaps(value0, first);
    else if (entry.kind === "thread") this.#threads.set(id, first);
    else if (entry.kind === "module") {
      this.modules.set(id, { id, path: first, buildId: second, kind: moduleKinds[value0] ?? "anon", size: value1 });
    } else if (entry.kind === "functions") this.functions.add(first);
    else if (entry.kind === "overflow") this.#addStandIn(id, first);
  }

  /** A pad that is gone gets nothing any more. */
  #setCaps(id: number, caps: string): void {
    const pad = this.pads.get(id);
    if (pad !== undefined) pad.caps = caps;
  }

  #addPipeline({ id, value0: ordinal, value1 }: DirectoryEntry, name: string, factory: string): void {
    const path = pipelinePath(name, ordinal);
    const { label } = shownName(name, factory, value1);
    this.#paths.addPipeline(id, path);
    this.pipelines.set(id, { path, label: ordinal > 1 ? `${label}#${ordinal}` : label });
  }

  #addElement(entry: DirectoryEntry, parent: number, texts: readonly string[]): void {
    const { id, value0: flags, value1 } = entry;
    const [name = "", factory = "", plugin = "", klass = "", , queued = "", published = ""] = texts;
    const bin = this.elements.get(parent);
    const pipeline = this.pipelines.has(parent) ? parent : (bin?.pipeline ?? 0);
    const path = this.#paths.add(id, parent, escapeName(name));
    const { prefix, label: own } = shownName(name, factory, value1);
    if (prefix !== null) this.#autoPrefixes.add(prefix);
    const label = this.#claim(id, pipeline, own) || bin === undefined ? own : short(`${bin.label}/${own}`);
    const told = { name, factory, plugin, klass, capacity: wholeOf(queued), published };
    this.elements.set(id, { id, pipeline, ...told, ...flagsOf(flags), path, label });
  }

  /** False: another element of this pipeline has the label. */
  #claim(id: number, pipeline: number, label: string): boolean {
    const key = `${pipeline} ${label}`;
    if (this.#taken.has(key)) return this.#taken.get(key) === id;
    this.#taken.set(key, id);
    this.#labels.set(id, key);
    return true;
  }

  /** Stands for names that did not fit, or are no more: as an element, a pad or a thread. */
  #addStandIn(id: number, name: string): void {
    const nothing = { factory: "", plugin: "", klass: "", capacity: 0, published: "", ...flagsOf(0) };
    this.elements.set(id, { id, pipeline: 0, name, ...nothing, path: name, label: name });
    this.pads.set(id, { id, element: id, name, direction: "sink", label: name, caps: "" });
    this.#threads.set(id, name);
  }
}

const short = (label: string): string => (label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}…` : label);
const wholeOf = (text: string): number => (/^[0-9]{1,10}$/.test(text) ? Number(text) : 0);
