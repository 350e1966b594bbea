// What does a Grafana on this machine need: which containers, data sources and dashboards?
// SPDX-License-Identifier: MPL-2.0

import { CPU_PROFILE } from "./panels.mjs";

/** Never anything else: the image asks for no password, and takes data from every sender. */
const LOOPBACK = "127.0.0.1";
export const IMAGE = "grafana/otel-lgtm:0.31.0";
/** TABLE: what is reached from outside of the container. Prometheus and Tempo are asked by Grafana inside. */
const PORTS = [3000, 4040, 4317, 4318];
const MOUNT = "/gst-pyroscope";

export const compose = () => ({
  name: "gst-pyroscope",
  services: {
    grafana: {
      image: IMAGE,
      ports: PORTS.map((port) => `${LOOPBACK}:${port}:${port}`),
      environment: {
        GF_PATHS_PROVISIONING: `${MOUNT}/provisioning`,
        GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${MOUNT}/dashboards/otlp/pipelines.json`,
      },
      volumes: [`.:${MOUNT}:ro`],
    },
  },
});

export const dashboardProviders = () => ({
  apiVersion: 1,
  providers: [
    {
      name: "gst-pyroscope",
      folder: "GStreamer",
      type: "file",
      allowUiUpdates: true,
      options: { path: `${MOUNT}/dashboards/otlp` },
    },
  ],
});

/** In place of the image's own, under the same names: those have no way from a span to its profile. `$$` is one `$`. */
export const dataSources = () => ({
  apiVersion: 1,
  datasources: [
    {
      name: "Prometheus",
      type: "prometheus",
      uid: "prometheus",
      url: "http://localhost:9090",
      isDefault: true,
      // otlp-interval: rates look at four of them.
      jsonData: { timeInterval: "10s" },
    },
    { name: "Tempo", type: "tempo", uid: "tempo", url: "http://localhost:3200", jsonData: tracesTo },
    { name: "Loki", type: "loki", uid: "loki", url: "http://localhost:3100" },
    {
      name: "Pyroscope",
      type: "grafana-pyroscope-datasource",
      uid: "pyroscope",
      url: "http://localhost:4040",
      // upload-interval
      jsonData: { minStep: "15s" },
    },
  ],
});

const tracesTo = {
  tracesToProfiles: {
    datasourceUid: "pyroscope",
    profileTypeId: CPU_PROFILE,
    tags: [{ key: "service.name", value: "service_name" }],
    customQuery: false,
  },
  serviceMap: { datasourceUid: "prometheus" },
  nodeGraph: { enabled: true },
};
