// What was lost between the segment and the servers, by which reason? One object, given to everybody who may lose something.
// SPDX-License-Identifier: MPL-2.0

import type { UploadLoss } from "../../errors.js";
import type { AgentLoss } from "../../model/counter-kinds.js";

/** Reasons of spans begin with it, and of windows of pipelines; all others are those of samples. */
const OF_SPANS = "span_";
const OF_WINDOWS = "windows_";

/** A row of a table each: of agentCounters, or an upload error. */
export type LossName = AgentLoss | UploadLoss | `${typeof OF_SPANS | typeof OF_WINDOWS}${UploadLoss}`;

export class Losses {
  readonly #counts: Record<string, number> = {};
  /** Spans that a collector has: no loss, but the other half of the account. */
  spansSent = 0;

  lost(name: LossName, n: number): void {
    if (n > 0) this.#counts[name] = (this.#counts[name] ?? 0) + n;
  }

  sent(spans: number): void {
    this.spansSent += spans;
  }

  /** All of it, by reason. */
  snapshot(): Record<string, number> {
    return { ...this.#counts };
  }

  ofSamples(): Record<string, number> {
    return this.#some((name) => !name.startsWith(OF_SPANS) && !name.startsWith(OF_WINDOWS));
  }

  ofSpans(): Record<string, number> {
    return this.#some((name) => name.startsWith(OF_SPANS));
  }

  #some(wanted: (name: string) => boolean): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#counts).filter(([name]) => wanted(name)));
  }
}
