// How do the cells and counters of one target become metrics at a collector?
// SPDX-License-Identifier: MPL-2.0

import type { ServerState } from "../delivery/server-state.js";
import type { EndedSeries } from "../metrics/ended-series.js";
import { SegmentProducer } from "../metrics/producer.js";
import { SeriesPoint } from "../metrics/series-point.js";
import { OtlpOutput } from "../output/otlp/metrics.js";
import type { SignalSettings } from "../output/otlp/settings.js";
import { resourceOf } from "./session/resource.js";
import type { SelfFigures, SinksRequest } from "./session/sink.js";
import { wallClock } from "./wall-clock.js";

// One file with all of OpenTelemetry and gRPC: loaded once, for either.
export { SpanStream } from "./session/spans.js";

export interface OpenedCollector {
  /** The first export, now. */
  begin(): void;
  /** True: the collector has all that was counted. */
  flush(ms: number): Promise<boolean>;
  close(ms: number): Promise<boolean>;
}

/** What was known before OpenTelemetry was loaded. */
export interface KnownBefore {
  ended: EndedSeries;
  state: ServerState;
}

export function openCollector(
  request: SinksRequest,
  settings: SignalSettings,
  self: SelfFigures,
  { ended, state }: KnownBefore,
): OpenedCollector {
  const { parts, path } = request;
  const { config, log } = parts;
  const { version } = parts.request;
  const producer = new SegmentProducer({
    observe: () => ({ ...request.observe(), self: self() }),
    labels: { pad: (id) => path.padLabels(id) },
    endedSeries: ended,
    now: () => wallClock.now(),
    version,
    histograms: config.histograms === "base2_exponential_bucket_histogram" ? "exponential" : "explicit",
  });
  return new OtlpOutput({
    ...settings,
    implementation: config.metricsSender,
    channels: parts.request.services.channels,
    delta: config.temporality !== "cumulative",
    intervalMs: config.otlpInterval,
    resource: resourceOf(parts),
    producer,
    coreOf: SeriesPoint.coreOf,
    version,
    log,
    state,
  });
}
