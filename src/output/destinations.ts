// Where would anything go, and by which way? Each server once, with all that it would get.
// SPDX-License-Identifier: MPL-2.0

import { environment } from "../config/config.js";
import type { Config, Environment } from "../config/configuration.js";
import type { Destination } from "../delivery/probe.js";
import { routeText } from "../delivery/proxies.js";
import { endpointOf, type Tls } from "../delivery/transport.js";
import { redact } from "../redact/text.js";
import { signalSettings } from "./otlp/settings.js";

export function destinationsOf(config: Config, variables: Environment = environment()): Destination[] {
  const found: Destination[] = [];
  const add = (what: string, url: string, tunnelled: boolean, tls?: Tls) => {
    const endpoint = endpointOf(url, "", {}, variables);
    const same = found.find((other) => other.endpoint.url === endpoint.url && other.tunnelled === tunnelled);
    if (same !== undefined) same.what += `, ${what}`;
    else found.push({ what, shown: redact(url), way: routeText(endpoint.route), endpoint, tunnelled, tls });
  };
  if (config.serverUrl !== "") add("profiles", config.serverUrl, false);
  if (config.windowsUrl !== "") add("windows of pipelines", config.windowsUrl, false);
  for (const signal of ["metrics", "traces"] as const) {
    const settings = signalSettings(config, signal);
    if (settings !== null) add(signal, settings.endpoint, settings.protocol === "grpc", settings.tls);
  }
  for (const url of config.debuginfodUrls.split(/\s+/)) if (/^https?:\/\/[^/]/.test(url)) add("symbols", url, false);
  return found;
}
