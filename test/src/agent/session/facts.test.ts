// Does the agent know what the target was told, and by whom?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { layersOf } from "../../../../src/agent/session/facts.js";
import { isForeign } from "../../../../src/attach/owner.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { optionTable } from "../../../../src/config/options.js";

const configOf = (facts: Record<string, string>, own: Record<string, string> = {}) => {
  const { config, settings } = resolveConfig(layersOf(new Map(Object.entries(facts)), {}, own));
  return { config, source: (name: string) => settings.find((setting) => setting.name === name)?.source };
};

describe("the target's facts", () => {
  it("are parameters, its environment and the defaults of its tracer's name, in this order", () => {
    const facts = { "preset.server-url": "none", "environment.sample-rate": "20", "parameter.port": "9092" };
    const { config, source } = configOf(facts);
    expect([config.serverUrl, config.sampleRate, config.port]).toEqual(["", 20, 9092]);
    expect(["server-url", "sample-rate", "port"].map(source)).toEqual([
      "preset",
      "GST_PYROSCOPE_SAMPLE_RATE",
      "tracer parameter",
    ]);
  });

  it("name the variable of an older tracer, for an agent that has another environment", () => {
    const facts = { GST_PROMETHEUS_TRACER_PORT: "9092", "preset.address": "0.0.0.0" };
    expect(configOf(facts).config).toMatchObject({ port: 9092, address: "0.0.0.0" });
    expect(configOf(facts).source("port")).toBe("GST_PROMETHEUS_TRACER_PORT");
    expect(configOf(facts, { GST_PYROSCOPE_PORT: "9093" }).config.port).toBe(9093);
    expect(configOf(facts, { GST_PYROSCOPE_ADDRESS: "127.0.0.1" }).config.address).toBe("127.0.0.1");
  });

  it("of another user's process choose no server, path, port or address, only how it is called and measured", () => {
    const said = { "server-url": "http://evil.example", capture: "/srv/x", port: "9092", address: "0.0.0.0" };
    const facts: Record<string, string> = {
      GST_PROMETHEUS_TRACER_PORT: "9",
      PYROSCOPE_SERVER_ADDRESS: "http://evil.example",
    };
    for (const [name, value] of Object.entries(said))
      for (const kind of ["parameter", "environment", "preset"]) facts[`${kind}.${name}`] = value;
    facts["parameter.tracer-name"] = "theirs";
    const all = new Map(optionTable.map(({ name }) => [`parameter.${name}`, "http://evil.example"]));
    const own = { GST_PYROSCOPE_SERVER_URL: "http://ours.example", GST_PYROSCOPE_AUTH_TOKEN: "t" };
    const { config } = resolveConfig(layersOf(new Map(Object.entries(facts)), {}, own, true));
    expect(config).toMatchObject({ serverUrl: "http://ours.example", capture: "", port: 0, address: "127.0.0.1" });
    expect(config.tracerName).toBe("theirs");
    const evil = resolveConfig(layersOf(all, {}, own, true)).settings.filter(({ value }) =>
      `${value}`.includes("evil"),
    );
    expect(evil.map(({ name }) => name)).toEqual(["tracer-name"]);
  });
});

describe("a process is another user's", () => {
  it("by its segment's owner or its own user", () => {
    const own = process.geteuid?.() ?? 0;
    expect(isForeign(process.pid, own)).toBe(false);
    expect(isForeign(process.pid, own + 1)).toBe(true);
    expect(isForeign(process.pid, null)).toBe(true);
    expect(isForeign(process.pid, own + 1, own + 1)).toBe(true); // its segment is ours, itself is not
    expect(isForeign(0x7fffffff, own)).toBe(false); // ended
  });
});
