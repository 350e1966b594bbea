// How do the samples of one target become profiles with names, for a capture and for a server?
// SPDX-License-Identifier: MPL-2.0

import { openTargetRoot, type TargetRoot } from "../../attach/root.js";
import type { Tick } from "../../input/drain.js";
import type { PadLabels } from "../../metrics/series.js";
import type { LabelName } from "../../model/label-policy.js";
import { LabelSets } from "../../model/label-sets.js";
import type { Label } from "../../model/labels.js";
import { BatchLabels } from "../../profile/batch-labels.js";
import { type EncodedProfile, encodeProfiles } from "../../profile/pprof.js";
import type { ProfileKind } from "../../profile/request.js";
import { ON_CPU, SampleWindow, type Window } from "../../profile/window.js";
import { noWorkers, type WorkerCounts, Workers } from "../../profile/workers.js";
import { Symbols } from "../../symbols/symbols.js";
import { wallClock } from "../wall-clock.js";
import { Counts } from "./counts.js";
import type { LiveSource } from "./live-source.js";
import type { Encoding, LivePath, PathFigures, SamplePath, SampleRates, WindowSlice } from "./sample-path.js";
import type { TargetParts } from "./target-request.js";
import { ThreadTimes } from "./thread-times.js";
import { WindowTimes } from "./window-times.js";

export class ProfileEncoder implements SamplePath {
  readonly #parts: TargetParts;
  readonly #labels: LabelSets;
  readonly #batchLabels: BatchLabels;
  readonly #window: SampleWindow;
  readonly #counts: Counts;
  readonly #times = new WindowTimes(wallClock);
  readonly #threads: ThreadTimes;
  readonly #root: TargetRoot;
  readonly #symbols: Symbols;
  readonly #workers: Workers;
  /** Names are asked for one window after the other, for uploads and for the live page. */
  #naming: Promise<void> = Promise.resolve();
  readonly #live = new Set<LiveSource>();

  constructor(parts: TargetParts) {
    const { topology, pid, config, log, request } = parts;
    const { native, services } = request;
    this.#parts = parts;
    this.#labels = new LabelSets(topology);
    this.#batchLabels = new BatchLabels(native, this.#labels);
    this.#window = new SampleWindow(native);
    this.#counts = new Counts(topology);
    this.#threads = new ThreadTimes(native.constants.waits);
    this.#root = openTargetRoot(pid);
    const { prefix: root, id: rootId } = this.#root;
    this.#symbols = new Symbols({
      symbolize: (query) => native.symbolize(query),
      module: (id) => topology.modules.get(id),
      root,
      debugFiles: services.debugFiles(config, log),
      functions: topology.functions,
      ...(services.names !== undefined && rootId !== null && { shared: { names: services.names, rootId } }),
    });
    this.#workers = new Workers({ topology, labels: this.#labels, inspect: (paths) => native.inspect(paths, root) });
    this.take(parts.first);
  }

  get figures(): PathFigures {
    const { overflowed } = this.#labels;
    return { threads: this.#threads.ns, overflowed, workers: this.#workers.counts };
  }

  take(tick: Tick): void {
    this.#counts.take(tick);
    // Whose its samples are is found once for all windows.
    for (const batch of tick.batches) {
      const sets = this.#batchLabels.setsOf(batch);
      this.#window.add(batch, sets);
      for (const live of this.#live) live.add(batch, sets);
    }
  }

  cut(rates: SampleRates): WindowSlice {
    const { monoNs, ...time } = this.#times.cut();
    const window = this.#window.swap();
    this.#threads.add(window.rows);
    return { window, ...time, ...rates, atNs: this.#parts.clock.atNs(monoNs) };
  }

  name({ window }: WindowSlice): Promise<void> {
    return this.#name(window, this.#workers.counts);
  }

  encode(slice: WindowSlice, how: Encoding): EncodedProfile[] {
    const cpu = this.#encode(slice, "cpu", slice.sampleRate, how);
    const blocked = slice.wallRate > 0 || slice.window.rows.some(({ wait }) => wait !== ON_CPU);
    return blocked ? [...cpu, ...this.#encode(slice, "wall", slice.wallRate, how)] : cpu;
  }

  cells() {
    const { cells, ended } = this.#counts;
    return { cells, ended };
  }

  allCells() {
    return this.#counts.all();
  }

  padLabels(pad: number): PadLabels {
    const { topology } = this.#parts;
    const { pipeline, element, factory } = this.#labels.ofElement(topology.elementOfPad(pad)?.id ?? 0);
    return { pipeline, element, factory, pad: this.#labels.shown("pad", topology.pads.get(pad)?.label ?? "") };
  }

  modules() {
    return this.#symbols.modules();
  }

  async openSpans() {
    const { SpanSource } = await import("./span-source.js");
    return new SpanSource(this.#parts, this.#labels);
  }

  async openLive(fromBegin: boolean): Promise<LivePath> {
    const { LiveSource } = await import("./live-source.js");
    // What it attributes to workers is counted with the window of the uploads, which has the same samples.
    const name = (window: Window) => this.#name(window, noWorkers());
    const own = (window: Window) => this.#workers.attribute(window, noWorkers());
    const closed = () => void this.#live.delete(live);
    const { native } = this.#parts.request;
    const live = new LiveSource({ native, name, own, naming: this.#namingRequest(true), closed });
    if (fromBegin) for (const batch of this.#parts.first.batches) live.add(batch, this.#batchLabels.setsOf(batch));
    this.#live.add(live);
    return live;
  }

  close(): void {
    this.#root.close();
  }

  #name(window: Window, counts: WorkerCounts): Promise<void> {
    const named = this.#naming.then(async () => {
      await this.#workers.attribute(window, counts);
      await this.#symbols.resolve(window.frames);
    });
    this.#naming = named.catch(() => undefined);
    return named;
  }

  #namingRequest(paths: boolean) {
    const { topology, request } = this.#parts;
    const { waits } = request.native.constants;
    return {
      wait: (number: number) => waits[number] ?? `syscall_${number}`,
      labels: (set: number) => this.#labelsOf(set, paths),
      name: (module: number, offset: number) => this.#symbols.name(module, offset),
      module: (id: number) => topology.modules.get(id),
    };
  }

  #encode(slice: WindowSlice, kind: ProfileKind, sampleRate: number, how: Encoding): EncodedProfile[] {
    return encodeProfiles(slice.window, {
      encode: this.#parts.request.native.encodePprof,
      kind,
      timeNanos: slice.timeNanos,
      durationNs: slice.durationNs,
      sampleRate,
      leaveUnnamed: how.leaveUnnamed,
      markInferred: how.paths,
      ...this.#namingRequest(how.paths),
    });
  }

  #labelsOf(set: number, paths: boolean): (Label & readonly [LabelName, string])[] {
    const { thread_name, path, chain, ...shown } = this.#labels.labels(set);
    const labels = Object.entries(shown) as [keyof typeof shown, string][];
    return paths ? [...labels, ["thread_name", thread_name], ["path", path], ["chain", chain]] : labels;
  }
}
