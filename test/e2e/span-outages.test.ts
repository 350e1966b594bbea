// What becomes of spans when the collector is gone, refuses, hangs, cuts its answers, or is not what its address says? Every
// one is sent or counted, none twice, and the pipeline and the log do not notice.
// SPDX-License-Identifier: MPL-2.0

import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { isBusy } from "../helpers/busy-machine.js";
import { FakeCollector } from "../helpers/fake-collector.js";
import { type Ended, pluginEnvironment, runToEnd, until, words } from "../helpers/pipelines.js";
import { finished, placeOfEachTest, start } from "../helpers/served.js";

const place = placeOfEachTest();
/** Long outages are a command of their own: GST_PYROSCOPE_TEST_OUTAGE=60 npx vitest run test/e2e/span-outages.test.ts */
const outageMs = Number(process.env.GST_PYROSCOPE_TEST_OUTAGE ?? 6) * 1000;

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Some 1800 spans a second, every one sampled. `under`: `run`, whose agent has a terminal to talk to. */
function run(seconds: number, variables: Record<string, string> = {}, under: "run" | "tracer" = "tracer") {
  const { collector, dir } = place();
  const pipeline = `fakesrc num-buffers=${seconds * 900} ! identity sleep-time=1000 ! fakesink`;
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLING_RATIO: "1.0",
    OTEL_BSP_SCHEDULE_DELAY: "200",
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "1000",
    ...variables,
  };
  if (under === "tracer") return start(pipeline, "oteltracer", { ...settings, GST_PYROSCOPE_CAPTURE: dir });
  const args = [cli, "run", "--replace", "--capture", dir, "--", "gst-launch-1.0", "-q", ...words(pipeline)];
  return { end: runToEnd(process.execPath, args, pluginEnvironment(settings), 200_000 + outageMs) };
}

/** By reason, of those that the target wrote. */
const lostOf = ({ losses }: Summary) =>
  Object.fromEntries(Object.entries(losses).filter(([reason, n]) => /^span_(upload|rejected)/.test(reason) && n > 0));
const sum = (losses: Record<string, number>) => Object.values(losses).reduce((all, n) => all + n, 0);
const seen = (collector: FakeCollector) => new Set(collector.spans.map(({ trace, span }) => trace + span)).size;

/** All that became a span, of the capture of a run that ended. */
/** `run`'s own process has the command line in it, and Node's usual young generation: 115 to 152 MB here, 22 to 34 of them alive. */
const RSS_UNDER_RUN = 165e6;

async function settled(end: Promise<Ended>, buffers: number, mostRss = 130e6) {
  const { code, stderr } = await end;
  const summary = await finished(place().dir);
  expect(code).toBe(0);
  const { spans_written: written = 0 } = summary.counters;
  const { span_ring_full: unwritten = 0 } = summary.losses;
  expect(written + unwritten).toBe(2 * buffers);
  // The ring takes more than half a minute of them.
  if (outageMs < 30_000) expect(unwritten).toBe(0);
  // 82 to 115 MB here; it is held by what waits, not by how often it is refused.
  expect(summary.overhead.agentRssBytes).toBeLessThan(mostRss);
  const lines = stderr.split("\n").filter((line) => /warn.*traces/.test(line));
  const busy = isBusy(summary); // then answers come too late for the second that is given them, again and again
  if (!busy) expect(lines.length).toBeLessThanOrEqual(4);
  return { lost: lostOf(summary), written, lines, busy };
}

/** All of them once. Where the machine has no CPU for it, the agent's ten seconds may end before: what is left is counted. */
function expectSent({ lost, written, busy }: Awaited<ReturnType<typeof settled>>, arrived: number): void {
  const { span_upload_ended: left = 0, ...other } = lost;
  expect(other).toEqual({});
  if (!busy) expect(left).toBe(0);
  // What was under way at the end may have arrived all the same.
  expect(arrived).toBeLessThanOrEqual(written);
  expect(arrived + left).toBeGreaterThanOrEqual(written);
}

