// Which port serves the metrics of one target, if any, and who hears why it does not?
// SPDX-License-Identifier: MPL-2.0

import type { AgentSelf } from "../../metrics/catalog.js";
import { withConstantLabels } from "../../metrics/constant-labels.js";
import { agentExposition } from "../../metrics/exposition.js";
import { Endpoint } from "../../server.js";
import type { TargetParts } from "./opening.js";

/** Undefined without a port: nothing listens unless somebody asked for it. */
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
    // A spawned agent has no terminal: the tracer says it in the log of its process.
    state: (error) => reader.endpoint(error),
    log: request.log(config), // not once more through the segment
  });
}
