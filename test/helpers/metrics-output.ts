// How do the cells of a test reach a collector? Every 200 ms, by all of what is behind it in the agent; what is said of it is kept.
import { createLog } from "../../src/log.js";
import { SegmentProducer } from "../../src/metrics/producer.js";
import type { CellSnapshot } from "../../src/model/batch.js";
import { type OtlpOptions, OtlpOutput } from "../../src/output/otlp/metrics.js";
import { targetResource } from "../../src/output/otlp/resource.js";
import { stateOf } from "./cells.js";
import { plainExport } from "./plain-export.js";

export const started = BigInt(Date.now()) * 1_000_000n;
export const facts = {
  pid: 4711,
  startTicks: 99,
  createdUnixNs: started,
  host: "box",
  executable: "/usr/bin/gst-launch-1.0",
  deployment: "",
  resourceAttributes: "deployment.environment.name=test,bad pair,space=a%20b,service.name=not-this",
};

export function metricsOutputTo(endpoint: string, cells: () => CellSnapshot[], change: Partial<OtlpOptions> = {}) {
  const lines: string[] = [];
  const self = {
    startUnixNs: started,
    cpuNs: 1,
    rssBytes: 2,
    queueBytes: 3,
    profiles: {},
    dropped: {},
    overflowed: {},
    threads: {},
    spans: {},
  };
  const producer = new SegmentProducer({
    observe: () => ({ cells: cells(), state: stateOf({ createdUnixNs: started }), self }),
    labels: { pad: (id) => ({ pipeline: "p0", element: `e${id}`, factory: "identity", pad: "sink" }) },
    now: () => BigInt(Date.now()) * 1_000_000n,
    version: "0.1.0",
  });
  const resource = targetResource({ facts, serviceName: "svc", tags: [["site", "lab"]], version: "0.1.0" });
  const log = createLog("warn", (line) => lines.push(line));
  const backoff = { firstMs: 20, maxMs: 100 };
  const output = new OtlpOutput({
    ...plainExport,
    endpoint,
    intervalMs: 200,
    resource,
    producer,
    version: "0.1.0",
    log,
    backoff,
    renewAfterMs: 300,
    ...change,
  });
  return { output, lines };
}
