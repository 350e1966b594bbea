// How do the cells and counters of one target become metrics at a collector?
// SPDX-License-Identifier: MPL-2.0

import type { AgentSelf } from "../metrics/catalog.js";
import { SegmentProducer } from "../metrics/producer.js";
import type { PadLabels } from "../metrics/series.js";
import type { CellSnapshot } from "../model/batch.js";
import { normalLabels } from "../model/labels.js";
import { OtlpOutput } from "../output/otlp/metrics.js";
import { targetFacts, targetResource } from "../output/otlp/resource.js";
import type { SignalSettings } from "../output/otlp/settings.js";
import type { OutputsRequest } from "./session/output-request.js";
import { wallClock } from "./wall-clock.js";

// One file with all of OpenTelemetry and gRPC: loaded once, for either.
export { SpanStream } from "./session/spans.js";

export function openCollector(request: OutputsRequest, settings: SignalSettings, self: () => AgentSelf) {
  const { config, topology, state, version, log } = request;
  const producer = new SegmentProducer({
    observe: () => ({ ...request.observe(), self: self() }),
    labels: { pad: (id) => padLabels(request, id) },
    now: () => wallClock.now(),
    version,
    histograms: config.histograms === "base2_exponential_bucket_histogram" ? "exponential" : "explicit",
  });
  const facts = targetFacts(state, topology.facts);
  const tags = normalLabels(Object.entries(config.tags));
  const output = new OtlpOutput({
    ...settings,
    delta: config.temporality !== "cumulative",
    intervalMs: config.otlpInterval,
    resource: targetResource({ facts, serviceName: config.tracerName, tags, version }),
    producer,
    version,
    log,
  });
  return { output, gone: (cells: readonly CellSnapshot[]) => producer.gone(cells) };
}

/** The same labels as the profile's, and the pad's. */
function padLabels({ topology, labels }: OutputsRequest, id: number): PadLabels {
  const element = topology.elementOfPad(id);
  const { pipeline, element: name, factory } = labels.labels(labels.numberOf(element?.id ?? 0, 0));
  return { pipeline, element: name, factory, pad: labels.shown("pad", topology.pads.get(id)?.label ?? "") };
}
