// Which port serves the metrics of one target, if any, and who hears why it does not?
// SPDX-License-Identifier: MPL-2.0

import type { AgentSelf } from "../../metrics/catalog.js";
import { withConstantLabels } from "../../metrics/constant-labels.js";
import { agentExposition } from "../../metrics/exposition.js";
import { Endpoint, type Readiness } from "../../server.js";
import type { TargetParts } from "./target-request.js";

/** Undefined without a port: nothing listens unless the option asks for it. */
export function openEndpoint(parts: TargetParts, self: () => AgentSelf | undefined): Endpoint | undefined {
  const { config, settings, reader, request } = parts;
  const { port, address } = config;
  if (port === 0) return undefined;
  const source = settings.find(({ name }) => name === "port")?.source ?? "";
  return Endpoint.open({
    port,
    address,
    named: `${source === "tracer parameter" ? "port" : source}=${port}`,
    body: () => {
      const agent = self();
      const text = reader.exposition() + (agent === undefined ? "" : agentExposition(agent));
      return withConstantLabels(text, config.tags);
    },
    readiness: () => readiness(parts),
    // A spawned agent has no terminal: the tracer says it in the log of its process.
    state: (error) => reader.endpoint(error),
    log: request.log(config), // not once more through the segment
  });
}

/** A server that fails for less is not said to: profiles and spans wait for it, and counts go on. */
const LONG_MS = 60_000;

/** Is what the target records delivered? What is counted and served here does not depend on it. */
export function readiness({ servers, pid, config }: Pick<TargetParts, "servers" | "pid" | "config">): Readiness {
  const reports = servers.map(({ report }) => report);
  const failing = reports.filter(({ failingMs }) => (failingMs ?? 0) >= LONG_MS);
  const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000));
  return {
    ready: failing.length === 0,
    reasons: failing.map(
      ({ what, server, failingMs, reason }) =>
        `${what} have not been delivered to ${server} for ${seconds(failingMs)} s: ${reason}`,
    ),
    targets: [{ pid, service: config.tracerName }],
    servers: reports.map(({ what, server, deliveredMs, failingMs, reason }) => ({
      ...{ what, server, reason, lastDeliverySeconds: seconds(deliveredMs), failingSeconds: seconds(failingMs) },
    })),
  };
}
