// Whose are the threads that never cross a pad? Codecs, OpenMP and pools have threads of their own; the modules on their stacks tell.
//
// A module belongs to the plugin that it is, or that is linked with it most directly; what GStreamer itself or several plugins
// use alike belongs to none. Of a plugin's elements it is the one that ran in a thread of that name: a new thread has the name
// of the one that made it, so workers bear the name of their element's streaming thread; or that of their codec ("av:h264:df0").
// What ran in the loop of a pad before anything was pushed, with a stack that could not be walked, is told by the thread's name.
// SPDX-License-Identifier: MPL-2.0

import type { LabelSets } from "../model/label-sets.js";
import { moduleName } from "../model/module-name.js";
import type { ModuleFacts } from "../model/symbol.js";
import type { ElementInfo, ModuleInfo, Topology } from "../model/topology.js";
import { ON_CPU, OTHER_LABELS, type Row, type Window } from "./window.js";

export interface WorkersRequest {
  topology: Topology;
  labels: LabelSets;
  /** Asks the files what they are linked with. */
  inspect: (paths: string[]) => Promise<Pick<ModuleFacts, "needed">[]>;
}

export interface WorkerCounts {
  /** Samples outside of all pads that got their element. */
  attributed: number;
  /** Several elements of one factory, and nothing tells them apart. */
  byFactory: number;
  /** Nothing on the stack belongs to any element of the pipelines. */
  unattributed: number;
}

export const noWorkers = (): WorkerCounts => ({ attributed: 0, byFactory: 0, unattributed: 0 });

/** How far a library may be from its plugin: avcodec, x265, numa. */
const MOST_STEPS = 3;
/** Of threads: a server with a thread a session has ever new ones. */
const MOST_NAMES = 5000;
const core =
  /^(libgst[a-z]+-1\.0|libg(lib|object|io|module|thread)-2\.0|liborc-0\.4|lib(stdc\+\+|gcc_s|gomp|c|m|pthread|dl|rt)|ld-linux.*)\.so/;
const SHARED = "";
/** Its audio codecs have no threads. */
const LIBAV = "libav";

export class Workers {
  readonly counts = noWorkers();
  readonly #request: WorkersRequest;
  /** By path: file names of libraries. */
  readonly #needs = new Map<string, string[]>();
  /** By module: name of the plugin, SHARED if it is of several. */
  #owners = new Map<number, string>();
  #generation = -1;
  /** Ends when `#owners` is of `#generation`; windows of the upload, the capture and the live page ask beside each other. */
  #learned: Promise<void> = Promise.resolve();
  /** By thread name: directory ids of the elements that ran in such a thread. */
  readonly #ran = new Map<string, Set<number>>();
  /** The same by directory id, of threads that have their name in common with another one. */
  readonly #ranIn = new Map<number, Set<number>>();
  /** Label sets that are in both. */
  readonly #noted = new Set<number>();

  constructor(request: WorkersRequest) {
    this.#request = request;
  }

