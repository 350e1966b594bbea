// Do servers get what the capture has, from a real pipeline with an agent of its own, and under `run`?
// SPDX-License-Identifier: MPL-2.0

import { describe, expect, it } from "vitest";
import { targetCounters } from "../../src/model/counters.js";
import { cli, pluginEnvironment, runToEnd, until, words } from "../helpers/pipelines.js";
import {
  amounts,
  expectSameTimes,
  finished,
  nsByName,
  type Place,
  placeOfEachTest,
  serversIn,
  start,
} from "../helpers/served.js";

const burning =
  "fakesrc num-buffers=3000 ! cpuburn name=hot ns=1000000 ! queue ! cpuburn name=mild ns=500000 ! fakesink";
const place = placeOfEachTest();

/** The tracer's own agent, or the one inside `run`; both with a capture and both servers. */
const ways = {
  "an agent of the tracer": async ({ dir, ...servers }: Place, pipeline: string) => {
    const { end } = start(pipeline, `pyroscope(capture=${dir},tags="site=lab,line=7")`, serversIn(servers));
    expect((await end).code).toBe(0);
  },
  "`run`": async ({ dir, pyroscope, collector }: Place, pipeline: string) => {
    const servers = [
      "--server-url",
      pyroscope.url,
      "--otlp-endpoint",
      collector.url,
      "--upload-interval",
      "1s",
      "--otlp-interval",
      "2s",
    ];
    const flags = [...servers, "--capture", dir, "--tags", "site=lab,line=7"];
    const { code, stderr } = await runToEnd(
      process.execPath,
      [cli, "run", ...flags, "--", "gst-launch-1.0", "-q", ...words(pipeline)],
      pluginEnvironment(),
    );
    expect({ code, stderr: stderr.match(/(warn|error).*/) }).toEqual({ code: 0, stderr: null });
  },
};

describe.each(Object.keys(ways) as (keyof typeof ways)[])("with %s", (way) => {
  it("the profiles carry all labels, and each element's sum is the capture's", async () => {
    const { dir, pyroscope } = place();
    await ways[way](place(), burning);
    const { profile } = await finished(dir);
    const expected = nsByName(profile.cpu ?? expect.fail("no profile"));
    await until(
      "all profiles",
      () => Object.values(pyroscope.sumBy("element")).reduce((a, b) => a + b, 0) === profile.cpu?.totalNs || undefined,
    );
    expect(pyroscope.sumBy("element")).toEqual(expected);
    expect(expected.hot).toBeGreaterThan(0.3e9);
    expect(new Set(pyroscope.stored.map(({ type }) => type))).toEqual(
      new Set(["process_cpu:cpu:nanoseconds:cpu:nanoseconds", "wall:wall:nanoseconds:wall:nanoseconds"]),
    );
    expect(pyroscope.sumBy("service_name")).toEqual({ "gst.pyroscope": profile.cpu?.totalNs });
    expect(pyroscope.sumBy("site")).toEqual({ lab: profile.cpu?.totalNs });
    expect(pyroscope.sumBy("line")).toEqual({ "7": profile.cpu?.totalNs });
    const hot = pyroscope.stored.flatMap(({ samples }) => samples).filter(({ labels }) => labels.element === "hot");
    expect(hot[0]?.labels).toMatchObject({ pipeline: "pipeline0", factory: "cpuburn", thread: "fakesrc:src" });
    expect(pyroscope.requests.filter(({ status }) => status !== 200)).toEqual([]);
    expect(pyroscope.stored.length).toBeGreaterThan(1); // more than one window
  });

  it("the collector has exactly 10 000 buffers of each pad, three times over", async () => {
    const { dir, collector } = place();
    for (const round of ["1", "2", "3"]) {
      await ways[way]({ ...place(), dir: dir + round }, "fakesrc num-buffers=10000 ! identity ! fakesink");
      const summary = await finished(dir + round);
      // Each process is a resource of its own: look at the latest.
      const latest = (metric: string) => collector.points(metric).slice(-2);
      await until(
        "all points",
        () =>
          (collector.points("gstreamer.pad.latency.ns").length === 2 * Number(round) &&
            latest("gstreamer.pad.latency.ns").every((p) => p.count === 10_000)) ||
          undefined,
      );
      expect(
        latest("gstreamer.pad.latency.ns")
          .map(({ attributes, count, unit }) => [attributes.element, attributes.pad, count, unit])
          .sort(),
      ).toEqual([
        ["fakesink0", "sink", 10_000, "ns"],
        ["identity0", "sink", 10_000, "ns"],
      ]);
      expect(latest("gstreamer.pad.buffers").map(({ value }) => value)).toEqual([10_000, 10_000]);
      expect(latest("gstreamer.element.exclusive").map(({ unit }) => unit)).toEqual(["s", "s"]);
      expectSameTimes(summary, latest);
    }
    expect(collector.violations).toEqual([]);
  });

  it("the collector has every counter of the segment, and the samples add up", async () => {
    const { dir, collector } = place();
    await ways[way](place(), burning);
    const summary = await finished(dir);
    const counted = { ...summary.counters, ...summary.losses };
    const samples = () => amounts(collector.points("gstreamer.profiler.samples"), "outcome");
    const written = (counted.samples_written ?? 0) + (counted.wall_written ?? 0);
    await until("the last export", () => (samples().written === written && samples().settled === written) || undefined);
    const reasons = amounts(collector.points("gstreamer.profiler.losses"), "reason");
    const events = amounts(collector.points("gstreamer.profiler.events"), "event");
    const named = (kind: string) => targetCounters.filter((row) => row.kind === kind).map(({ name }) => name);
    expect(Object.keys(reasons).sort()).toEqual(named("loss").sort());
    expect(Object.keys(events).sort()).toEqual(named("information").sort());
    for (const [name, n] of Object.entries({ ...reasons, ...events })) expect([name, n]).toEqual([name, counted[name]]);
    expect(samples()).toMatchObject({ agent_lost: 0, inferred: counted.inferred });
    expect(collector.point("gstreamer.profiler.agent.profiles", { outcome: "delivered" }).value).toBe(
      place().pyroscope.requests.length,
    );
    expect(collector.resource).toMatchObject({ "service.name": "gst.pyroscope", site: "lab", line: "7" });
    expect(collector.violations).toEqual([]);
  });
});

describe("the service name", () => {
  const all = { OTEL_SERVICE_NAME: "by-otel", PYROSCOPE_APPLICATION_NAME: "by-pyroscope" };
  it.each([
    ["tracer-name", "by-parameter", "pyroscope(tracer-name=by-parameter)", all],
    ["OTEL_SERVICE_NAME", "by-otel", "pyroscope", all],
    ["PYROSCOPE_APPLICATION_NAME", "by-pyroscope", "pyroscope", { PYROSCOPE_APPLICATION_NAME: "by-pyroscope" }],
    ["nobody", "gst.pyroscope", "pyroscope", {}],
  ])("given by %s is that of profiles and metrics", async (_, name, tracer, variables) => {
    const { pyroscope, collector } = place();
    await start("fakesrc num-buffers=300 ! cpuburn ns=1000000 ! fakesink", tracer, {
      ...serversIn(place()),
      ...variables,
    }).end;
    await until("profile and metrics", () => (pyroscope.stored.length > 0 && collector.accepted > 0) || undefined);
    expect(Object.keys(pyroscope.sumBy("service_name"))).toEqual([name]);
    expect(collector.resource["service.name"]).toBe(name);
  });
});
