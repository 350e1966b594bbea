// Which resource do the metrics and the spans of one target belong to? The same.
// SPDX-License-Identifier: MPL-2.0

import type { Resource } from "@opentelemetry/resources";
import { sanitizeLabels } from "../../model/labels.js";
import { targetFacts, targetResource } from "../../output/otlp/resource.js";
import type { TargetParts } from "./target-request.js";

export function resourceOf({ first, topology, config, request }: TargetParts): Resource {
  return targetResource({
    facts: targetFacts(first.state, topology.facts),
    serviceName: config.tracerName,
    tags: sanitizeLabels(Object.entries(config.tags)),
    version: request.version,
  });
}
