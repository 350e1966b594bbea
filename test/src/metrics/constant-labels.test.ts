// Does every sample of the text have a person's tags, whatever they are called and say?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, it } from "vitest";
import { withConstantLabels } from "../../../src/metrics/constant-labels.js";
import { parseExposition } from "../../helpers/prometheus-text.js";

const text = `# HELP gst_pad_buffers_total Buffers of a{b}.
# TYPE gst_pad_buffers_total counter
gst_pad_buffers_total{element="a{b} c",pad="sink"} 7
# TYPE gst_pyroscope_agent_cpu_seconds_total counter
gst_pyroscope_agent_cpu_seconds_total 0.25
`;
const labelsWith = (tags: Record<string, string>) =>
  parseExposition(withConstantLabels(text, tags)).samples.map(({ labels }) => labels);

describe("constant labels", () => {
  it("are on every sample, before its own, and change nothing else", () => {
    const tags = { site: "lab", env: "dev" };
    const before = parseExposition(text);
    const after = parseExposition(withConstantLabels(text, tags));
    expect(after).toEqual({
      ...before,
      samples: before.samples.map((one) => ({ ...one, labels: { ...tags, ...one.labels } })),
    });
    expect(withConstantLabels(text, {})).toBe(text);
  });

  it("give way to ours under another name, in every family alike", () => {
    expect(labelsWith({ element: "mine", le: "5", "le ": "6" })).toEqual([
      { exported_element: "mine", exported_le: "5", le_: "6", element: "a{b} c", pad: "sink" },
      { exported_element: "mine", exported_le: "5", le_: "6" },
    ]);
  });

  it("cannot end their line, and names are bent into Prometheus' shape", () => {
    expect(labelsWith({ "a.b-c": 'x"y\\z\nw', "9": "nine", __name__: "evil" })[1]).toEqual({
      a_b_c: 'x"y\\z\ufffdw',
      _9: "nine",
      name__: "evil",
    });
  });

  it("have no two of one name", () => {
    expect(labelsWith({ element: "one", exported_element: "two" })[1]).toEqual({ exported_element: "two" });
  });
});
