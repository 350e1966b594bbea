// How does an interval of samples become profiles with names, for a capture and for a server?
// SPDX-License-Identifier: MPL-2.0

import { type LabelName, OVERFLOW } from "../../model/label-policy.js";
import type { LabelSets } from "../../model/label-sets.js";
import type { Label } from "../../model/labels.js";
import type { Topology } from "../../model/topology.js";
import { type EncodedProfile, encodeProfiles } from "../../profile/pprof.js";
import type { ProfileKind } from "../../profile/request.js";
import { ON_CPU, OTHER_LABELS, type Window } from "../../profile/window.js";
import type { Workers } from "../../profile/workers.js";
import type { Symbols } from "../../symbols/symbols.js";

export interface Cut {
  window: Window;
  /** Unix time of the window's begin. */
  timeNanos: bigint;
  durationNs: number;
  /** Its begin, since the segment was made, on a clock that nobody sets. */
  atNs: number;
  sampleRate: number;
  /** Looks a second at blocked threads. */
  wallRate: number;
}

export interface Encoding {
  /** With the real path of each element, for a capture; a server gets what is the same in every run. */
  paths: boolean;
  /** Frames without a name are left to the server. */
  leaveUnnamed: boolean;
}

export interface ProfilesRequest {
  labels: LabelSets;
  topology: Topology;
  symbols: Symbols;
  workers: Workers;
  /** What blocked threads wait in, by the number in a row. */
  waits: Readonly<Record<string, string>>;
}

export class Profiles {
  readonly #labels: LabelSets;
  readonly #topology: Topology;
  readonly #symbols: Symbols;
  readonly #workers: Workers;
  readonly #waits: Readonly<Record<string, string>>;

  constructor({ labels, topology, symbols, workers, waits }: ProfilesRequest) {
    this.#labels = labels;
    this.#topology = topology;
    this.#symbols = symbols;
    this.#workers = workers;
    this.#waits = waits;
  }

  /** Finds out whose workers are, and looks the names up, off the event loop; encode() knows them afterwards. */
  async name({ window }: Cut): Promise<void> {
    await this.#workers.attribute(window);
    await this.#symbols.resolve(window.frames);
  }

  encode(cut: Cut, how: Encoding): EncodedProfile[] {
    const cpu = this.#encode(cut, "cpu", cut.sampleRate, how);
    const blocked = cut.wallRate > 0 || cut.window.rows.some(({ wait }) => wait !== ON_CPU);
    return blocked ? [...cpu, ...this.#encode(cut, "wall", cut.wallRate, how)] : cpu;
  }

  #encode(cut: Cut, kind: ProfileKind, sampleRate: number, how: Encoding): EncodedProfile[] {
    return encodeProfiles(cut.window, {
      kind,
      timeNanos: cut.timeNanos,
      durationNs: cut.durationNs,
      sampleRate,
      wait: (number) => this.#waits[number] ?? `syscall_${number}`,
      labels: (set) => this.#labelsOf(set, how.paths),
      leaveUnnamed: how.leaveUnnamed,
      markInferred: how.paths,
      name: (module, offset) => this.#symbols.name(module, offset),
      module: (id) => this.#topology.modules.get(id),
    });
  }

  #labelsOf(set: number, paths: boolean): (Label & readonly [LabelName, string])[] {
    if (set === OTHER_LABELS) return [["element", OVERFLOW]];
    const { thread_name, path, chain, ...shown } = this.#labels.labels(set);
    const labels = Object.entries(shown) as [keyof typeof shown, string][];
    return paths ? [...labels, ["thread_name", thread_name], ["path", path], ["chain", chain]] : labels;
  }
}
