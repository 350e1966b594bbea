// Where older tracers are wrong or silent, what is the truth, and do we say it? TABLE: rows, one a case.
// SPDX-License-Identifier: MPL-2.0

import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { cpuShare, idleShare, lateNs } from "../helpers/busy-machine.js";
import {
  agentsOf,
  cli,
  type Ended,
  element,
  isGone,
  meanNs,
  pluginEnvironment,
  profiled,
  runToEnd,
  scratch,
  summaryOf,
  until,
} from "../helpers/pipelines.js";
import { valuesBy } from "../helpers/prometheus-text.js";
import { start } from "../helpers/served.js";
import { textOf } from "../helpers/tree.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

interface Row {
  what: string;
  /** What an exclusive-time tracer of hooks reports there. */
  others: string;
  truth: string;
  /** Shown here, or by a test of another file, by its title. */
  shown: (() => Promise<void>) | { file: string; title: string };
}

const ms = 1e6;
const run = async (pipeline: string): Promise<Summary> => (await profiled(pipeline, `${place.dir}/c`)).summary;

/** A program in Python that plays `pipeline`, which it builds itself, to its end. */
const program = (build: string, after = ""): string => `
import gi
gi.require_version("Gst", "1.0")
from gi.repository import GObject, Gst
Gst.init(None)
${build}
def play(pipeline):
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    assert message and message.type == Gst.MessageType.EOS, message and message.parse_error()
    pipeline.set_state(Gst.State.NULL)
${after || "play(pipeline)"}`;

/** The program under \`run\`. */
async function captured(script: string): Promise<Summary> {
  const command = [cli, "run", "--capture", `${place.dir}/c`, "--", "/usr/bin/python3", "-c", script];
  const { code, stderr } = await runToEnd(process.execPath, command);
  expect([code, stderr.includes("Traceback")], stderr).toEqual([0, false]);
  return summaryOf(`${place.dir}/c`);
}

const withTracers = (tracers: string, script: string, variables: Record<string, string> = {}): Promise<Ended> =>
  runToEnd("/usr/bin/python3", ["-c", script], pluginEnvironment({ GST_TRACERS: tracers, ...variables }));

/** What the tracer's signal says when the pipeline is over. */
const askMetrics = `
tracer = GObject.new(GObject.type_from_name("promlatencytracer"))
play(pipeline)
print(tracer.emit("metrics"), end="")`;

const nested = (build: string): string => `
pipeline = Gst.Pipeline.new("pipeline0")
def make(factory, name, **properties):
    one = Gst.ElementFactory.make(factory, name)
    for key, value in properties.items(): one.set_property(key.replace("_", "-"), value)
    return one
src, sink = make("fakesrc", "src", num_buffers=100), make("fakesink", "sink")
inner = make("identity", "inner", sleep_time=10000)
bins = [Gst.Bin.new("b%d" % n) for n in range(3)]
${build}`;

const insideOut = nested(`
child = inner
for b in bins:
    b.add(child)
    for name in ("sink", "src"): b.add_pad(Gst.GhostPad.new(name, child.get_static_pad(name)))
    child = b
for one in (src, child, sink): pipeline.add(one)
src.link(child); child.link(sink)`);

const outsideIn = nested(`
chain = [inner] + bins
for one in (src, bins[2], sink): pipeline.add(one)
for b in bins:
    for name, way in (("sink", Gst.PadDirection.SINK), ("src", Gst.PadDirection.SRC)):
        b.add_pad(Gst.GhostPad.new_no_target(name, way))
src.link(bins[2]); bins[2].link(sink)
for n in (2, 1, 0):
    bins[n].add(chain[n])
    for name in ("sink", "src"): bins[n].get_static_pad(name).set_target(chain[n].get_static_pad(name))`);

async function innerIsCountedOnce(script: string): Promise<void> {
  const summary = await captured(program(script));
  const inner = element(summary, "inner");
  expect(inner.path).toBe("pipeline0/b2/b1/b0/inner");
  expect(inner).toMatchObject({ buffersIn: 100, buffersOut: 100, exclusive: { count: 100 } });
  expect(meanNs(inner.exclusive)).toBeGreaterThanOrEqual(10 * ms);
  expect(inner.exclusive?.sumNs).toBeLessThan(100 * 13 * ms + lateNs(summary));
  const others = summary.pipelines.flatMap((p) => p.elements).filter((e) => e.exclusive !== null);
  expect(others.map((e) => e.name).sort()).toEqual(["inner", "sink"]);
}

