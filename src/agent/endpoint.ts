// Which port serves the metrics of one target, if any, and who hears why it does not?
// SPDX-License-Identifier: MPL-2.0

import { Endpoint } from "../server.js";
import type { TargetParts } from "./opening.js";

/** Undefined without a port: nothing listens unless somebody asked for it. */
export function openEndpoint({ config, settings, reader, log }: TargetParts): Endpoint | undefined {
  const { port, address } = config;
  if (port === 0) return undefined;
  const source = settings.find(({ name }) => name === "port")?.source ?? "";
  return Endpoint.open({
    port,
    address,
    named: `${source === "tracer parameter" ? "port" : source}=${port}`,
    body: () => reader.exposition(),
    // A spawned agent has no terminal: the tracer says it in the log of its process.
    state: (error) => reader.endpoint(error),
    log,
  });
}
