// How do the cells and counters of one target become metrics at a collector?
// SPDX-License-Identifier: MPL-2.0

import { SegmentProducer } from "../metrics/producer.js";
import { OtlpOutput } from "../output/otlp/metrics.js";
import type { SignalSettings } from "../output/otlp/settings.js";
import { resourceOf } from "./session/resource.js";
import type { SelfFigures, Sink, SinksRequest } from "./session/sink.js";
import { wallClock } from "./wall-clock.js";

// One file with all of OpenTelemetry and gRPC: loaded once, for either.
export { SpanStream } from "./session/spans.js";

export function openCollector(request: SinksRequest, settings: SignalSettings, self: SelfFigures): Sink {
  const { parts, path } = request;
  const { config, log } = parts;
  const { version } = parts.request;
  const producer = new SegmentProducer({
    observe: () => ({ ...request.observe(), self: self() }),
    labels: { pad: (id) => path.padLabels(id) },
    now: () => wallClock.now(),
    version,
    histograms: config.histograms === "base2_exponential_bucket_histogram" ? "exponential" : "explicit",
  });
  const output = new OtlpOutput({
    ...settings,
    channels: parts.request.services.channels,
    delta: config.temporality !== "cumulative",
    intervalMs: config.otlpInterval,
    resource: resourceOf(parts),
    producer,
    version,
    log,
    servers: parts.servers,
  });
  return {
    gone: (cells) => producer.gone(cells),
    flush: (ms) => output.flush(ms),
    close: (ms) => output.close(ms),
  };
}
