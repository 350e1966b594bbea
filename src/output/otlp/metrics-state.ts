// What is known of the collector of metrics, from the start on? Without anything of OpenTelemetry.
// SPDX-License-Identifier: MPL-2.0

import { type Reporting, ServerState } from "../../delivery/server-state.js";
import { endpointOf } from "../../delivery/transport.js";
import type { Log } from "../../log.js";

const KEPT = "counts go on, the next export has them all";

/** It joins `servers`. Throws ERR_SERVER_URL. */
export function metricsState(endpoint: string, log: Log, servers?: Reporting): ServerState {
  const state = new ServerState("metrics", endpointOf(endpoint, "").shown, KEPT, log);
  servers?.push(state);
  return state;
}
