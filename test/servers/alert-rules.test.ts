// Do the alert rules fire when they should, with the words that they should, and rest otherwise? promtool says so.
// SPDX-License-Identifier: MPL-2.0

import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { namings } from "../../scripts/grafana/queries.mjs";
import { metricTable } from "../../src/metrics/catalog.js";
import { prometheusName } from "../../src/metrics/exposition.js";
import { missingPrometheus, promtool } from "../helpers/real-prometheus.js";
import { scratch } from "../helpers/scratch.js";
import { root, textOf } from "../helpers/tree.js";

type Labels = Record<string, string>;
/** Name in the catalog, what a histogram's series ends with, labels beside those of the process; values as promtool takes them, one each 30 s. */
type Series = [metric: string, suffix: string, labels: Labels, values: string];

interface Case {
  alert: string;
  when: string;
  at: string;
  series: Series[];
  /** Labels beside those of the process, and the summary; null: it rests. */
  fires: { labels: Labels; summary: string } | null;
}

const service = { job: "encoder", instance: "one" };
const pipeline = { pipeline: "camera" };
const element = (name: string, factory: string): Labels => ({ ...pipeline, element: name, factory });
const pad = { ...element("h264", "x264enc"), pad: "sink" };
const [sum, bucket] = ["_sum", "_bucket"];

const buffers = (values: string): Series[] => [["gstreamer.pad.buffers", "", pad, values]];
const own = (name: string, factory: string, values: string): Series[] => [
  ["gstreamer.element.exclusive", sum, element(name, factory), values],
];
const flow = (flow: string, values: string): Series[] => [["gstreamer.pad.flow", "", { ...pad, flow }, values]];
const dropped = (values: string): Series[] => [["gstreamer.queue.dropped", "", element("preview", "queue"), values]];
const latency = (bounds: Record<string, string>): Series[] =>
  Object.entries(bounds).map(([le, values]) => [
    "gstreamer.pipeline.latency",
    bucket,
    { ...pipeline, source: "camera0", sink: "screen", le },
    values,
  ]);
const threads = (ready: string, running: string): Series[] =>
  Object.entries({ ready, running }).map(([state, values]) => [
    "gstreamer.profiler.agent.threads",
    "",
    { state },
    values,
  ]);
const lost = (losses: string): Series[] => [
  ["gstreamer.profiler.losses", "", { reason: "ring_full" }, losses],
  ["gstreamer.profiler.samples", "", { outcome: "written" }, "0+30x60"],
];
const costs = (handler: string): Series[] => [
  ["gstreamer.profiler.handler", sum, {}, handler],
  ["gstreamer.profiler.target.cpu", "", { scope: "tracer" }, "0+0x60"],
  ["gstreamer.profiler.target.cpu", "", { scope: "process" }, "0+30x60"],
  ["gstreamer.pad.calls", "", pad, "0+1000x60"],
  ["gstreamer.profiler.timing.cost", "", {}, "0.0000001x60"],
];
const memory = (values: string): Series[] => [["gstreamer.profiler.agent.memory", "", {}, values]];
const unsent = (values: string): Series[] => [
  ["gstreamer.profiler.agent.dropped", "", { reason: "upload_expired" }, values],
];

const fires = (alert: string, when: string, at: string, series: Series[], labels: Labels, summary: string): Case => ({
  alert,
  when,
  at,
  series,
  fires: { labels, summary },
});
const rests = (alert: string, when: string, at: string, series: Series[]): Case => ({
  alert,
  when,
  at,
  series,
  fires: null,
});
const named = (name: string): Labels => ({ ...pipeline, element: name });

