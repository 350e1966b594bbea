// Does each metric say the figure that its name and unit promise?
import { describe, expect, it } from "vitest";
import { type AgentSelf, type MetricRow, metricTable, reportedBounds } from "../../../src/metrics/catalog.js";
import { labelTable } from "../../../src/model/label-policy.js";
import { cellOf, flow, stateOf } from "../../helpers/cells.js";

const self: AgentSelf = {
  ...{
    startUnixNs: 1n,
    cpuNs: 25e7,
    rssBytes: 5e7,
    queueBytes: 12,
    profiles: { delivered: 3 },
    dropped: { queue_full: 4 },
  },
  ...{ overflowed: { element: 4 }, spans: { sent: 7 }, threads: { running: 2e9, ready: 41.7e9 } },
};
const cell = cellOf(1, [5, 6, 7, 8], {
  ...{ buffers: 3, bytes: 400, nested: 2, dropped: 5, flushed: 6, level: 7e9, highestLevel: 9e9 },
  flow: flow({ ok: 3, eos: 1 }),
});
const state = stateOf({
  ...{ processCpuBeginNs: 1e9, processCpuNs: 3.5e9, registeredCpuNs: 2e9, maskedCpuNs: 0.5e9, timingCostPs: 38_000 },
  ...{ samplesSettled: 40, samplesAgentLost: 2 },
  counters: {
    samples_written: 50,
    wall_written: 7,
    ring_full: 3,
    inferred: 7,
    deferred: 1,
    no_table: 0,
    spans_written: 9,
  },
});
const row = (name: string): MetricRow => {
  const found = metricTable.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const said = (one: MetricRow): unknown =>
  one.per === "agent" ? one.of(self) : one.per === "target" ? one.of(state) : one.of(cell);

describe("a metric", () => {
  it.each([
    ["gstreamer.pad.buffers", { "": 3 }],
    ["gstreamer.pad.io", { "": 400 }],
    ["gstreamer.pad.calls", { "": 4 }],
    ["gstreamer.pad.nested", { "": 2 }],
    ["gstreamer.pad.flow", cell.flow],
    ["gstreamer.pad.latency.ns", cell.inclusive],
    ["gstreamer.element.exclusive", cell.exclusive],
  ])("%s is the figure of its cell", (name, figure) => {
    expect(said(row(name))).toEqual(figure);
  });

  it("of what an element says of itself is in seconds, and has no most where it sets none", () => {
    expect(reportedBounds(cell)).toEqual({ min: 7, max: 9 });
    expect(reportedBounds({ ...cell, highestLevel: 2 ** 63 })).toEqual({ min: 7 });
    expect(reportedBounds({ ...cell, highestLevel: 2 ** 64 })).toEqual({ min: 7 });
  });

  it("of samples has all that were written, of threads that ran and of those that were blocked", () => {
    const samples = metricTable.find((one) => one.per === "target" && one.attribute === "outcome");
    expect(samples && said(samples)).toEqual({ written: 57, inferred: 7, deferred: 1, settled: 40, agent_lost: 2 });
  });

  it("of losses has losses alone, of events what lost nothing, and no counter is both", () => {
    const of = (attribute: string) => {
      const found = metricTable.find((one) => one.per === "target" && one.attribute === attribute);
      return found === undefined ? {} : (said(found) as Record<string, number>);
    };
    expect([of("reason"), of("event")]).toEqual([
      { ring_full: 3, no_table: 0 },
      { inferred: 7, deferred: 1 },
    ]);
  });

  it("of CPU time is in seconds since the first timer, never below nothing", () => {
    const cpu = metricTable.find((one) => one.per === "target" && one.attribute === "scope");
    expect(cpu && said(cpu)).toMatchObject({ process: 2.5, registered: 2, before: 1, masked: 0.5, tracer: 0 });
    const early = stateOf({ processCpuBeginNs: 2e9, processCpuNs: 1e9 });
    expect(cpu?.per === "target" && cpu.of(early)).toMatchObject({ process: 0 });
  });

  it("of the agent's threads is in seconds by what they did", () => {
    const threads = metricTable.find((one) => one.per === "agent" && one.attribute === "state");
    expect(threads && said(threads)).toEqual({ running: 2, ready: 41.7 });
  });
});

describe("the table", () => {
  it("has each name once, in both languages", () => {
    const names = [...metricTable.map(({ name }) => name), ...metricTable.flatMap(({ prometheus = [] }) => prometheus)];
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("splits amounts by a label of the policy, and only those that have several", () => {
    for (const one of metricTable) {
      const amounts = one.kind === "histogram" ? [""] : Object.keys(said(one) as object);
      if (one.attribute === undefined) expect([one.name, amounts]).toEqual([one.name, [""]]);
      else expect(Object.keys(labelTable)).toContain(one.attribute);
    }
  });

  it("gives seconds to Prometheus as seconds, counters as totals", () => {
    for (const { name, kind, unit, prometheus } of metricTable) {
      if (prometheus === undefined) continue;
      expect(prometheus, name).toMatch(/^(gst|gst_pyroscope)_[a-z_]+$/);
      if (kind === "counter") expect(prometheus).toMatch(/_total$/);
      if (unit === "s") expect(prometheus).toMatch(/_seconds(_total)?$/);
      if (unit === "By") expect(prometheus).toMatch(/_bytes(_total)?$/);
    }
  });

  it("marks amounts that may have a fraction: those in seconds", () => {
    for (const { name, kind, unit, fraction } of metricTable)
      if (kind !== "histogram") expect([name, fraction === true]).toEqual([name, unit === "s"]);
  });
});
