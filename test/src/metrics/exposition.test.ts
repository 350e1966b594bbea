// Does Prometheus hear of the agent what a collector hears, by the same rows?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, it } from "vitest";
import { type AgentSelf, metricTable } from "../../../src/metrics/catalog.js";
import { agentExposition, prometheusName } from "../../../src/metrics/exposition.js";
import { parseExposition, valuesBy } from "../../helpers/prometheus-text.js";

const self: AgentSelf = {
  startUnixNs: 1n,
  cpuNs: 25e7,
  rssBytes: 5e7,
  queueBytes: 12,
  profiles: { delivered: 3, failed: 1 },
  dropped: { queue_full: 40, window_refused: 2 },
  overflowed: { element: 4, pad: 0 },
  spans: { sent: 7, span_queue_full: 9 },
  threads: { running: 2e9, ready: 41.7e9, blocked: 3e9 },
};

describe("the agent in Prometheus' text", () => {
  it("has every row of the catalog that is the agent's, once, under a name of Prometheus' kind", () => {
    const { types, helps } = parseExposition(agentExposition(self));
    const rows = metricTable.filter(({ per }) => per === "agent");
    expect(rows.length).toBeGreaterThanOrEqual(7);
    expect(types).toEqual(Object.fromEntries(rows.map((row) => [prometheusName(row), row.kind])));
    expect(Object.keys(helps)).toEqual(Object.keys(types));
    expect(Object.keys(types)).toEqual(
      expect.arrayContaining([
        "gst_pyroscope_agent_cpu_seconds_total",
        "gst_pyroscope_agent_memory_bytes",
        "gst_pyroscope_agent_dropped_total",
      ]),
    );
  });

  it("has what was lost on its side, by reason", () => {
    const text = agentExposition(self);
    expect(valuesBy(text, "gst_pyroscope_agent_dropped_total", "reason")).toEqual(self.dropped);
    expect(valuesBy(text, "gst_pyroscope_agent_profiles_total", "outcome")).toEqual(self.profiles);
    expect(valuesBy(text, "gst_pyroscope_agent_spans_total", "outcome")).toEqual(self.spans);
    expect(valuesBy(text, "gst_pyroscope_agent_overflowed_total", "label")).toEqual(self.overflowed);
    expect(valuesBy(text, "gst_pyroscope_agent_threads_seconds_total", "state")).toEqual({
      running: 2,
      ready: 41.7,
      blocked: 3,
    });
    expect(parseExposition(text).samples.filter(({ name }) => /cpu|queue/.test(name))).toEqual([
      { name: "gst_pyroscope_agent_cpu_seconds_total", labels: {}, value: 0.25 },
      { name: "gst_pyroscope_agent_queue_bytes", labels: {}, value: 12 },
    ]);
  });

  it("has no family without a sample, and no key that could end its line", () => {
    const text = agentExposition({ ...self, profiles: {}, dropped: { 'a"\\\n\u0085\u202e': 1 } });
    expect(text).not.toContain("agent_profiles");
    expect(valuesBy(text, "gst_pyroscope_agent_dropped_total", "reason")).toEqual({ 'a"\\\ufffd\ufffd\ufffd': 1 });
  });
});
