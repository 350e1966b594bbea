// Which samples came within the last second, and what are they called? A window of its own, cut as often as somebody looks.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../../input/drain.js";
import type { LabelSets } from "../../model/label-sets.js";
import type { NamedSamples } from "../../model/named-samples.js";
import { namedSamples, ownedSamples, type SamplesRequest } from "../../profile/named-samples.js";
import { SampleWindow, type Window, type WindowLimits } from "../../profile/window.js";
import type { CutDetail, LivePath } from "./sample-path.js";

export interface LiveSourceRequest {
  labels: LabelSets;
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

  constructor(request: LiveSourceRequest) {
    this.#request = request;
    this.#window = new SampleWindow(request.labels, limits);
  }

  take({ batches }: Pick<Tick, "batches">): void {
    for (const batch of batches) this.#window.add(batch);
  }

  async cut(detail: CutDetail = "stacks"): Promise<NamedSamples> {
    const window = this.#window.swap();
    if (detail === "owners") {
      await this.#request.own(window);
      return ownedSamples(window, this.#request.naming);
    }
    await this.#request.name(window);
    return namedSamples(window, this.#request.naming);
  }

  close(): void {
    this.#request.closed();
  }
}
