// Does Prometheus get from a real pipeline what the tracers of these names promised, and more of it right?
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  agentsOf,
  type Ended,
  ended,
  pluginEnvironment,
  root,
  runToEnd,
  scratch,
  until,
  words,
} from "../helpers/pipelines.js";
import { parseExposition, valuesBy, withoutValues } from "../helpers/prometheus-text.js";
import { freePort } from "../helpers/real-server.js";

const seed = "prometheus-latency-tracer(flags=pipeline+element+reported,address=127.0.0.1)";
const endless = "fakesrc is-live=true ! identity sleep-time=1000 ! tee name=t t. ! queue ! fakesink t. ! fakesink";

let place: ReturnType<typeof scratch>;
const running: { kill: () => void; end: Promise<Ended> }[] = [];
beforeEach(() => {
  place = scratch();
});
afterEach(async () => {
  for (const { kill, end } of running.splice(0)) {
    kill();
    await end;
  }
  place.dispose();
});

/** A pipeline that runs until the test is over; what it says is in `said()`. */
function start(tracers: string, variables: Record<string, string> = {}, pipeline = endless) {
  const env = pluginEnvironment({ GST_TRACERS: tracers, GST_DEBUG_NO_COLOR: "1", ...variables });
  const child = spawn("gst-launch-1.0", ["-q", ...words(pipeline)], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  const end = ended(child);
  const kill = () => child.kill("SIGKILL");
  running.push({ kill, end });
  return { child, pid: child.pid ?? -1, end, said: () => text };
}

const scrape = (port: number, path = "/"): Promise<string> =>
  until(`metrics on port ${port}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    const text = (await answer?.text()) ?? "";
    return text.includes("gst_pad_buffers_total") ? text : undefined;
  });

/** Addresses on which somebody listens at that port, from the kernel's table. */
function listeners(port: number): string[] {
  const { stdout } = spawnSync("cat", ["/proc/net/tcp"], { encoding: "utf8" });
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return [...stdout.matchAll(/^ *\d+: (\w{8}):(\w{4}) \w{8}:0000 0A/gm)]
    .filter(([, , at]) => at === hex)
    .map(([, address = ""]) => address);
}

describe("the seed's set-up", () => {
  it("serves its families and ours at the root and at /metrics", async () => {
    const port = await freePort();
    start(seed, { GST_PROMETHEUS_TRACER_PORT: `${port}` });
    const [text, again] = [await scrape(port), await scrape(port, "/metrics")];
    expect(withoutValues(again)).toBe(withoutValues(text));
    const counts = valuesBy(text, "gstreamer_element_latency_count_count", "element", "sink_pad", "src_pad");
    expect(Object.keys(counts).sort()).toEqual([
      "fakesink0 fakesink0.sink queue0.src",
      "fakesink1 fakesink1.sink t.src_1",
      "identity0 identity0.sink fakesrc0.src",
      "queue0 queue0.sink t.src_0",
      "t t.sink identity0.src",
    ]);
    const { types, samples } = parseExposition(text);
    expect(types).toMatchObject({
      gstreamer_element_latency_last_gauge: "gauge",
      gstreamer_element_latency_sum_count: "counter",
      gst_element_exclusive_seconds: "histogram",
    });
    expect(samples.filter(({ name, value }) => /_element_latency_/.test(name) && !Number.isInteger(value))).toEqual([]);
    const last = valuesBy(text, "gstreamer_element_latency_last_gauge", "element");
    expect(last.identity0).toBeGreaterThanOrEqual(1_000_000);
    expect(last.t).toBeLessThan(1_000_000); // its branches are not its own
    expect(listeners(port)).toEqual(["0100007F"]);
  });

  it("has the tags on every sample, also those of the agent", async () => {
    const port = await freePort();
    start(`pyroscope(port=${port},server-url=none,otlp-endpoint=none,tags="env=dev,source=mine,user=me")`);
    const { samples } = parseExposition(await scrape(port));
    expect(samples.length).toBeGreaterThan(100);
    for (const { labels } of samples) expect(labels).toMatchObject({ env: "dev", exported_source: "mine" });
    expect(samples.some(({ name }) => name.startsWith("gst_pyroscope_agent_"))).toBe(true);
    expect(samples.some(({ labels }) => "user" in labels)).toBe(false);
  });

  it("without a port starts no agent, opens nothing and says nothing", async () => {
    const { pid, end } = start(seed, {}, "fakesrc num-buffers=200 ! identity sleep-time=5000 ! fakesink");
    const agents: number[] = [];
    let over = false;
    void end.then(() => {
      over = true;
    });
    while (!over) agents.push(...(await agentsOf(pid)));
    const { code, stderr } = await end;
    expect([code, stderr, agents]).toEqual([0, "", []]);
  });

  it("counts as many buffers as passed, after the end as well", async () => {
    const port = await freePort();
    const pipeline = "fakesrc num-buffers=300 ! identity ! fakesink sync=false";
    const program = askAtTheEnd();
    const env = pluginEnvironment({ GST_TRACERS: seed, GST_PROMETHEUS_TRACER_PORT: `${port}` });
    const { code, stdout } = await runToEnd(program, ["prometheus-latency-tracer", pipeline], env);
    expect(code).toBe(0);
    expect(valuesBy(stdout, "gst_pad_buffers_total", "element")).toEqual({ identity0: 300, fakesink0: 300 });
    expect(valuesBy(stdout, "gstreamer_element_latency_count_count", "element")).toEqual({
      identity0: 300,
      fakesink0: 300,
    });
  });
});

/** The seed's example, as it stands there, in a program around it. */
const example = `
GstTracer *tracer = gst_tracer_find("prometheus-latency-tracer");
char *metrics = NULL;
g_signal_emit_by_name(tracer, "request-metrics", &metrics);
printf("%s", metrics);
g_free(metrics);
`;

function compiled(source: string): string {
  const file = `${place.dir}/program`;
  writeFileSync(`${file}.c`, source);
  const line = `cc -std=c99 -Wall -Wextra -Werror ${file}.c -o ${file} -I${root}gstreamer $(pkg-config --cflags --libs gstreamer-1.0)`;
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return file;
}

/** Plays argv[2] to its end and prints what the tracer argv[1] says; with a third argument, only once a line came. */
function askAtTheEnd(ask = example.replace('"prometheus-latency-tracer"', "argv[1]")): string {
  return compiled(`#include <gst-pyroscope.h>
#include <stdio.h>

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  GstElement *pipeline = gst_parse_launch(argv[2], NULL);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  gst_message_unref(gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (argc > 3) getchar();
  ${ask}
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return 0;
}
`);
}

describe("the signal", () => {
  it("answers the seed's example in C, with no agent and no port", async () => {
    const program = askAtTheEnd(example);
    const pipeline = "fakesrc num-buffers=7 ! fakesink";
    const env = pluginEnvironment({ GST_TRACERS: "prometheus-latency-tracer" });
    const { code, stdout, stderr } = await runToEnd(program, ["", pipeline], env);
    expect([code, stderr]).toEqual([0, ""]);
    expect(valuesBy(stdout, "gstreamer_element_latency_count_count", "element")).toEqual({ fakesink0: 7 });
  });

  it("has no tags: who asks labels the text itself", async () => {
    const env = pluginEnvironment({ GST_TRACERS: 'prometheus-latency-tracer(tags="env=dev,site=lab")' });
    const { code, stdout } = await runToEnd(askAtTheEnd(example), ["", "fakesrc num-buffers=7 ! fakesink"], env);
    expect(code).toBe(0);
    const { samples } = parseExposition(stdout);
    expect(samples.length).toBeGreaterThan(100);
    expect(samples.filter(({ labels }) => "env" in labels || "site" in labels)).toEqual([]);
  });

  it("says what the endpoint says, which adds only what the agent knows of itself", async () => {
    const port = await freePort();
    const program = askAtTheEnd();
    const env = pluginEnvironment({ GST_TRACERS: seed, GST_PROMETHEUS_TRACER_PORT: `${port}` });
    const pipeline = "fakesrc num-buffers=50 ! tee name=t t. ! queue ! fakesink t. ! fakesink";
    const child = spawn(program, ["prometheus-latency-tracer", pipeline, "wait"], { env });
    const end = ended(child);
    running.push({ kill: () => child.kill("SIGKILL"), end });
    const done = { fakesink0: 50, fakesink1: 50, queue0: 50, t: 50 };
    const served = await until("all buffers", async () => {
      const text = await scrape(port);
      const counts = valuesBy(text, "gst_pad_buffers_total", "element");
      return JSON.stringify(counts, Object.keys(done)) === JSON.stringify(done) ? text : undefined;
    });
    child.stdin.end("\n");
    const { stdout } = await end;
    const [target = "", agent = ""] = served.split(/^(?=# HELP gst_pyroscope_agent_cpu_)/m);
    expect(Object.keys(parseExposition(agent).types).every((name) => name.startsWith("gst_pyroscope_agent_"))).toBe(
      true,
    );
    expect(agent).toMatch(/^gst_pyroscope_agent_memory_bytes \d+$/m);
    const still = (text: string) => text.replace(/^gst_pyroscope_.*$/gm, "");
    expect(withoutValues(stdout)).toBe(withoutValues(target));
    expect(still(stdout)).toBe(still(target)); // no buffer moves any more: the pads' values are equal too
  });
});

describe("several tracers at once", () => {
  it("share one session: nothing counts twice, each has its families", async () => {
    const program = askAtTheEnd();
    const tracers = `latency(flags=element);${seed};pyroscope(server-url=none,otlp-endpoint=none);prom-latency`;
    const pipeline = "fakesrc num-buffers=40 ! identity ! fakesink";
    for (const name of ["prometheus-latency-tracer", "pyroscope", "prom-latency"]) {
      const { stdout } = await runToEnd(program, [name, pipeline], pluginEnvironment({ GST_TRACERS: tracers }));
      const counts = { identity0: 40, fakesink0: 40 };
      expect(valuesBy(stdout, "gst_pad_buffers_total", "element")).toEqual(counts);
      expect(valuesBy(stdout, "gst_element_latency_count_count", "element")).toEqual(counts);
      expect(valuesBy(stdout, "gstreamer_element_latency_count_count", "element")).toEqual(counts);
    }
  });

  it("are found by their names, a tracer of GStreamer too", async () => {
    const names =
      'for (int i = 0; i < 2; i++) printf("%s\\n", GST_OBJECT_NAME(gst_tracer_find(i ? "latency" : argv[1])));';
    const program = askAtTheEnd(names);
    for (const [factory, object] of [
      ["prom-latency", "promlatencytracer0"],
      ["prometheus-latency-tracer", "prometheus-latency-tracer"],
    ] as const) {
      const env = pluginEnvironment({ GST_TRACERS: `latency;${factory}` });
      const { stdout } = await runToEnd(program, [factory, "fakesrc num-buffers=1 ! fakesink"], env);
      expect(stdout).toBe(`${object}\nlatencytracer0\n`);
    }
  });
});

it("a type's name that somebody has already is left to them", async () => {
  const program = compiled(`#include <gst-pyroscope.h>
#include <stdio.h>

int main(int argc, char **argv) {
  g_type_register_static_simple(G_TYPE_OBJECT, "promlatencytracer", sizeof(GObjectClass), NULL, sizeof(GObject), NULL, 0);
  gst_init(&argc, &argv);
  printf("%s\\n", G_OBJECT_TYPE_NAME(gst_tracer_find("prom-latency")));
  printf("%s\\n", G_OBJECT_TYPE_NAME(gst_tracer_find("prometheus-latency-tracer")));
  return 0;
}
`);
  const env = pluginEnvironment({ GST_TRACERS: "prom-latency;prometheus-latency-tracer" });
  const { stdout, stderr } = await runToEnd(program, [], env);
  expect([stdout, stderr]).toEqual(["GstPyroPromLatencyTracer\nPrometheusLatencyTracer\n", ""]);
});

describe("a port that cannot be had", () => {
  const taken: Server[] = [];
  afterEach(() => {
    for (const server of taken.splice(0)) server.close();
  });

  async function takenPort(): Promise<number> {
    const server = createServer();
    taken.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return (server.address() as { port: number }).port;
  }

  it("is one sentence in the tracer's log that names the variable; once it is free it is served", async () => {
    const port = await takenPort();
    const { child, said } = start(seed, { GST_PROMETHEUS_TRACER_PORT: `${port}` });
    const sentence = `GST_PROMETHEUS_TRACER_PORT=${port} serves no metrics: another process has the port`;
    await until("the sentence", () => (said().includes(sentence) ? true : undefined));
    await new Promise((closed) => taken.pop()?.close(closed));
    const text = await scrape(port);
    expect(valuesBy(text, "gst_pad_buffers_total", "element").identity0).toBeGreaterThan(100);
    expect(said().split("\n").filter(Boolean)).toHaveLength(1);
    expect(child.exitCode).toBe(null);
  });

  it("stops no second pipeline of the same environment", async () => {
    const port = await freePort();
    const first = start(seed, { GST_PROMETHEUS_TRACER_PORT: `${port}` });
    await scrape(port);
    const second = start(seed, { GST_PROMETHEUS_TRACER_PORT: `${port}` });
    await until("the sentence", () => (second.said().includes("another process has the port") ? true : undefined));
    first.child.kill("SIGKILL");
    await first.end;
    // The first one's agent lets the port go at once, and the second one's takes it.
    await until("the second one's metrics", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return answer?.ok;
    });
    expect(second.child.exitCode).toBe(null);
  });

  it("or that is none at all is named, and the pipeline runs", async () => {
    const env = pluginEnvironment({ GST_TRACERS: seed, GST_PROMETHEUS_TRACER_PORT: "ninety", GST_DEBUG_NO_COLOR: "1" });
    const { code, stderr } = await runToEnd("gst-launch-1.0", words("-q fakesrc num-buffers=5 ! fakesink"), env);
    expect(code).toBe(0);
    expect(stderr.split("\n").filter(Boolean)).toEqual([
      expect.stringMatching(/GST_PROMETHEUS_TRACER_PORT=ninety is not a whole number: using port=0/),
    ]);
  });
});
