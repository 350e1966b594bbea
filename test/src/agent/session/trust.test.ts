// Do credentials go to servers that our own side named, and to no other?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { layersOf, refusedChoices } from "../../../../src/agent/session/facts.js";
import { trusted } from "../../../../src/agent/session/trust.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { optionTable } from "../../../../src/config/options.js";

const secrets = {
  GST_PYROSCOPE_AUTH_TOKEN: "t0ken",
  PYROSCOPE_HTTP_HEADERS: "x-key=k3y",
  PYROSCOPE_TENANT_ID: "us",
  OTEL_EXPORTER_OTLP_HEADERS: "authorization=c0llector",
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: "authorization=tr4ces",
};

function configOf(facts: Record<string, string>, own: Record<string, string>) {
  const all = layersOf(new Map(Object.entries(facts)), {}, own);
  return trusted(resolveConfig(all).config, resolveConfig({ environment: own }).config);
}

describe("credentials", () => {
  it("stay where the target's word chooses the server, and only there", () => {
    const { config, strange } = configOf({ "parameter.server-url": "http://theirs:1" }, secrets);
    expect(config).toMatchObject({ serverUrl: "http://theirs:1", authToken: "", tenantId: "", httpHeaders: {} });
    expect(config.otlpHeaders).toEqual({ authorization: "c0llector" });
    expect(strange).toEqual(["server-url"]);
  });

  it("stay for a session service that the target chose", () => {
    const own = { GST_PYROSCOPE_WINDOWS_TOKEN: "w1ndows" };
    const { config, strange } = configOf({ "parameter.windows-url": "http://theirs:1" }, own);
    expect(config).toMatchObject({ windowsUrl: "http://theirs:1", windowsToken: "" });
    expect(strange).toEqual(["windows-url"]);
  });

  it.each(["parameter.", "environment.", "preset."])("stay for a collector that a %s chose", (kind) => {
    const { config, strange } = configOf({ [`${kind}otlp-endpoint`]: "http://theirs:1" }, secrets);
    expect(config).toMatchObject({ otlpEndpoint: "http://theirs:1", otlpHeaders: {}, authToken: "t0ken" });
    expect(strange).toEqual(["otlp-endpoint"]);
  });

  it("of all signals stay too where the target chooses the collector of one", () => {
    const { config } = configOf({ "parameter.traces-endpoint": "http://theirs:1" }, secrets);
    expect(config).toMatchObject({ otlpHeaders: {}, tracesHeaders: {} });
  });

  it("go to the server that both name, to the default, and to ours where the target names none", () => {
    const ours = { ...secrets, GST_PYROSCOPE_SERVER_URL: "http://ours:1" };
    for (const facts of [
      {},
      { "parameter.server-url": "http://ours:1" },
      { "environment.server-url": "http://theirs:1" },
    ])
      expect(configOf(facts, ours)).toMatchObject({ strange: [], config: { authToken: "t0ken" } });
    expect(configOf({}, secrets)).toMatchObject({ strange: [], config: { authToken: "t0ken" } });
  });

  it("are nothing to speak of where there are none", () => {
    expect(configOf({ "parameter.server-url": "http://theirs:1" }, {}).strange).toEqual([]);
  });
});

describe("a target", () => {
  it("sets nothing that is no parameter of the tracer, whatever it writes", () => {
    const facts = new Map(
      optionTable.flatMap(({ name }) =>
        ["parameter", "environment", "preset"].map((kind): [string, string] => [`${kind}.${name}`, "7"]),
      ),
    );
    const { tracer, preset, environment } = layersOf(facts, {}, {});
    const set = [...Object.keys(tracer ?? {}), ...Object.keys(preset ?? {})];
    const others = optionTable.filter(({ parameter }) => !parameter).map(({ name }) => name as string);
    expect(others).toContain("auth-token");
    expect(set.filter((name) => others.includes(name))).toEqual([]);
    expect(Object.keys(environment ?? {}).length).toBe(optionTable.length - others.length);
  });

  it("of another user asks in vain for what is named, once each", () => {
    const facts = {
      "parameter.port": "1",
      "preset.port": "2",
      PYROSCOPE_SERVER_ADDRESS: "http://x",
      "parameter.tags": "a=b",
    };
    expect(refusedChoices(new Map(Object.entries(facts)))).toEqual(["server-url", "port"]);
  });
});
