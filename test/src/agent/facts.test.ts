// Does the agent know what the target was told, and by whom?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { layersOf } from "../../../src/agent/facts.js";
import { resolveConfig } from "../../../src/config.js";

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
});
