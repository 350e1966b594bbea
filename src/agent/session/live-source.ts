// Which samples came within the last second, and what are they called? A window of its own, cut as often as somebody looks.
// SPDX-License-Identifier: MPL-2.0

import type { SampleBatch } from "../../model/batch.js";
import type { NamedSamples } from "../../model/named-samples.js";
import type { NativeAddon } from "../../native.js";
import { namedSamples, Owners, ownedSamples, type SamplesRequest } from "../../profile/named-samples.js";
import { SampleWindow, type Window, type WindowLimits } from "../../profile/window.js";
import type { CutDetail, LivePath } from "./sample-path.js";

export interface LiveSourceRequest {
  native: Pick<NativeAddon, "SampleWindow">;
  /** Finds out whose samples and what frames these are. Never rejects. */
  name: (window: Window) => Promise<void>;
  /** The first half of it, which waits for no other window. */
  own: (window: Window) => Promise<void>;
  naming: SamplesRequest;
  closed: () => void;
}

/** A second has few samples: ten thousand stacks are more than sixty threads at the highest rate. */
const limits: WindowLimits = { bytes: 3e6, labelSets: 2000 };

export class LiveSource implements LivePath {
  readonly #request: LiveSourceRequest;
  readonly #window: SampleWindow;
  readonly #owners: Owners;
  #wanted: CutDetail = "stacks";
  /** The samples that are taken now have their stacks. */
  #hasStacks = true;

  constructor(request: LiveSourceRequest) {
    this.#request = request;
    this.#window = new SampleWindow(request.native, limits);
    this.#owners = new Owners(request.naming);
  }

  /** `sets`: the label set of each sample. */
  add(batch: SampleBatch, sets: Float64Array): void {
    this.#window.add(batch, sets);
  }

  wants(detail: CutDetail): void {
    this.#wanted = detail;
    this.#hasStacks = this.#window.takes(detail) === "stacks";
  }

  async cut(): Promise<NamedSamples> {
    const window = this.#window.swap();
    const detail = this.#hasStacks ? this.#wanted : "owners";
    this.wants(this.#wanted);
    if (detail === "owners") {
      await this.#request.own(window);
      return ownedSamples(window, this.#owners);
    }
    await this.#request.name(window);
    return namedSamples(window, this.#request.naming);
  }

  close(): void {
    this.#request.closed();
  }
}