describe("spans and a collector that", () => {
  it("is killed and comes back flow within 15 s, each of them once", { timeout: 240_000 + 2 * outageMs }, async () => {
    const { collector } = place();
    // What waited in the ring needs some seconds more to be sent.
    const seconds = Math.ceil((outageMs / 1000) * 1.25) + 8;
    const target = run(seconds, {}, "run");
    await until("spans", () => collector.spans.length > 500);
    await collector.stop();
    const before = seen(collector);
    const until0 = performance.now() + outageMs;
    await until("the end of the outage", () => performance.now() > until0, outageMs + 5000);
    const again = await FakeCollector.start(collector.port);
    const back = performance.now();
    try {
      await until("spans again", () => again.spans.length > 0, 60_000);
      console.log(`spans again after ${Math.round(performance.now() - back)} ms`);
      const result = await settled(target.end, seconds * 900, RSS_UNDER_RUN);
      const { written, lines } = result;
      expectSent(result, Math.min(written, before + seen(again)));
      // What was answered when the connection broke may have come twice; nothing else has.
      if (result.busy) return;
      expect(before + seen(again)).toBeLessThanOrEqual(written + 4 * 512);
      expect(lines.map((line) => /not delivered|delivered again/.exec(line)?.[0])).toEqual([
        "not delivered",
        "delivered again",
      ]);
    } finally {
      await again.stop();
    }
  });

  it.each(["unavailable", "exhausted for a while", "hang"] as const)(
    "is '%s' for a while lose nothing",
    async (mode) => {
      const { collector } = place();
      collector.mode = mode;
      const target = run(6);
      await until("several tries", () => collector.traceTries >= 6);
      collector.mode = "judge";
      const result = await settled(target.end, 6 * 900);
      expectSent(result, seen(collector));
      if (!result.busy) expect(collector.spans.length).toBe(seen(collector));
    },
  );

  it("takes a hundred at a time get them in parts", async () => {
    const { collector } = place();
    collector.mostSpans = 100;
    expectSent(await settled(run(2).end, 2 * 900), seen(collector));
  });

  it.each(["exhausted", "unauthenticated", "hang"] as const)("is '%s' for ever are all counted", async (mode) => {
    const { collector } = place();
    collector.mode = mode;
    const { lost } = await settled(run(2).end, 2 * 900);
    expect(sum(lost)).toBe(2 * 2 * 900);
    expect(collector.spans).toEqual([]);
  });

  it("is the traces' alone keeps neither metrics nor profiles from theirs", async () => {
    const { collector, pyroscope, dir } = place();
    const traces = await FakeCollector.start();
    traces.mode = "hang";
    const pipeline = "videotestsrc num-buffers=150 ! video/x-raw,width=640,height=480 ! vp8enc deadline=1 ! fakesink";
    const { code } = await start(pipeline, "oteltracer", {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces.url,
      OTEL_TRACES_SAMPLING_RATIO: "1.0",
      GST_PYROSCOPE_SERVER_URL: pyroscope.url,
      GST_PYROSCOPE_CAPTURE: dir,
    }).end;
    expect(code).toBe(0);
    const summary = await finished(dir);
    await traces.stop();
    expect(sum(lostOf(summary))).toBe(summary.counters.spans_written);
    expect(collector.point("gstreamer.pad.buffers", { factory: "vp8enc" }).value).toBe(150);
    const delivered = Object.values(pyroscope.sumBy("element")).reduce((all, ns) => all + ns, 0);
    expect(delivered).toBe(summary.profile.cpu?.totalNs);
  });

  it("takes all but some are counted by what it says", async () => {
    const { collector } = place();
    collector.rejects = 3;
    const { lost, ...rest } = await settled(run(2).end, 2 * 900);
    const { span_rejected = 0, ...other } = lost;
    if (!rest.busy) expect(span_rejected).toBe(3 * collector.traceRequests);
    expect(span_rejected).toBeLessThanOrEqual(3 * collector.traceRequests);
    expectSent({ lost: other, ...rest }, seen(collector));
  });

  it("cuts its answers off gets them again, and all of them", async () => {
    const { collector } = place();
    const server = createServer((socket) => {
      let body = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (part) => {
        body = Buffer.concat([body, part]);
        const head = body.indexOf("\r\n\r\n");
        const length = Number(/content-length: (\d+)/i.exec(body.toString("latin1"))?.[1] ?? 0);
        if (head < 0 || body.length < head + 4 + length) return;
        if (body.includes("POST /v1/traces")) collector.takeTraces(body.subarray(head + 4));
        const cut = collector.traceRequests <= 3;
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${cut ? 100 : 0}\r\n\r\n`);
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
    const result = await settled(run(3, variables).end, 3 * 900);
    server.close();
    expectSent(result, seen(collector));
    expect(collector.spans.length).toBeGreaterThan(seen(collector));
  });

  it("does not listen, or speaks no TLS, are all counted, and the log says it once", async () => {
    const { collector } = place();
    const free = await FakeCollector.start();
    await free.stop();
    for (const url of [free.url, collector.url.replace("http:", "https:")]) {
      const result = await settled(run(1, { OTEL_EXPORTER_OTLP_ENDPOINT: url }, "run").end, 900);
      expect(sum(result.lost)).toBe(2 * 900);
      expect(result.lines).toHaveLength(2);
      expect(result.lines[1]).toMatch(/incomplete.*span_upload_\w+=\d+/);
      expect(result.lines[0]).toContain("traces are not delivered");
    }
  });
});
