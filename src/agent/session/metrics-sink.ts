// When is OpenTelemetry loaded? With the first export, which comes after one interval, at a flush or at the end: not at the start.
// SPDX-License-Identifier: MPL-2.0

import type { ServerState } from "../../delivery/server-state.js";
import { EndedSeries } from "../../metrics/ended-series.js";
import type { CellSnapshot } from "../../model/batch.js";
import { metricsState } from "../../output/otlp/metrics-state.js";
import type { SignalSettings } from "../../output/otlp/settings.js";
import type { OpenedCollector } from "../collector.js";
import type { SelfFigures, Sink, SinksRequest } from "./sink.js";

type Collector = Pick<typeof import("../collector.js"), "openCollector">;

/** It costs 15 MB and a tenth of a second. */
const usual = (): Promise<Collector> => import("../collector.js");

export class MetricsSink implements Sink {
  readonly #request: SinksRequest;
  readonly #open: () => Promise<OpenedCollector>;
  readonly #ended = new EndedSeries();
  readonly #firstExport: NodeJS.Timeout;
  #collector: Promise<OpenedCollector | null> | undefined;

  /** Throws ERR_SERVER_URL. */
  constructor(request: SinksRequest, settings: SignalSettings, self: SelfFigures, load = usual) {
    const { config, log, servers } = request.parts;
    this.#request = request;
    const known: { ended: EndedSeries; state: ServerState } = {
      ended: this.#ended,
      state: metricsState(settings.endpoint, log, servers),
    };
    this.#open = async () => (await load()).openCollector(request, settings, self, known);
    this.#firstExport = setTimeout(() => void this.#begin(), config.otlpInterval).unref();
  }

  gone(cells: readonly CellSnapshot[]): void {
    const { path } = this.#request;
    for (const cell of cells) this.#ended.add(cell, { pad: (id) => path.padLabels(id) });
  }

  /** True: the collector has all that was counted. */
  flush(ms: number): Promise<boolean> {
    return this.#within(ms, (collector, left) => collector.flush(left));
  }

  close(ms: number): Promise<boolean> {
    return this.#within(ms, (collector, left) => collector.close(left));
  }

  async #begin(): Promise<void> {
    (await this.#opened())?.begin();
  }

  /** Loading is a part of `ms`. */
  async #within(ms: number, step: (collector: OpenedCollector, ms: number) => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + ms;
    const collector = await this.#opened();
    return collector !== null && step(collector, Math.max(0, end - performance.now()));
  }

  /** null: it cannot be loaded, which is said once. */
  #opened(): Promise<OpenedCollector | null> {
    clearTimeout(this.#firstExport);
    this.#collector ??= this.#open().catch((error: Error) => {
      this.#request.parts.log.error(`no metrics are sent: OpenTelemetry cannot be loaded: ${error.message}`);
      return null;
    });
    return this.#collector;
  }
}
