// Is each server named once, with all that goes there and the way that it takes?
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../src/config/config.js";
import { destinationsOf } from "../../../src/output/destinations.js";

function to(environment: Record<string, string>, variables: Record<string, string> = {}) {
  const { config } = resolveConfig({ environment });
  return destinationsOf(config, variables).map(({ what, shown, way, tunnelled }) => ({ what, shown, way, tunnelled }));
}
const NOWHERE = { GST_PYROSCOPE_SERVER_URL: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "none" };

describe("destinations", () => {
  it("are none where nothing is sent", () => {
    expect(to(NOWHERE)).toEqual([]);
  });

  it("are each server with its ways: gRPC must be tunnelled by a proxy, HTTP not", () => {
    const environment = {
      GST_PYROSCOPE_SERVER_URL: "http://profiles.example:4040",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example:4317",
    };
    expect(to(environment)).toEqual([
      { what: "profiles", shown: "http://profiles.example:4040", way: "direct (no proxy is set)", tunnelled: false },
      {
        what: "metrics, traces",
        shown: "http://collector.example:4317",
        way: "direct (no proxy is set)",
        tunnelled: true,
      },
    ]);
    const proxied = to(environment, { http_proxy: "http://u:hunter2@proxy:3128", no_proxy: "profiles.example" });
    expect(proxied.map(({ way }) => way)).toEqual([
      "direct (no_proxy)",
      "through the proxy http://proxy:3128 (http_proxy)",
    ]);
  });

  it("are one server where several go to the same address, whatever is written behind it", () => {
    const one = to({
      GST_PYROSCOPE_SERVER_URL: "http://all.example:4318/",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://all.example:4318",
      DEBUGINFOD_URLS: "http://all.example:4318",
    });
    expect(one.map(({ what }) => what)).toEqual(["profiles, metrics, traces, symbols"]);
  });

  it("show no credentials", () => {
    const said = to({ ...NOWHERE, GST_PYROSCOPE_SERVER_URL: "http://u:hunter2@h.example:1/?token=hunter2" });
    expect(JSON.stringify(said)).not.toContain("hunter2");
    expect(said[0]?.shown).toContain("http://***@h.example:1");
  });

  it("are all servers of debug files, and what is none of a server is left out", () => {
    const said = to({ ...NOWHERE, DEBUGINFOD_URLS: " https://a.example  ftp://b.example nonsense https://c.example " });
    expect(said.map(({ what, shown }) => [what, shown])).toEqual([
      ["symbols", "https://a.example"],
      ["symbols", "https://c.example"],
    ]);
  });
});
