// How long from source to sink, and what do elements say themselves? Against GStreamer's own latency tracer, in one process.
// SPDX-License-Identifier: MPL-2.0

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LatencySummary, Summary } from "../../src/model/summary.js";
import { lateNs } from "../helpers/busy-machine.js";
import { element, pluginEnvironment, profiled, runToEnd, scratch, words } from "../helpers/pipelines.js";
import { rtspServer } from "../helpers/rtsp-server.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

const ms = 1e6;
const run = async (pipeline: string, args: string[] = [], env: Record<string, string> = {}): Promise<Summary> =>
  (await profiled(pipeline, `${place.dir}/c`, args, pluginEnvironment(env))).summary;

function latency(summary: Summary, source: string, sink: string): LatencySummary {
  const row = summary.latency.find((l) => l.source.endsWith(`/${source}`) && l.sink.endsWith(`/${sink}`));
  if (row === undefined) throw new Error(`no latency of ${source} and ${sink}`);
  return row;
}

/** Records of GStreamer's latency tracer as its log has them. */
function coreRecords(file: string): Record<string, string>[] {
  const log = readFileSync(file, "utf8");
  return [...log.matchAll(/ (latency|element-latency|element-reported-latency), (.*);$/gm)].map(([, kind, fields]) => {
    const record: Record<string, string> = { kind: kind ?? "" };
    for (const [, name, value] of (fields ?? "").matchAll(/([\w-]+)=\([^)]*\)("[^"]*"|[^,;]*)/g))
      record[name ?? ""] = (value ?? "").replaceAll('"', "");
    return record;
  });
}

const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Both read the clock, one after the other: a thread may lose its CPU between them. */
const expectSame = (summary: Summary, ours: number | null | undefined, theirs: number): void =>
  expect(Math.abs((ours ?? 0) - theirs)).toBeLessThan(0.05 * theirs + lateNs(summary));

describe("beside GStreamer's own latency tracer", () => {
  const pipeline =
    "videotestsrc name=src num-buffers=150 is-live=true ! video/x-raw,width=64,height=64,framerate=50/1 ! " +
    "identity name=slow sleep-time=8000 ! tee name=t t. ! queue name=q1 ! identity name=a sleep-time=25000 ! fakesink name=one " +
    "t. ! queue name=q2 ! x264enc name=enc tune=zerolatency ! fakesink name=two";

  it("latencies of pipelines and elements are the same, and reported ones equal", async () => {
    const log = `${place.dir}/core.log`;
    const summary = await run(pipeline, ["--flags", "pipeline+element+reported"], {
      GST_TRACERS: "latency(flags=pipeline+element+reported)",
      GST_DEBUG: "GST_TRACER:7",
      GST_DEBUG_FILE: log,
      GST_DEBUG_NO_COLOR: "1",
    });
    const records = coreRecords(log);
    for (const sink of ["one", "two"]) {
      const theirs = records
        .filter((r) => r.kind === "latency" && r["sink-element"] === sink)
        .map((r) => Number(r.time));
      const ours = latency(summary, "src", sink);
      // Of buffers that come less than a millisecond apart, as on a busy machine after a pause, not every one is looked up.
      expect(ours).toMatchObject({ count: ours.arrived, reason: null });
      expect(ours.arrived).toBeLessThanOrEqual(150);
      expect(ours.arrived).toBeGreaterThanOrEqual(150 - lateNs(summary) / (20 * ms)); // a frame each 20 ms
      expect(theirs.length).toBeGreaterThan(140);
      expectSame(summary, ours.sumNs, ours.arrived * mean(theirs));
      expect(mean(theirs)).toBeGreaterThan(8 * ms);
    }
    for (const name of ["slow", "a", "q1"]) {
      const theirs = records
        .filter((r) => r.kind === "element-latency" && r.element === name)
        .map((r) => Number(r.time));
      const ours = element(summary, name).transit;
      const { buffersIn } = element(summary, name);
      expect(ours?.count).toBe(buffersIn);
      expectSame(summary, ours?.sumNs, buffersIn * mean(theirs));
    }
    const last = new Map(records.filter((r) => r.kind === "element-reported-latency").map((r) => [r.element, r]));
    expect(last.size).toBeGreaterThan(5);
    const reported = summary.pipelines.flatMap((p) => p.elements).filter((e) => e.reported !== null);
    expect(reported.map((e) => e.name)).toEqual(expect.arrayContaining(["src", "slow", "t", "q1", "a", "q2", "enc"]));
    for (const { name, reported: own } of reported) {
      const theirs = last.get(name);
      expect([name, own?.live, own?.minNs]).toEqual([name, theirs?.live === "1", Number(theirs?.min)]);
      // "No limit" is all ones there, or what is left of it after a subtraction.
      if (own?.maxNs !== null) expect([name, own?.maxNs]).toEqual([name, Number(theirs?.max)]);
    }
  });
});

describe("what can be matched", () => {
  it("every source that reaches a sink has a row, through a mixer too, and other pipelines' have none", async () => {
    const summary = await run(
      "audiotestsrc name=x num-buffers=100 ! mix. audiotestsrc name=y num-buffers=100 ! mix. audiomixer name=mix ! " +
        "queue ! opusenc ! fakesink name=s videotestsrc name=v num-buffers=20 ! fakesink name=w",
    );
    expect(summary.latency.map((l) => `${l.source} ${l.sink}`).sort()).toEqual([
      "pipeline0/v pipeline0/w",
      "pipeline0/x pipeline0/s",
      "pipeline0/y pipeline0/s",
    ]);
    for (const row of summary.latency) expect(row.reason).toBeNull();
  });

  it("a buffer without a time is matched inside of its push, and by nothing behind a queue", async () => {
    const direct = await run("fakesrc name=src num-buffers=50 ! identity sleep-time=5000 ! fakesink name=s");
    const row = latency(direct, "src", "s");
    expect(row).toMatchObject({ count: 50, reason: null });
    expect(row.minNs).toBeGreaterThanOrEqual(5 * ms);
    const behind = (await profiled("fakesrc name=src num-buffers=50 ! queue ! fakesink name=s", `${place.dir}/d`))
      .summary;
    expect(latency(behind, "src", "s")).toMatchObject({
      count: null,
      p50Ns: null,
      reason: "buffers have no time stamps at the source or at the sink",
    });
  });

  it("where an element re-times there is a reason instead of a figure", async () => {
    const summary = await run("audiotestsrc name=src num-buffers=60 ! identity datarate=100 ! queue ! fakesink name=s");
    const row = latency(summary, "src", "s");
    expect(row.arrived).toBeGreaterThan(0);
    expect(row.reason).toMatch(/other times than the source gave them; an element between re-times them$/);
    expect(row.count ?? 0).toBeLessThanOrEqual(1);
  });

  it("a source that is pulled says so", async () => {
    const wav = `${place.dir}/a.wav`;
    await profiled(`audiotestsrc num-buffers=50 ! wavenc ! filesink location=${wav}`, `${place.dir}/make`);
    const summary = await run(`filesrc name=src location=${wav} ! wavparse ! fakesink name=s`);
    expect(latency(summary, "src", "s")).toMatchObject({
      count: null,
      reason: "the source is pulled: it pushes nothing that could be timed",
    });
  });

  it("two streams that share nothing are two pairs, and a decoder that nobody linked is no sink", async () => {
    const file = `${place.dir}/both.mkv`;
    await profiled(
      `matroskamux name=m ! filesink location=${file} videotestsrc num-buffers=20 ! x264enc ! m. audiotestsrc num-buffers=20 ! opusenc ! m.`,
      `${place.dir}/make`,
    );
    const stream = (n: number): string =>
      `filesrc name=f${n} location=${file} ! decodebin name=d${n} d${n}. ! video/x-raw ! fakesink name=s${n}`;
    const summary = await run(`${stream(1)} ${stream(2)}`);
    expect(summary.latency.map((l) => `${l.source} ${l.sink}`).sort()).toEqual([
      "pipeline0/f1 pipeline0/s1",
      "pipeline0/f2 pipeline0/s2",
    ]);
    for (const row of summary.latency)
      expect(row).toMatchObject({ p50Ns: null, reason: expect.stringMatching(/pulled/) });
  });

  it("a camera over TCP, whose source feeds its own elements by calls, has a row and a reason", async () => {
    const camera = await rtspServer();
    try {
      // Nobody waits for the last packet: the sink ends the stream.
      const summary = await run(
        `rtspsrc name=camera location=${camera.url} protocols=tcp ! rtppcmudepay ! identity eos-after=50 ! fakesink name=s`,
      );
      expect(latency(summary, "camera", "s")).toMatchObject({
        p50Ns: null,
        reason: expect.stringContaining("no link of a source leads to it"),
      });
      expect(summary.latency).toHaveLength(1);
    } finally {
      camera.close();
    }
  });

  it("the first buffer's way is told apart from the wait for it", async () => {
    const summary = await run(
      "videotestsrc name=src num-buffers=20 is-live=true ! video/x-raw,framerate=20/1 ! identity sleep-time=30000 ! queue ! fakesink name=s",
    );
    const first = latency(summary, "src", "s").firstBuffer;
    expect(first?.travelNs).toBeGreaterThanOrEqual(30 * ms);
    expect(first?.travelNs).toBeLessThan(300 * ms + lateNs(summary));
    expect(first?.waitNs).toBeGreaterThan(0);
    expect(first?.waitNs).toBeLessThan(summary.target.durationNs);
  });
});

describe("timing=hooks", () => {
  const pipeline =
    "fakesrc name=src num-buffers=200 ! identity name=a sleep-time=5000 ! queue name=q ! identity name=b ! fakesink name=s";

  it("counts the same buffers as wrap, and times what works the same", async () => {
    const wrap = await run(pipeline);
    const hooks = (await profiled(pipeline, `${place.dir}/h`, ["--timing", "hooks"])).summary;
    for (const name of ["src", "a", "q", "b", "s"]) {
      const [w, h] = [element(wrap, name), element(hooks, name)];
      expect([name, h.buffersIn, h.buffersOut, h.exclusive?.count]).toEqual([
        name,
        w.buffersIn,
        w.buffersOut,
        w.exclusive?.count,
      ]);
    }
    const median = (s: Summary): number => element(s, "a").exclusive?.p50Ns ?? 0;
    // A median is later by what half of the buffers were later, at most.
    const late = (lateNs(hooks) + lateNs(wrap)) / 100;
    expect(Math.abs(median(hooks) - median(wrap))).toBeLessThan(0.01 * median(wrap) + late);
    expect(element(hooks, "a").link?.count).toBe(200);
    expect(element(wrap, "a").link).toBeNull();
  });

  it("what an encoder does when the stream ends is an event's time", async () => {
    const summary = await run(
      "videotestsrc num-buffers=60 ! video/x-raw,width=640,height=480 ! x264enc name=enc rc-lookahead=40 ! fakesink",
    );
    const enc = element(summary, "enc");
    expect(enc.events?.count).toBeGreaterThan(0);
    expect(enc.events?.sumNs).toBeGreaterThan(ms);
    expect(enc.wallNs).toBeGreaterThanOrEqual((enc.exclusive?.sumNs ?? 0) + (enc.events?.sumNs ?? 0));
  });

  it("says what it costs, and how long states take to change", async () => {
    const { summary, run: ended } = await profiled(
      "videotestsrc num-buffers=10 ! video/x-raw,width=1920,height=1080 ! x264enc name=enc ! fakesink",
      `${place.dir}/h`,
      ["--timing", "hooks"],
      pluginEnvironment({ GST_DEBUG: "pyroscope:4" }),
    );
    expect(ended.stderr).toMatch(
      /timing=hooks switches on GStreamer's dispatch for the whole process: \d+ ns more a push/,
    );
    const states = summary.pipelines.flatMap((p) => p.elements.flatMap((e) => Object.entries(e.states)));
    expect(states.length).toBeGreaterThan(0);
    for (const [change, spent] of states) {
      expect(change).toMatch(/^(null|ready|paused|playing)-(null|ready|paused|playing)$/);
      expect(spent.sumNs).toBeGreaterThanOrEqual(ms);
    }
  });
});

describe("GST_DEBUG=GST_TRACER:7", () => {
  it("shows the records of the seed's set-up, which add up to all that passed", async () => {
    const log = `${place.dir}/records.log`;
    const env = pluginEnvironment({
      GST_TRACERS: "prometheus-latency-tracer(flags=pipeline+element+reported)",
      GST_DEBUG: "GST_TRACER:7",
      GST_DEBUG_FILE: log,
      GST_DEBUG_NO_COLOR: "1",
    });
    const pipeline =
      "videotestsrc name=src num-buffers=70 is-live=true ! video/x-raw,framerate=50/1 ! identity name=i sleep-time=2000 ! queue name=q ! fakesink name=s";
    expect((await runToEnd("gst-launch-1.0", ["-q", ...words(pipeline)], env)).code).toBe(0);
    const lines = readFileSync(log, "utf8").split("\n");
    const total = (record: string, label: string, field: string): number =>
      lines
        .filter((line) => line.includes(` ${record}, `) && line.includes(label))
        .reduce((sum, line) => sum + Number(new RegExp(`${field}=(\\d+)`).exec(line)?.[1]), 0);
    // Seventy, but for those that a live source leaves out where it comes too late.
    const count = total("element-time", 'element="i"', "count");
    expect(count).toBeGreaterThan(35);
    // Not every one of those that come less than a millisecond apart is looked up.
    expect(total("pipeline-latency", 'sink="s"', "count")).toBeLessThanOrEqual(count);
    expect(total("pipeline-latency", 'sink="s"', "count")).toBeGreaterThan(count / 3);
    expect(total("element-time", 'element="i"', "sum-ns")).toBeGreaterThanOrEqual(2 * count * ms);
    expect(total("element-transit", 'element="i"', "sum-ns")).toBeGreaterThanOrEqual(2 * count * ms);
    expect(total("queue-wait", 'element="q"', "count")).toBe(count);
    expect(total("reported-latency", 'element="src"', "min-ns")).toBe(20 * ms);
  });
});
