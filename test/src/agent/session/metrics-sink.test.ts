// Is OpenTelemetry loaded when its first export is due and not before, and is nothing lost that ended until then?
import { describe, expect, it } from "vitest";
import { MetricsSink } from "../../../../src/agent/session/metrics-sink.js";
import type { SinksRequest } from "../../../../src/agent/session/sink.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { createLog } from "../../../../src/log.js";
import type { AgentSelf } from "../../../../src/metrics/catalog.js";
import { signalSettings } from "../../../../src/output/otlp/settings.js";
import { cellOf } from "../../../helpers/cells.js";
import { until } from "../../../helpers/until.js";

type Load = NonNullable<ConstructorParameters<typeof MetricsSink>[3]>;
type Open = Awaited<ReturnType<Load>>["openCollector"];

function sinkOf(flags: Record<string, string> = {}, broken = false, endpoint?: string) {
  const { config } = resolveConfig({ flags: { "otlp-endpoint": "http://127.0.0.1:4317", ...flags }, environment: {} });
  const settings = signalSettings(config, "metrics");
  if (settings === null) throw new Error("no settings");
  if (endpoint !== undefined) settings.endpoint = endpoint;
  const lines: string[] = [];
  const did: string[] = [];
  const servers: SinksRequest["parts"]["servers"] = [];
  const log = createLog("warn", (line) => lines.push(line));
  const path = { padLabels: (pad: number) => ({ pipeline: "p", element: `e${pad}`, factory: "f", pad: "sink" }) };
  const load: Load = async () => {
    did.push("load");
    if (broken) throw new Error("no such file");
    const openCollector: Open = (_request, _settings, _self, known) => {
      const ended = () =>
        known.ended.hops().map(({ cell, labels }) => `${labels.pad(cell.pad).element} ${cell.buffers}`);
      did.push(`open ${known.state.report.what}`);
      return {
        begin: () => void did.push(`begin ${ended()}`),
        flush: async (ms) => did.push(`flush ${ended()} ${ms <= 5000}`) > 0,
        close: async (ms) => did.push(`close ${ended()} ${ms <= 5000}`) > 0,
      };
    };
    return { openCollector };
  };
  const sink = new MetricsSink(
    { parts: { config, log, servers }, path } as unknown as SinksRequest,
    settings,
    () => ({}) as AgentSelf,
    load,
  );
  return { sink, did, lines, servers };
}

describe("OpenTelemetry", () => {
  it("is loaded after one interval, and exports at once, with what ended before", async () => {
    const { sink, did, servers } = sinkOf({ "otlp-interval": "1s" });
    expect(servers.map(({ report }) => report.what)).toEqual(["metrics"]);
    sink.gone([cellOf(3, [1, 2])]);
    expect(did).toEqual([]);
    await until("an export", () => did.length >= 3);
    expect(did).toEqual(["load", "open metrics", "begin e3 2"]);
    sink.gone([cellOf(3, [5])]);
    await sink.close(5000);
    expect(did.slice(3)).toEqual(["close e3 3 true"]);
  });

  it("is loaded once, at a flush or at the end, if that is earlier", async () => {
    const { sink, did } = sinkOf({ "otlp-interval": "1s" });
    sink.gone([cellOf(4, [1])]);
    expect(await sink.flush(5000)).toBe(true);
    expect(await sink.close(5000)).toBe(true);
    expect(did).toEqual(["load", "open metrics", "flush e4 1 true", "close e4 1 true"]);
  });

  it("that cannot be loaded is said once, and holds nobody up", async () => {
    const { sink, did, lines } = sinkOf({}, true);
    expect([await sink.flush(5000), await sink.close(5000)]).toEqual([false, false]);
    expect([did, lines.length]).toEqual([["load"], 1]);
    expect(lines[0]).toContain("no metrics are sent: OpenTelemetry cannot be loaded: no such file");
  });

  it("is not waited for where the address makes no sense", () => {
    expect(() => sinkOf({}, false, "ftp://collector")).toThrow(/ftp:\/\/collector/);
  });
});
