// Does a person hear each warning of OpenTelemetry's SDK once, and does what it says of an answer come to who asks for it?
import { diag } from "@opentelemetry/api";
import { beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../../../src/log.js";
import { heardOfAnswer, quietSdk } from "../../../../src/output/otlp/sdk-log.js";

let lines: string[];
beforeEach(() => {
  lines = [];
  quietSdk(createLog("warn", (line) => lines.push(line)));
  heardOfAnswer();
});

it("a warning is said once, failures of exports are for debugging", () => {
  for (let i = 0; i < 3; i++) diag.warn("queue is full");
  diag.error("export failed", new Error("at length"));
  diag.error("PeriodicExportingMetricReader: metrics collection errors", "bad");
  expect(lines.map((line) => /queue is full|collection errors/.exec(line)?.[0])).toEqual([
    "queue is full",
    "collection errors",
  ]);
});

describe("a partial success", () => {
  it.each([
    ['{"rejectedDataPoints":3,"errorMessage":"not these"}', 3],
    ['{"errorMessage":"a word"}', 0],
    ['{"rejectedDataPoints":18446744073709552000}', 0],
    ["{", 0],
  ])("%s is kept until it is asked for, and not said", (json, rejected) => {
    diag.warn("Received Partial Success response:", json);
    expect(heardOfAnswer()).toEqual({ rejected });
    expect(heardOfAnswer()).toEqual({});
    expect(lines).toEqual([]);
  });
});

it("what is no answer of a collector is kept as it came", () => {
  const response = Buffer.from("<html>");
  const logger = diag.createComponentLogger({ namespace: "OTLPExportDelegate" });
  logger.warn("Export succeeded but could not deserialize response - is it compliant?", new Error("bad"), response);
  expect(heardOfAnswer()).toEqual({ response });
  expect(lines).toEqual([]);
});
