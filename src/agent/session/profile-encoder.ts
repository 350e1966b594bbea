// How do the samples of one target become profiles with names, for a capture and for a server?
// SPDX-License-Identifier: MPL-2.0

import { openTargetRoot, type TargetRoot } from "../../attach/root.js";
import type { Tick } from "../../input/drain.js";
import type { PadLabels } from "../../metrics/series.js";
import { type LabelName, OVERFLOW } from "../../model/label-policy.js";
import { LabelSets } from "../../model/label-sets.js";
import type { Label } from "../../model/labels.js";
import { type EncodedProfile, encodeProfiles } from "../../profile/pprof.js";
import type { ProfileKind } from "../../profile/request.js";
import { ON_CPU, OTHER_LABELS, SampleWindow } from "../../profile/window.js";
import { Workers } from "../../profile/workers.js";
import { Symbols } from "../../symbols/symbols.js";
import { wallClock } from "../wall-clock.js";
import { Counts } from "./counts.js";
import type { TargetParts } from "./opening.js";
import type { Encoding, PathFigures, SamplePath, SampleRates, WindowSlice } from "./sample-path.js";
import { ThreadTimes } from "./thread-times.js";
import { WindowTimes } from "./window-times.js";

export class ProfileEncoder implements SamplePath {
  readonly #parts: TargetParts;
  readonly #labels: LabelSets;
  readonly #window: SampleWindow;
  readonly #counts: Counts;
  readonly #times = new WindowTimes(wallClock);
  readonly #threads: ThreadTimes;
  readonly #root: TargetRoot;
  readonly #symbols: Symbols;
  readonly #workers: Workers;

  constructor(parts: TargetParts) {
    const { topology, pid, config, log, request } = parts;
    const { native, services } = request;
    this.#parts = parts;
    this.#labels = new LabelSets(topology);
    this.#window = new SampleWindow(this.#labels);
    this.#counts = new Counts(topology);
    this.#threads = new ThreadTimes(native.constants.waits);
    this.#root = openTargetRoot(pid);
    const { prefix: root, id: rootId } = this.#root;
    this.#symbols = new Symbols({
      symbolize: (query) => native.symbolize(query),
      module: (id) => topology.modules.get(id),
      root,
      debugFiles: services.debugFiles(config, log),
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
    for (const batch of tick.batches) this.#window.add(batch);
  }

  cut(rates: SampleRates): WindowSlice {
    const { monoNs, ...time } = this.#times.cut();
    const window = this.#window.swap();
    this.#threads.add(window.rows);
    return { window, ...time, ...rates, atNs: this.#parts.clock.atNs(monoNs) };
  }

  async name({ window }: WindowSlice): Promise<void> {
    await this.#workers.attribute(window);
    await this.#symbols.resolve(window.frames);
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

  close(): void {
    this.#root.close();
  }

  #encode(slice: WindowSlice, kind: ProfileKind, sampleRate: number, how: Encoding): EncodedProfile[] {
    const { topology, request } = this.#parts;
    const { waits } = request.native.constants;
    return encodeProfiles(slice.window, {
      kind,
      timeNanos: slice.timeNanos,
      durationNs: slice.durationNs,
      sampleRate,
      wait: (number) => waits[number] ?? `syscall_${number}`,
      labels: (set) => this.#labelsOf(set, how.paths),
      leaveUnnamed: how.leaveUnnamed,
      markInferred: how.paths,
      name: (module, offset) => this.#symbols.name(module, offset),
      module: (id) => topology.modules.get(id),
    });
  }

  #labelsOf(set: number, paths: boolean): (Label & readonly [LabelName, string])[] {
    if (set === OTHER_LABELS) return [["element", OVERFLOW]];
    const { thread_name, path, chain, ...shown } = this.#labels.labels(set);
    const labels = Object.entries(shown) as [keyof typeof shown, string][];
    return paths ? [...labels, ["thread_name", thread_name], ["path", path], ["chain", chain]] : labels;
  }
}
