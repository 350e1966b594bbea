// Do metrics reach a collector exactly, and again after it was away?
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { publishedBoundsSeconds } from "../../../../src/metrics/buckets.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";
import type { OtlpOptions } from "../../../../src/output/otlp/metrics.js";
import { targetResource } from "../../../../src/output/otlp/resource.js";
import { slowness } from "../../../helpers/busy-machine.js";
import { cellOf } from "../../../helpers/cells.js";
import { FakeCollector } from "../../../helpers/fake-collector.js";
import { facts, metricsOutputTo, started } from "../../../helpers/metrics-output.js";
import { until } from "../../../helpers/until.js";

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});
async function collector(port = 0): Promise<FakeCollector> {
  const fake = await FakeCollector.start(port);
  running.push(fake);
  return fake;
}

function outputTo(endpoint: string, cells: () => CellSnapshot[], change: Partial<OtlpOptions> = {}) {
  const made = metricsOutputTo(endpoint, cells, change);
  running.push({ stop: () => made.output.close(10) });
  return made;
}
const cell = (pad: number, ns: number[]) => cellOf(pad, ns, { startUnixNs: started });

describe("metrics for a collector that works", () => {
  it("arrive with the exact counts, sum, bounds and start of the cells", async () => {
    const fake = await collector();
    const durations = [100, 953, 954, 2_000_000, 2_000_001, 33_000_000_000];
    const { output, lines } = outputTo(fake.url, () => [cell(1, durations), cell(2, [5])], { intervalMs: 60_000 });
    expect(await output.close(5000)).toBe(true);
    const latency = fake.point("gstreamer.pad.latency.ns", { element: "e1" });
    expect(latency).toMatchObject({ kind: "histogram", unit: "ns", count: 6, min: 100, max: 33_000_000_000 });
    expect(latency.sum).toBe(33_004_002_008);
    expect(latency.start).toBe(started);
    expect(latency.bounds).toEqual(publishedBoundsSeconds.map((bound) => bound * 1e9));
    const expected = new Array(30).fill(0);
    for (const ns of durations) {
      const at = latency.bounds.findIndex((bound) => ns <= bound);
      expected[at < 0 ? 29 : at]++;
    }
    expect(latency.bucketCounts).toEqual(expected);
    expect(fake.point("gstreamer.pad.buffers", { element: "e2" })).toMatchObject({
      kind: "sum",
      value: 1,
      unit: "{buffer}",
    });
    expect(fake.point("gstreamer.profiler.losses", { reason: "ring_full" }).value).toBe(3);
    expect(fake.violations).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("carry the target as their resource, not the agent", async () => {
    const fake = await collector();
    const { output } = outputTo(fake.url, () => [cell(1, [1])], { intervalMs: 60_000, headers: { "x-team": "av" } });
    await output.close(5000);
    expect(fake.resource).toMatchObject({
      "service.name": "svc",
      "process.pid": 4711,
      "process.executable.name": "gst-launch-1.0",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.distro.name": "gst-pyroscope",
      "deployment.environment.name": "test",
      space: "a b",
      site: "lab",
    });
    expect(fake.resource["service.instance.id"]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(fake.headers[0]?.["x-team"]).toBe("av");
  });

  it("are the same instance for every agent, and another one for another process", () => {
    const id = (change: object) =>
      targetResource({ facts: { ...facts, ...change }, serviceName: "s", tags: [], version: "0" }).attributes[
        "service.instance.id"
      ];
    expect(id({})).toBe(id({ executable: "/other" }));
    expect(new Set([id({}), id({ pid: 1 }), id({ startTicks: 1 }), id({ host: "b" })]).size).toBe(4);
  });

  it("go out in every interval, cumulative and without a reset", async () => {
    const fake = await collector();
    const values: number[] = [];
    outputTo(fake.url, () => {
      values.push(1000);
      return [cell(1, values)];
    });
    await until("four exports", () => fake.accepted >= 4);
    expect(fake.violations).toEqual([]);
    expect(fake.point("gstreamer.pad.latency.ns").count).toBeGreaterThanOrEqual(4);
  });

  it("are split into requests that a collector takes", async () => {
    const fake = await collector();
    const cells = Array.from({ length: 500 }, (_, i) => cell(i, [10]));
    const { output } = outputTo(fake.url, () => cells, { intervalMs: 60_000 });
    expect(await output.close(60_000)).toBe(true);
    expect(fake.requests).toBeGreaterThan(3);
    expect(fake.points("gstreamer.pad.latency.ns")).toHaveLength(500);
    expect(fake.violations).toEqual([]);
  });
});

describe("metrics for a collector that is away", () => {
  it("are tried again within the interval when it says that it is unavailable", async () => {
    const fake = await collector();
    fake.mode = "unavailable";
    const { lines } = outputTo(fake.url, () => [cell(1, [1])], { intervalMs: 4000 });
    await until("tries", () => fake.requests >= 2);
    const requests = fake.requests;
    fake.mode = "judge";
    const before = performance.now();
    await until("accepted", () => fake.accepted >= 1);
    expect(performance.now() - before).toBeLessThan(3800); // not an interval later
    expect(fake.requests).toBeGreaterThan(requests);
    await until("the second line", () => lines.length >= 2);
    expect(lines.map((line) => /are (not )?delivered/.exec(line)?.[0])).toEqual(["are not delivered", "are delivered"]);
  });

  it("flow again soon after a restart on the same port, with two lines in the log, and miss nothing", async () => {
    const first = await FakeCollector.start();
    const values: number[] = [];
    const observe = () => {
      values.push(7);
      return [cell(1, values)];
    };
    const { lines } = outputTo(first.url, observe, { intervalMs: 1000 }); // one try has 0.8 s: a loaded machine needs some of it
    await until("the first export", () => first.accepted > 0);
    await first.stop();
    // Long enough for the channel's own backoff to be longer than what follows.
    const counted = values.length;
    await until("an outage", () => lines.length > 0 && values.length > counted + 4);
    const second = await collector(first.port);
    const back = performance.now();
    await until("the next export", () => second.accepted > 0);
    const took = performance.now() - back;
    expect(second.point("gstreamer.pad.latency.ns").count).toBeGreaterThan(counted + 4);
    expect(second.point("gstreamer.pad.latency.ns").start).toBe(started);
    await until("the second line", () => lines.length >= 2);
    expect([...second.userAgents][0]).toMatch(/^gst-pyroscope\/0\.1\.0 \([1-9]/);
    expect(took).toBeLessThan(2500 * (await slowness())); // asked last: it burns beside an export
  });

  it("do not pile up behind a collector that never answers", async () => {
    const fake = await collector();
    fake.mode = "hang";
    const { output, lines } = outputTo(fake.url, () => [cell(1, [1])]);
    await until("several tries", () => fake.requests >= 4);
    fake.mode = "judge";
    await until("accepted", () => fake.accepted >= 1);
    expect(lines.length).toBeLessThanOrEqual(2);
    fake.mode = "hang";
    const [end, slow] = [performance.now(), slowness()];
    expect(await output.close(300)).toBe(false);
    const took = performance.now() - end;
    expect(took).toBeLessThan(1000 * (await slow));
  });

  it("are not called delivered when the last export is still tried, and the one before it arrived", async () => {
    const fake = await collector();
    const { output } = outputTo(fake.url, () => [cell(1, [1])], { intervalMs: 3000 });
    expect(await output.flush(5000)).toBe(true);
    fake.mode = "hang";
    expect(await output.flush(20_000)).toBe(false);
  });

  it.each([
    // Without a word of when to come again it means this export, not the collector.
    ["exhausted", "metrics refused", 1],
    ["unauthenticated", "refused the credentials", 2],
  ] as const)("are not tried again within the interval when it is %s", async (mode, text, said) => {
    const fake = await collector();
    fake.mode = mode;
    const { output, lines } = outputTo(fake.url, () => [cell(1, [1])], { intervalMs: 60_000 });
    expect(await output.flush(3000)).toBe(false);
    expect(fake.requests).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(text);
    fake.mode = "judge";
    expect(await output.flush(3000)).toBe(true);
    expect(lines).toHaveLength(said);
  });

  it("are tried again within the interval when it asks for less and does not say until when", async () => {
    const statuses: number[] = [];
    const server = createServer((request, response) => {
      request.resume();
      const status = statuses.length < 2 ? 429 : 200;
      statuses.push(status);
      response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    running.push({ stop: () => new Promise((done) => server.close(done)) });
    const { port } = server.address() as AddressInfo;
    const change = { protocol: "http/protobuf", intervalMs: 60_000 } as const;
    const { output } = outputTo(`http://127.0.0.1:${port}`, () => [cell(1, [1])], change);
    expect(await output.flush(20_000)).toBe(true);
    expect(statuses).toEqual([429, 429, 200]);
  });

  it("do not keep somebody waiting when nothing listens", async () => {
    const gone = await FakeCollector.start();
    await gone.stop();
    const { output, lines } = outputTo(gone.url, () => [cell(1, [1])], { intervalMs: 60_000 });
    const [begin, slow] = [performance.now(), slowness()];
    expect(await output.flush(20_000)).toBe(false);
    expect(await output.close(20_000)).toBe(false);
    const took = performance.now() - begin;
    expect(took).toBeLessThan(3000 * (await slow));
    expect(lines).toHaveLength(1);
  });

  it("still deliver in a flush that comes while another export hangs", async () => {
    const fake = await collector();
    fake.mode = "hang";
    const { output } = outputTo(fake.url, () => [cell(1, [1])], { intervalMs: 20_000 });
    const first = output.flush(15_000);
    await until("the hanging one", () => fake.requests === 1);
    fake.mode = "judge";
    const [begin, slow] = [performance.now(), slowness()];
    expect(await output.flush(3000)).toBe(true);
    const took = performance.now() - begin;
    expect(took).toBeLessThan(2000 * (await slow));
    await first;
  });
});

describe("the collector's address", () => {
  it("gives its credentials as a header and never to the log", async () => {
    const fake = await collector();
    fake.mode = "unauthenticated";
    const { output, lines } = outputTo(fake.url.replace("://", "://me:geheim@"), () => [cell(1, [1])], {
      intervalMs: 60_000,
    });
    await output.flush(3000);
    expect(fake.headers[0]?.authorization).toBe(`Basic ${Buffer.from("me:geheim").toString("base64")}`);
    expect(lines.join()).not.toContain("geheim");
  });
});