  /** Gives the window's rows that belong to no element the label set of their owner, and counts them. Never rejects. */
  async attribute(window: Window, counts: WorkerCounts = this.counts): Promise<void> {
    const open = window.rows.filter((row) => row.labelSet !== OTHER_LABELS && !this.#noteRan(row));
    if (open.length === 0) return;
    await this.#learn();
    for (const row of open) this.#attributeRow(window, row, counts);
  }

  /** True: the row has its element. */
  #noteRan({ labelSet }: Row): boolean {
    if (this.#noted.has(labelSet)) return true;
    const { element, thread, chain } = this.#request.labels.ids(labelSet);
    const elements = element === 0 ? chain : [element, ...chain];
    if (elements.length === 0) return false;
    const { topology } = this.#request;
    const name = topology.threadName(thread);
    if (Math.max(this.#ran.size, this.#ranIn.size, this.#noted.size) > MOST_NAMES) this.#forget();
    note(this.#ran, name, elements);
    if (topology.threadPath(thread) !== name) note(this.#ranIn, thread, elements);
    this.#noted.add(labelSet);
    return true;
  }

  #forget(): void {
    for (const known of [this.#ran, this.#ranIn, this.#noted]) known.clear();
  }

  #attributeRow(window: Window, row: Row, counts: WorkerCounts): void {
    const { labels } = this.#request;
    const { thread } = labels.ids(row.labelSet);
    const owner = this.#ownerOf(window, row, thread);
    const found = owner ?? this.#driversOf(row, thread);
    const [first] = found;
    if (first === undefined) counts.unattributed += row.samples;
    else if (found.length === 1) {
      counts.attributed += row.samples;
      row.labelSet = owner === null ? labels.numberOfDriver(first.id, thread) : labels.numberOfWorker(first.id, thread);
    } else {
      counts.byFactory += row.samples;
      row.labelSet = labels.numberOfFactory(found, thread);
    }
  }

  /**
   * "qtdemux0:sink" is the loop of qtdemux0. Of that name the first is, others where they ran in that element, as "multiqueue0:src_1"
   * whose name is cut; the rest are workers that got it from there.
   */
  #driversOf(row: Row, thread: number): ElementInfo[] {
    const { topology } = this.#request;
    const name = topology.threadName(thread);
    if (row.wait !== ON_CPU || name === "") return [];
    const isFirst = topology.threadPath(thread) === name;
    const drivers = [...topology.elements.values()].filter(
      (e) => !e.bin && drives(e.name, name) && (isFirst || this.#ranIn.get(thread)?.has(e.id)),
    );
    return new Set(drivers.map(({ factory }) => factory)).size === 1 ? drivers : [];
  }

  /** One element, or several of one factory. */
  #ownerOf(window: Window, row: Row, thread: number): ElementInfo[] | null {
    let last = -1;
    for (const index of row.stack) {
      const module = window.frames[index]?.module ?? 0;
      if (module === last) continue;
      last = module;
      const plugin = this.#owners.get(module) ?? SHARED;
      const found = plugin === SHARED ? null : this.#elementsOf(plugin, thread);
      if (found !== null) return found;
    }
    return null;
  }

  #elementsOf(plugin: string, thread: number): ElementInfo[] | null {
    const { topology } = this.#request;
    const all = [...topology.elements.values()].filter((e) => pluginName(e.plugin) === plugin && !e.bin);
    const name = topology.threadName(thread);
    const ran = this.#ran.get(name);
    const near = all.filter(({ id }) => ran?.has(id));
    const narrower = (some: ElementInfo[]) => {
      const called = some.filter(({ factory }) => isOfCodec(name, factory));
      return called.length > 0 ? called : some.filter((e) => plugin !== LIBAV || !e.klass.includes("Audio"));
    };
    const isOfOneFactory = (some: ElementInfo[]) => new Set(some.map(({ factory }) => factory)).size === 1;
    // The streaming thread itself may be anywhere in either; one that only got its name is a codec's own.
    const isStreaming = near.length > 0 && topology.threadPath(thread) === name;
    const choices = isStreaming ? [near] : [narrower(near), narrower(all), near];
    return choices.find(isOfOneFactory) ?? null;
  }

  /** One after the other: who asks while another one's answer is under way waits for it, too. */
  #learn(): Promise<void> {
    const { generation } = this.#request.topology;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#learned = this.#learned.then(() => this.#learnOwners()).catch(() => {});
    }
    return this.#learned;
  }

  /** Modules are few, and asked for once each. */
  async #learnOwners(): Promise<void> {
    const { topology } = this.#request;
    const files = new Map<string, ModuleInfo>();
    for (const module of topology.modules.values())
      if (module.kind === "file") files.set(moduleName(module.path), module);
    const plugins = new Set([...topology.elements.values()].map(({ plugin }) => pluginName(plugin)));
    const steps = new Map<number, Map<string, number>>();
    for (const module of files.values()) {
      const plugin = pluginOfFile(moduleName(module.path));
      if (plugin !== "" && plugins.has(plugin)) await this.#follow(module, plugin, files, steps);
    }
    this.#owners = new Map([...steps].map(([id, by]) => [id, nearest(by)]));
  }

  /** Notes how many steps each library is from the plugin. */
  async #follow(
    from: ModuleInfo,
    plugin: string,
    files: ReadonlyMap<string, ModuleInfo>,
    steps: Map<number, Map<string, number>>,
  ): Promise<void> {
    const seen = new Set([from.id]);
    let level = [from];
    for (let step = 0; step <= MOST_STEPS && level.length > 0; step++) {
      for (const { id } of level) {
        const by = steps.get(id) ?? new Map<string, number>();
        by.set(plugin, step);
        steps.set(id, by);
      }
      if (step === MOST_STEPS) return;
      await this.#ask(level.map(({ path }) => path));
      const names = level.flatMap(({ path }) => this.#needs.get(path) ?? []);
      const next = names.filter((name) => !core.test(name)).flatMap((name) => files.get(name) ?? []);
      level = [...new Set(next)].filter(({ id }) => !seen.has(id));
      for (const { id } of level) seen.add(id);
    }
  }

  async #ask(paths: string[]): Promise<void> {
    const missing = paths.filter((path) => !this.#needs.has(path));
    if (missing.length === 0) return;
    const answers = await this.#request.inspect(missing);
    missing.forEach((path, i) => {
      this.#needs.set(path, answers[i]?.needed ?? []);
    });
  }
}

function note<Key>(ran: Map<Key, Set<number>>, key: Key, elements: readonly number[]): void {
  const known = ran.get(key) ?? new Set();
  for (const id of elements) known.add(id);
  ran.set(key, known);
}

/** SHARED when two are as near. */
function nearest(by: ReadonlyMap<string, number>): string {
  const [first, second] = [...by].sort(([, a], [, b]) => a - b);
  return first === undefined || (second !== undefined && second[1] === first[1]) ? SHARED : first[0];
}

const pluginName = (name: string): string => name.replaceAll("-", "_");
/** As GStreamer derives it: libgstx264.so is the plugin x264. */
const pluginOfFile = (name: string): string => pluginName(/^(?:libgst|lib|gst)?(.+)\.so$/.exec(name)?.[1] ?? "");

/** GStreamer calls a loop's thread element:pad; the kernel keeps 15 bytes. */
const THREAD_NAME = 15;
const drives = (element: string, thread: string): boolean => thread.startsWith(`${element}:`.slice(0, THREAD_NAME));

/** "av:h264:df0" decodes frames for avdec_h264; a long codec's name is cut. */
const SHORTEST = 3;
const words = (name: string): string[] => name.toLowerCase().split(/[^a-z0-9]+/);
const isOfCodec = (thread: string, factory: string): boolean =>
  words(thread).some((word) => word.length >= SHORTEST && words(factory).some((part) => part.startsWith(word)));
