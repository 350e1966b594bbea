// Does every panel of every dashboard show something, asked of a real Prometheus and a real Pyroscope while a pipeline runs?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Answer, type Answers, answersOf, choices, emptyOf } from "../helpers/dashboard-answers.js";
import { drawn } from "../helpers/dashboard-picture.js";
import { type Dashboard, dashboardFiles, grafanaHome, panelsOf } from "../helpers/dashboards.js";
import { ended, pluginEnvironment, words } from "../helpers/pipelines.js";
import { missingPrometheus, RealPrometheus } from "../helpers/real-prometheus.js";
import { freePort } from "../helpers/real-server.js";
import { missingServers, RealCollector, RealPyroscope, serversHome } from "../helpers/servers.js";
import { root, textOf } from "../helpers/tree.js";
import { until } from "../helpers/until.js";

/** What Grafana is told of the way from a span to its profile. */
function spanToProfile() {
  const { datasources } = parse(textOf(`${grafanaHome}/provisioning/datasources/gst-pyroscope.yaml`)) as {
    datasources: {
      jsonData?: { tracesToProfiles?: { profileTypeId: string; tags: { key: string; value: string }[] } };
    }[];
  };
  return datasources.flatMap(({ jsonData }) => jsonData?.tracesToProfiles ?? [])[0] ?? expect.fail("no way");
}

const dashcheck = join(serversHome, "bin", "dashcheck");
/** Titles of panels that are empty where all is well. */
const NOTHING_WRONG: readonly string[] = ["Samples that no server got, by reason"];

/**
 * A live branch that an encoder keeps up with, one whose leaky queue drops, and one whose queue is always full, in which a
 * second stream of another size makes an encoder begin anew: that is an event of some milliseconds. Reports of progress ask
 * the elements before them each second: those queries take a tenth of a millisecond in all after a few.
 */
const pipeline = `
  videotestsrc name=camera is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1 ! tee name=t
  t. ! queue name=to-h264 ! videoconvert name=convert ! x264enc name=h264 speed-preset=veryfast tune=zerolatency !
    queue name=to-network ! fakesink name=network sync=true
  t. ! queue name=to-preview leaky=downstream max-size-buffers=2 ! jpegenc name=jpeg ! identity name=slow-client sleep-time=60000 !
    fakesink name=client
  concat name=archive ! queue name=to-archive max-size-buffers=5 ! x264enc name=archive-h264 speed-preset=ultrafast tune=zerolatency !
    ${"progressreport update-freq=1 silent=true ! ".repeat(8)} identity name=slow-disk sleep-time=20000 ! fakesink name=disk
  videotestsrc num-buffers=100 ! video/x-raw,width=160,height=120 ! archive.
  videotestsrc ! video/x-raw,width=320,height=240 ! archive.`;

