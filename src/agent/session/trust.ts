// Which servers may learn who we are? Only those that our own side named: a target that names another gets no credentials. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Config } from "../../config/configuration.js";

const ofCollector = ["otlpHeaders", "otlpClientCertificate", "otlpClientKey"] as const;

/** TABLE: what proves who we are, by the server that it goes to. What one signal has none of is taken from the row for all. */
const credentials = {
  serverUrl: ["authToken", "basicAuthUser", "basicAuthPassword", "tenantId", "httpHeaders"],
  windowsUrl: ["windowsToken"],
  otlpEndpoint: ofCollector,
  metricsEndpoint: [...ofCollector, "metricsHeaders", "metricsClientCertificate", "metricsClientKey"],
  tracesEndpoint: [...ofCollector, "tracesHeaders", "tracesClientCertificate", "tracesClientKey"],
} as const satisfies Partial<Record<keyof Config, readonly (keyof Config)[]>>;

type Server = keyof typeof credentials;

/** `own`: the configuration without anything that the target says. `strange`: the options by which it named servers that would have got credentials. */
export function trusted(config: Config, own: Config): { config: Config; strange: string[] } {
  const strange = new Set<string>();
  const kept: Record<string, unknown> = { ...config };
  for (const server of Object.keys(credentials) as Server[]) {
    if (config[server] === "" || config[server] === own[server]) continue;
    for (const name of credentials[server]) {
      if (isNothing(config[name])) continue;
      kept[name] = typeof config[name] === "object" ? {} : "";
      strange.add(server.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    }
  }
  return { config: kept as Config, strange: [...strange] };
}

const isNothing = (value: string | object): boolean =>
  typeof value === "string" ? value === "" : Object.keys(value).length === 0;
