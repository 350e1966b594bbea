// Do the counts of a target reach a collector as its own metrics, with the sums that the options ask for?
import { afterEach, describe, expect, it } from "vitest";
import { openCollector } from "../../../src/agent/collector.js";
import type { SinksRequest } from "../../../src/agent/session/sink.js";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";
import type { AgentSelf } from "../../../src/metrics/catalog.js";
import { EndedSeries } from "../../../src/metrics/ended-series.js";
import { Topology } from "../../../src/model/topology.js";
import { metricsState } from "../../../src/output/otlp/metrics-state.js";
import { signalSettings } from "../../../src/output/otlp/settings.js";
import { cellOf, stateOf } from "../../helpers/cells.js";
import { FakeCollector } from "../../helpers/fake-collector.js";

const collectors: FakeCollector[] = [];
afterEach(async () => {
  for (const collector of collectors.splice(0)) await collector.stop();
});

const self: AgentSelf = {
  ...{
    startUnixNs: 1_700_000_000_000_000_000n,
    cpuNs: 2e9,
    rssBytes: 70e6,
    overflowed: {},
    threads: {},
    queueBytes: 0,
  },
  ...{ profiles: {}, dropped: { upload_busy: 4 }, spans: {} },
};

async function exportedBy(flags: Record<string, string>) {
  const collector = await FakeCollector.start();
  collectors.push(collector);
  const endpoint = `http://127.0.0.1:${collector.port}`;
  const { config } = resolveConfig({ flags: { "otlp-endpoint": endpoint, ...flags }, environment: {} });
  if (config.temporality !== "cumulative") collector.temporality = 1;
  const settings = signalSettings(config, "metrics");
  if (settings === null) throw new Error("no settings");
  const request = { version: "1.2.3", services: { channels: new Map() } };
  const parts = { config, request, log: createLog("silent"), topology: new Topology(), first: { state: stateOf() } };
  const path = { padLabels: (pad: number) => ({ pipeline: "p", element: "e", factory: "identity", pad: `pad${pad}` }) };
  const observe = () => ({ cells: [cellOf(3, [1000, 2000])], ended: [], state: stateOf() });
  const log = createLog("silent");
  const known = { ended: new EndedSeries(), state: metricsState(endpoint, log) };
  const sink = openCollector({ parts, path, observe } as unknown as SinksRequest, settings, () => self, known);
  await sink.flush(30_000);
  await sink.close(30_000);
  return collector;
}

describe("a collector", () => {
  it("gets the buffers of each pad, under the names that the profiles have", async () => {
    const collector = await exportedBy({});
    expect(collector.violations).toEqual([]);
    const [buffers, ...others] = collector.points("gstreamer.pad.buffers");
    expect([buffers?.value, others]).toEqual([2, []]);
    expect(Object.values(buffers?.attributes ?? {})).toEqual(expect.arrayContaining(["p", "e", "identity", "pad3"]));
  });

  it("gets what the agent says of itself, and whose metrics these are", async () => {
    const collector = await exportedBy({ "tracer-name": "encoder" });
    expect(collector.point("gstreamer.profiler.agent.dropped", { reason: "upload_busy" }).value).toBe(4);
    expect(collector.resource).toMatchObject({ "service.name": "encoder", "telemetry.distro.version": "1.2.3" });
  });

  it("gets sums and histograms as they were asked for: since the start or since the last time, on a grid or a scale", async () => {
    for (const [histograms, kind] of [
      ["explicit_bucket_histogram", "histogram"],
      ["base2_exponential_bucket_histogram", "exponential"],
    ] as const) {
      for (const temporality of ["cumulative", "delta"]) {
        const collector = await exportedBy({ histograms, temporality }); // it refuses the other temporality
        expect(collector.violations).toEqual([]);
        const [time] = collector.points("gstreamer.element.exclusive");
        expect(time?.kind).toBe(kind);
      }
    }
  });
});