describe.skipIf(missingPrometheus || missingServers() !== "")("with a pipeline that runs,", () => {
  const service = `dashboards-${process.pid}`;
  let asked: Answers;
  let collector: RealCollector;
  let run: ChildProcess;

  beforeAll(async () => {
    const port = await freePort();
    const rules = ["otlp", "prometheus"].map((names) => `${root}${grafanaHome}/alerts/${names}.yaml`);
    const [prometheus, pyroscope, forSpans] = await Promise.all([
      RealPrometheus.start({ target: port, job: service, rules }),
      RealPyroscope.start("v2"),
      RealCollector.start(),
    ]);
    collector = forSpans;
    asked = { prometheus, pyroscope, service, seconds: 60 };
    const parameters = `tracer-name=${service},port=${port},timing=hooks,flags=pipeline+element+reported,span-ratio=0.2`;
    const env = pluginEnvironment({
      GST_TRACERS: `pyroscope(${parameters})`,
      GST_PYROSCOPE_SERVER_URL: pyroscope.url,
      GST_PYROSCOPE_METRICS_ENDPOINT: prometheus.otlpUrl,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
      GST_PYROSCOPE_TRACES_ENDPOINT: `${collector.httpUrl}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
      GST_PYROSCOPE_UPLOAD_INTERVAL: "1s",
      GST_PYROSCOPE_OTLP_INTERVAL: "1s",
    });
    run = spawn("gst-launch-1.0", ["-q", ...words(pipeline)], { env, stdio: "ignore" });
    // Rates need two points, and a service that began has none at its first.
    await until("metrics of both kinds", async () => (await moving()).every((series) => series > 0));
  });

  afterAll(async () => {
    if (run !== undefined) {
      const end = ended(run);
      run.kill("SIGKILL");
      await end;
    }
    await Promise.all([asked?.prometheus.stop(), asked?.pyroscope.stop(), collector?.stop()]);
  });

  const moving = () =>
    Promise.all(
      ["gstreamer_pad_buffers_total", "gst_pad_buffers_total"].map(
        async (name) => (await asked.prometheus.query(`rate(${name}[15s]) > 0`)).length,
      ),
    );

  it.each(dashboardFiles.map(({ path, dashboard }) => [path, dashboard] as const))(
    "each panel of %s shows something, and each variable has choices",
    async (path, dashboard) => {
      const answers = await until(`an answer to each panel of ${path}`, () => complete(path, dashboard));
      expect(answers.length).toBeGreaterThan(5);
      expect((await choices(dashboard, asked)).filter((values) => values.length === 0)).toEqual([]);
    },
  );

  it("spans lead to their profile, by the attribute and the tags that Grafana's data source names", async () => {
    const { profileTypeId: profileTypeID, tags } = spanToProfile();
    // Each is short against the time between two samples: some of many have one.
    const ofSpans = await until("samples of spans", async () => {
      const spans = collector.spans().slice(-1000);
      const [first] = spans;
      if (first === undefined) return undefined;
      const labelSelector = `{${tags.map(({ key, value }) => `${value}="${first.resource[key]}"`).join(",")}}`;
      const spanSelector = spans.map(({ attributes }) => attributes["pyroscope.profile.id"] ?? expect.fail("no id"));
      const asking = { profileTypeID, labelSelector, spanSelector };
      const { flamegraph } = await asked.pyroscope.query("SelectMergeSpanProfile", asking);
      return Number((flamegraph as { total?: string } | undefined)?.total ?? 0);
    });
    expect(ofSpans).toBeLessThan(await asked.pyroscope.cpu(`{service_name="${service}"}`));
  });

  it("the alert rules are evaluated without an error, and the queue that drops is about to be told", async () => {
    const rules = await until("an evaluation of each rule", async () => {
      const all = await asked.prometheus.rules();
      const told = all.filter(({ name, state }) => name === "GstQueueDrops" && state !== "inactive");
      return told.length === 2 && all.every(({ health }) => health !== "unknown") ? all : undefined;
    });
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    expect(rules.filter(({ name, state }) => name === "GstStreamFailed" && state !== "inactive")).toEqual([]);
  });

  it("a picture of the first dashboard has all its panels; PYRO_PICTURE=FILE keeps it, of a minute", async () => {
    const first = dashboardFiles.find(({ dashboard }) => dashboard.uid === "gst-pipelines");
    const { path, dashboard } = first ?? expect.fail("no first dashboard");
    const file = process.env.PYRO_PICTURE;
    if (file !== undefined) await until("a minute of metrics", aMinute, 100_000);
    const answers = await until("all answers", () => complete(path, dashboard));
    const picture = drawn(dashboard, answers, "one minute of a real run");
    for (const { title } of panelsOf(dashboard)) expect(picture).toContain(`>${title}</text>`);
    expect(picture).toContain("prefers-color-scheme: dark");
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    if (file !== undefined) writeFileSync(file, picture);
  });

  async function aMinute(): Promise<boolean> {
    const [oldest] = await asked.prometheus.course("gstreamer_profiler_agent_memory_bytes", asked.seconds);
    return (oldest?.points.length ?? 0) >= asked.seconds;
  }

  /** All answers, or undefined and, once for each change, which panels are empty. */
  async function complete(path: string, dashboard: Dashboard): Promise<Answer[] | undefined> {
    expect([run.exitCode, run.signalCode]).toEqual([null, null]);
    const answers = await answersOf(dashboard, asked);
    const empty = emptyOf(answers).filter((one) => !NOTHING_WRONG.some((title) => one.startsWith(title)));
    if (empty.length === 0) return answers;
    if (told.get(path) !== empty.join()) console.error(`${path}: still empty:\n${empty.join("\n")}`);
    told.set(path, empty.join());
    await new Promise((resolve) => setTimeout(resolve, 1000)); // servers need the time more than we do
    return undefined;
  }
  const told = new Map<string, string>();
});

it.skipIf(!existsSync(dashcheck))("Grafana's own types have every field of every dashboard", () => {
  const files = dashboardFiles.map(({ path }) => root + path);
  const { status, stdout } = spawnSync(dashcheck, files, { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, ""]);
});