/**
 * Resident bytes that 1400 short pipelines add. Those before them fill what is bounded: cells, names, tables of the code that
 * is met, which is done in the background.
 */
const manyPipelines = program(
  "",
  `
import gc, time
def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4096
for n in range(2800):
    if n == 1400: before = resident()
    pipeline = Gst.parse_launch("fakesrc num-buffers=10 ! identity ! identity ! queue ! fakesink")
    play(pipeline)
    pipeline = None
print(resident() - before)`,
);

/** Object-alive lines of the tracer that counts objects. */
const alive = (text: string): string[] =>
  [...text.matchAll(/object-alive, type-name=\(string\)(Gst\w+)/g)].map(([, type]) => type ?? "");

/** Sockets on which these processes wait for connections. */
function listeners(...pids: number[]): string[] {
  const open = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ""; // closed meanwhile
      }
    }),
  );
  const inodes = new Set(open.flatMap((link) => /^socket:\[(\d+)\]/.exec(link)?.[1] ?? []));
  return ["tcp", "tcp6"].flatMap((family) =>
    readFileSync(`/proc/net/${family}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && inodes.has(fields[9] ?? ""))
      .map((fields) => fields[1] ?? ""),
  );
}

const rows: Row[] = [
  {
    what: "a tee whose slow branch comes first, or last",
    others: "2104.6 ms for the tee if first, 3.6 ms if last",
    truth: "next to nothing, whatever the order",
    shown: { file: "test/e2e/counts.test.ts", title: "keeps the time of a 10 ms branch out of the tee" },
  },
  {
    what: "a queue of five before an element of 11 ms",
    others: "2332 ms of the queue, that is the producer's wait; no residence, no level",
    truth: "each buffer stays five times 11 ms, five are inside, and the producer waits 11 ms a buffer",
    shown: async () => {
      const summary = await run(
        "fakesrc num-buffers=200 ! queue name=q max-size-buffers=5 max-size-bytes=0 max-size-time=0 ! identity name=slow sleep-time=11000 ! fakesink",
      );
      const [q, slow] = [element(summary, "q"), element(summary, "slow")];
      const each = meanNs(slow.exclusive);
      expect(q.queueWait?.count).toBe(200);
      // Five before it, one of them begun: between four and five times what one takes, at the median.
      const late = lateNs(summary) / 200 / each;
      expect(Math.abs((q.queueWait?.p50Ns ?? 0) / each - 5)).toBeLessThan(0.6 + 5 * late);
      expect(q.queueLevel?.highest).toBeGreaterThanOrEqual(6); // five, and one that waits for room
      expect(q.queueLevel?.highest).toBeLessThanOrEqual(7); // and one that it is giving on
      expect(Math.abs(meanNs(q.exclusive) / each - 0.975)).toBeLessThan(0.075 + late);
      expect(idleShare(summary, "q")).toBeGreaterThan(0.95);
    },
  },
  {
    what: "a source",
    others: "no series at all: of 0.66 s 2.5 ms are explained",
    truth: "the test source is nearly all of it, as wall time and as CPU time",
    shown: async () => {
      const summary = await run(
        "videotestsrc name=src num-buffers=300 pattern=smpte ! video/x-raw,width=1280,height=720 ! fakesink name=s",
      );
      const src = element(summary, "src");
      expect(src).toMatchObject({ buffersOut: 300, driver: { count: 299 } });
      const all = summary.pipelines.flatMap((p) => p.elements).reduce((sum, e) => sum + (e.wallNs ?? 0), 0);
      expect(((src.wallNs ?? 0) + lateNs(summary)) / all).toBeGreaterThan(0.95);
      expect(src.cpuNs / (summary.profile.cpu?.totalNs ?? 0)).toBeGreaterThan(0.9);
    },
  },
  {
    what: "a sink that waits for the clock, behind an element that works",
    others: "wait and work are one number",
    truth: "the sink's time is a wait, the other one's is work",
    shown: async () => {
      const summary = await run(
        "videotestsrc num-buffers=75 ! video/x-raw,width=64,height=64,framerate=30/1 ! cpuburn name=work ns=12000000 ! fakesink name=s sync=true",
      );
      const [work, sink] = [element(summary, "work"), element(summary, "s")];
      expect(sink.sync).toBe(true);
      expect(idleShare(summary, "s")).toBeGreaterThan(0.95);
      expect(((sink.wallNs ?? 0) + lateNs(summary)) / 75).toBeGreaterThan(12 * ms); // of 33 the other one takes 12
      expect(Math.abs(work.cpuNs / (75 * 12 * ms) - 1)).toBeLessThan(0.15 / cpuShare(summary));
    },
  },
  {
    what: "pull mode",
    others: "all counts and sums 0",
    truth: "the element that is pulled takes 10 ms a buffer, a hundred times",
    shown: async () => {
      const summary = await run(
        `filesrc name=f location=${process.execPath} ! identity name=i sleep-time=10000 ! fakesink name=s can-activate-pull=true can-activate-push=false num-buffers=100`,
      );
      const [f, i, s] = [element(summary, "f"), element(summary, "i"), element(summary, "s")];
      // The sink asks once more before it sees that it has enough.
      for (const n of [f.buffersOut, i.buffersOut, s.buffersIn]) expect([100, 101]).toContain(n);
      expect(meanNs(i.exclusive)).toBeGreaterThanOrEqual(10 * ms);
      expect(i.exclusive?.sumNs).toBeLessThan(101 * 12 * ms + lateNs(summary));
      expect(f.exclusive?.sumNs).toBeLessThan(101 * 2 * ms + lateNs(summary));
    },
  },
  {
    what: "pull mode inside of decodebin",
    others: "typefind and oggdemux 0",
    truth: "what is pulled and pushed is counted at each of them",
    shown: async () => {
      const file = `${place.dir}/sound.ogg`;
      const make = `audiotestsrc num-buffers=300 ! vorbisenc ! oggmux ! filesink location=${file}`;
      expect((await runToEnd("gst-launch-1.0", ["-q", ...make.split(" ")])).code).toBe(0);
      const summary = await run(`filesrc location=${file} ! decodebin ! fakesink name=s`);
      const found = (factory: string) =>
        summary.pipelines.flatMap((p) => p.elements).find((e) => e.factory === factory) ?? element(summary, factory);
      for (const factory of ["typefind", "oggdemux", "vorbisdec"]) {
        expect([factory, found(factory).buffersIn > 0, found(factory).buffersOut > 0]).toEqual([factory, true, true]);
        expect([factory, (found(factory).wallNs ?? 0) > 0]).toEqual([factory, true]);
      }
      expect(found("vorbisdec").buffersOut).toBe(element(summary, "s").buffersIn);
    },
  },
  {
    what: "three bins around an element, ghost pads made from the inside",
    others: "counted once",
    truth: "once, at the element, under its whole path; bins have none",
    shown: () => innerIsCountedOnce(insideOut),
  },
  {
    what: "the same, ghost pads without target first, linked from the outside",
    others: "labels are proxypad2 and proxypad5",
    truth: "the same as above",
    shown: () => innerIsCountedOnce(outsideIn),
  },
  {
    what: "labels of those hops in the Prometheus text",
    others: "proxypad2, proxypad5",
    truth: "the real pads at both sides",
    shown: async () => {
      for (const build of [insideOut, outsideIn]) {
        const { stdout } = await withTracers("prom-latency", program(build, askMetrics));
        const series = valuesBy(stdout, "gst_element_latency_count_count", "element", "sink_pad", "src_pad", "path");
        expect(series).toEqual({
          "inner sink src /GstPipeline:pipeline0/GstBin:b2/GstBin:b1/GstBin:b0": 100,
          "sink sink src /GstPipeline:pipeline0": 100,
        });
      }
    },
  },
  {
    what: "two sources into a funnel before an element of 10 ms",
    others: "1374 and 1486 ms of the funnel",
    truth: "the funnel does no work: what it has is the wait of one source for the other, and it is told as a wait",
    shown: async () => {
      const summary = await run(
        "funnel name=f ! identity name=i sleep-time=10000 ! fakesink name=s fakesrc num-buffers=300 ! f. fakesrc num-buffers=300 ! f.",
      );
      const [f, i] = [element(summary, "f"), element(summary, "i")];
      for (const name of ["f", "i", "s"]) expect(element(summary, name).buffersIn).toBe(600);
      expect(meanNs(i.exclusive)).toBeGreaterThanOrEqual(10 * ms);
      expect(f.cpuNs).toBeLessThan(0.05 * (i.exclusive?.sumNs ?? 0));
      // Looks are 50 ms apart, so the last of them tell to a tenth of a second: of six seconds less than two percent.
      expect(idleShare(summary, "f")).toBeGreaterThan(0.95);
      // Nobody else is charged with that wait.
      expect(i.exclusive?.sumNs).toBeLessThan(600 * 13 * ms + lateNs(summary));
    },
  },
  {
    what: "an application that pushes fifty lists of ten buffers",
    others: "identity 50, queue 500: a list is one; no bytes",
    truth: "five hundred at each, and their bytes",
    shown: async () => {
      const summary = await captured(
        program(
          `
gi.require_version("GstApp", "1.0")
from gi.repository import GstApp
pipeline = Gst.parse_launch("appsrc name=app format=time max-buffers=0 max-bytes=0 ! identity name=i ! queue name=q ! fakesink name=s")
app = pipeline.get_by_name("app")`,
          `
import threading
def feed():
    for n in range(50):
        buffers = Gst.BufferList.new()
        for m in range(10): buffers.insert(-1, Gst.Buffer.new_allocate(None, 100, None))
        app.emit("push-buffer-list", buffers)
    app.emit("end-of-stream")
threading.Thread(target=feed).start()
play(pipeline)`,
        ),
      );
      for (const name of ["i", "q", "s"])
        expect(element(summary, name)).toMatchObject({ buffersIn: 500, bytesIn: 50_000, drops: 0 });
      expect(element(summary, "app")).toMatchObject({ buffersOut: 500, bytesOut: 50_000 });
    },
  },
  {
    what: "an application that pushes a buffer every 10 ms",
    others: "no series for the source; what waits in it is nowhere",
    truth: "the source waits 10 ms for each; what it holds meanwhile is its own, no pad function sees it",
    shown: async () => {
      const summary = await captured(
        program(
          `pipeline = Gst.parse_launch("appsrc name=app format=time ! fakesink name=s")
app = pipeline.get_by_name("app")`,
          `
import threading, time
def feed():
    for n in range(100):
        app.emit("push-buffer", Gst.Buffer.new_allocate(None, 100, None))
        time.sleep(0.01)
    app.emit("end-of-stream")
threading.Thread(target=feed).start()
play(pipeline)`,
        ),
      );
      const app = element(summary, "app");
      expect(app).toMatchObject({ buffersOut: 100, driver: { count: 99 }, queueWait: null });
      expect(meanNs(app.driver)).toBeGreaterThan(9 * ms);
      expect(app.driver?.sumNs).toBeLessThan(99 * 13 * ms + lateNs(summary));
      expect(idleShare(summary, "app")).toBeGreaterThan(0.9);
    },
  },
  {
    what: "a bin and its pipeline renamed after the elements inside were linked",
    others: "/GstBin:bin0: frozen when they were linked",
    truth: "the names at the first buffer",
    shown: async () => {
      const build = `
pipeline = Gst.Pipeline.new("early")
b = Gst.Bin.new("early-bin")
src, i, sink = (Gst.ElementFactory.make(f, None) for f in ("fakesrc", "identity", "fakesink"))
i.set_name("i")
src.set_property("num-buffers", 10)
for one in (src, i, sink): b.add(one)
src.link(i); i.link(sink)
b.set_name("b"); pipeline.set_name("cam")
pipeline.add(b)`;
      const { stdout, stderr } = await withTracers("prom-latency", program(build, askMetrics));
      const old = valuesBy(stdout, "gst_element_latency_count_count", "element", "path");
      expect(old["i /GstPipeline:cam/GstBin:b"], stderr).toBe(10);
      expect(valuesBy(stdout, "gst_pad_buffers_total", "path")["cam/b/i"]).toBe(10);
    },
  },
  {
    what: "pads with random or counted names",
    others: "src_13a7438c is a label: a series a stream",
    truth: "the name of their template, once",
    shown: async () => {
      const branches = Array.from(
        { length: 12 },
        (_, n) => `fakesrc num-buffers=10 ! mq.sink_${n + 100} mq.src_${n + 100} ! f.`,
      );
      const build = `pipeline = Gst.parse_launch("multiqueue name=mq funnel name=f ! fakesink name=s ${branches.join(" ")}")`;
      const { stdout, stderr } = await withTracers("prom-latency", program(build, askMetrics));
      expect(valuesBy(stdout, "gst_pad_buffers_total", "element", "pad"), stderr).toEqual({
        "mq sink_%u": 120,
        "f sink_%u": 120,
        "s sink": 120,
      });
    },
  },
  {
    what: "the life of elements and pads",
    others: "three elements and four pads leak from one pipeline",
    truth: "none",
    shown: async () => {
      const debug = { GST_DEBUG: "GST_TRACER:7", GST_DEBUG_NO_COLOR: "1", GST_PYROSCOPE_HOST_PID: "2147483647" };
      const launched = (tracers: string) =>
        runToEnd(
          "gst-launch-1.0",
          "-q fakesrc num-buffers=100 ! identity ! queue ! tee name=t t. ! fakesink async=false t. ! fakesink async=false".split(
            " ",
          ),
          pluginEnvironment({ GST_TRACERS: tracers, ...debug }),
        );
      for (const tracers of ["leaks;pyroscope", "leaks;pyroscope(timing=off)", "leaks;prom-latency"])
        expect([tracers, alive((await launched(tracers)).stderr)]).toEqual([tracers, []]);
      // And it would be seen: one element and its pads stay.
      const leak = program("", `one = Gst.ElementFactory.make("identity", "lost"); one.ref(); Gst.deinit()`);
      expect(alive((await withTracers("leaks;pyroscope", leak, debug)).stderr)).toContain("GstIdentity");
    },
  },
  {
    what: "1400 short pipelines",
    others: "38 MB more than before, 28 KB each",
    truth: "flat: less than a hundredth of that",
    shown: async () => {
      const { code, stdout, stderr } = await withTracers("pyroscope", manyPipelines, {
        GST_PYROSCOPE_SERVER_URL: "none",
        GST_PYROSCOPE_OTLP_ENDPOINT: "none",
      });
      expect(code, stderr).toBe(0);
      console.log(`1400 pipelines more: ${stdout.trim()} bytes`);
      expect(Number(stdout)).toBeLessThan(380_000);
    },
  },
  {
    what: "default parameters",
    others: "listen on 0.0.0.0:8080",
    truth: "nothing listens, in the process and in its agent",
    shown: async () => {
      const { child, pid, end } = start("fakesrc is-live=true ! identity sleep-time=1000 ! fakesink", "pyroscope", {
        GST_PYROSCOPE_SERVER_URL: "http://127.0.0.1:9",
        GST_PYROSCOPE_OTLP_ENDPOINT: "http://127.0.0.1:9",
        GST_PYROSCOPE_CAPTURE: `${place.dir}/c`,
      });
      const agents: number[] = [];
      try {
        const agent = await until("an agent", async () => (await agentsOf(pid))[0]);
        agents.push(agent);
        await until("its first file", () => existsSync(`${place.dir}/c/metrics.ndjson`) || undefined);
        expect(listeners(pid, agent)).toEqual([]);
      } finally {
        child.kill("SIGKILL");
        await end;
        // It still writes its last file, and tries the servers once more.
        for (const agent of agents) await until("the end of the agent", () => isGone(agent) || undefined);
      }
    },
  },
];

describe.each(rows)("$what", ({ others, truth, shown }) => {
  if (typeof shown === "function") it(`${truth} (others: ${others})`, shown);
  else
    it(`${truth} (others: ${others}), as ${shown.file} shows`, () => {
      expect(textOf(shown.file)).toContain(shown.title);
    });
});

it("every row says what is true and what others say", () => {
  expect(new Set(rows.map(({ what }) => what)).size).toBe(rows.length);
  expect(rows.filter(({ others, truth }) => others === "" || truth === "")).toEqual([]);
});