const cases: Case[] = [
  fires(
    "GstPipelineStalled",
    "buffers stop while the process goes on reporting",
    "14m",
    buffers("0+60x20 1200x40"),
    pipeline,
    "camera (encoder) handles no buffers any more",
  ),
  rests("GstPipelineStalled", "buffers flow", "14m", buffers("0+60x60")),
  rests("GstPipelineStalled", "none has ever come", "14m", buffers("0x60")),
  rests("GstPipelineStalled", "the process has ended", "14m", buffers("0+60x20 _x40")),
  fires(
    "GstStreamFailed",
    "a pad returns an error",
    "7m",
    flow("error", "0x10 1x50"),
    { ...named("h264"), flow: "error" },
    "h264 of camera (encoder) returned error",
  ),
  rests("GstStreamFailed", "a stream ends", "7m", flow("eos", "0x10 1x50")),
  fires(
    "GstQueueFull",
    "nine tenths of the time are a wait for room",
    "12m",
    own("preview", "queue", "0+27x60"),
    named("preview"),
    "preview of camera (encoder) is full: the thread in front of it waits for room 90% of its time",
  ),
  rests("GstQueueFull", "half of the time is", "12m", own("preview", "queue", "0+15x60")),
  rests("GstQueueFull", "it is no queue that takes the time", "12m", own("h264", "x264enc", "0+27x60")),
  fires(
    "GstQueueDrops",
    "a leaky queue drops",
    "7m",
    dropped("0+3x60"),
    named("preview"),
    "preview of camera (encoder) drops 0.1 buffers a second",
  ),
  rests("GstQueueDrops", "it dropped long ago", "20m", dropped("0+3x10 30x50")),
  fires(
    "GstElementSaturated",
    "an encoder has its thread for itself",
    "12m",
    own("h264", "x264enc", "0+29.4x60"),
    named("h264"),
    "h264 of camera (encoder) takes 98% of its thread",
  ),
  rests("GstElementSaturated", "a sink waits for the clock", "12m", own("screen", "fakesink", "0+30x60")),
  rests("GstElementSaturated", "a queue waits for room", "12m", own("preview", "queue", "0+30x60")),
  fires(
    "GstLatencyHigh",
    "buffers take two seconds",
    "12m",
    latency({ 1: "0x60", 2: "0+30x60", "+Inf": "0+30x60" }),
    { ...pipeline, source: "camera0", sink: "screen" },
    "camera0 to screen of camera (encoder) takes 1.99s (p99)",
  ),
  rests("GstLatencyHigh", "they take half of one", "12m", latency({ 0.5: "0+30x60", 1: "0+30x60", "+Inf": "0+30x60" })),
  fires(
    "GstNoCpu",
    "a third of the time is a wait for a CPU",
    "12m",
    threads("0+10x60", "0+20x60"),
    {},
    "encoder: threads wait for a CPU 33.33% of the time in which they could run",
  ),
  rests("GstNoCpu", "a twentieth is", "12m", threads("0+1x60", "0+19x60")),
  fires(
    "GstProfilerLoses",
    "one of ten samples is lost",
    "12m",
    lost("0+3.75x60"),
    {},
    "encoder: the profiler loses 11.11%",
  ),
  rests("GstProfilerLoses", "one of a hundred is", "12m", lost("0+0.3x60")),
  fires(
    "GstProfilerCosts",
    "the handler takes a tenth of the CPU time",
    "12m",
    costs("0+3x60"),
    {},
    "encoder: the profiler takes 10% of the process's CPU time",
  ),
  rests("GstProfilerCosts", "it takes a hundredth", "12m", costs("0+0.3x60")),
  fires(
    "GstAgentDown",
    "nothing comes any more",
    "13m",
    memory("1e8x20 _x40"),
    {},
    "encoder: nothing heard of a process for two minutes",
  ),
  rests("GstAgentDown", "the agent reports", "13m", memory("1e8x60")),
  rests("GstAgentDown", "it has been away for long", "28m", memory("1e8x20 _x40")),
  fires(
    "GstAgentNotDelivering",
    "samples expire",
    "7m",
    unsent("0+30x60"),
    { reason: "upload_expired" },
    "encoder: 1 samples a second reach no server (upload_expired)",
  ),
  rests("GstAgentNotDelivering", "some did long ago", "20m", unsent("0+30x10 300x50")),
];

interface RuleFile {
  groups: { rules: { alert: string; labels: Labels; annotations: Labels }[] }[];
}

describe.skipIf(missingPrometheus).each(namings({ metricTable, prometheusName }))(
  "alert rules for $id names",
  (naming) => {
    const path = `gstreamer/grafana/alerts/${naming.id}.yaml`;
    const rules = (parse(textOf(path)) as RuleFile).groups.flatMap((group) => group.rules);

    it("are each tried in both ways", () => {
      const names = (state: boolean) => [
        ...new Set(cases.filter(({ fires }) => (fires !== null) === state).map(({ alert }) => alert)),
      ];
      const all = rules.map(({ alert }) => alert).sort();
      expect([names(true).sort(), names(false).sort()]).toEqual([all, all]);
    });

    it.each(
      cases.map((one) => [`${one.alert} ${one.fires === null ? "rests" : "fires"} when ${one.when}`, one] as const),
    )("%s", (_, one) => {
      const file = scratch("test.yaml");
      writeFileSync(file, JSON.stringify(asPromtoolTakesIt(one)));
      const { status, stdout, stderr } = promtool(["test", "rules", file]);
      expect([status, status === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    });

    function asPromtoolTakesIt({ alert, at, series, fires }: Case) {
      const rule = rules.find((one) => one.alert === alert);
      const expected =
        fires === null
          ? []
          : [
              {
                exp_labels: { ...service, ...fires.labels, ...rule?.labels },
                exp_annotations: { ...rule?.annotations, summary: fires.summary },
              },
            ];
      const input = series.map(([metric, suffix, labels, values]) => ({
        series: written(metric, suffix, labels),
        values,
      }));
      const test = {
        interval: "30s",
        input_series: input,
        alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
      };
      return { rule_files: [root + path], evaluation_interval: "30s", tests: [test] };
    }

    function written(metric: string, suffix: string, labels: Labels): string {
      const all = Object.entries({ ...service, ...labels }).map(([name, value]) => `${name}="${value}"`);
      return `${naming.metric(metric).name}${suffix}{${all.join(",")}}`;
    }
  },
);
