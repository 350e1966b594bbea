// Do windows and a viewer's stall, sent by HTTP, become a stored answer, a frame of the live stream and a metric; also when the service is restarted in between?
// SPDX-License-Identifier: MPL-2.0
import type { Incident, IncidentDetail, StreamNow } from "@gst-pyroscope/contract/stall-views";
import type { StallView } from "@gst-pyroscope/contract/window";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  play,
  postWindows,
  stallEnd,
  stallEvent,
  stalled,
  stallsOf,
  windowBatch,
  windowOf,
} from "../helpers/pipeline.js";
import { batch, event, folder, removeFolder, type Started, start, until } from "../helpers/service.js";
import { follow } from "../helpers/sse.js";

const folders: string[] = [];
const dataFolder = (): string => {
  folders.push(folder());
  return folders.at(-1) ?? "";
};
afterAll(() => folders.forEach(removeFolder));

const json = async <T>(service: Started, path: string): Promise<T> => (await (await service.get(path)).json()) as T;

/** How long the longest of many small requests takes: on a machine that has much else to do nothing is faster. */
function slowestAnswer(service: Started): { end(): Promise<number> } {
  let [going, slowestMs] = [true, 0];
  const asking = (async () => {
    while (going) {
      const began = Date.now();
      await (await service.get("/api/health")).text();
      slowestMs = Math.max(slowestMs, Date.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    end: async () => {
      going = false;
      await asking;
      return slowestMs;
    },
  };
}

describe("a slow element", () => {
  let service: Started;
  beforeAll(async () => {
    service = await start({ dataDir: dataFolder() });
  });
  afterAll(() => service.stop());

  test("is named within five seconds of the viewer's stall, in the store, to followers, and in the metric", async () => {
    const follower = await follow(service.url);
    const atMs = await play(service);
    const slowest = slowestAnswer(service);
    const sent = Date.now();
    await service.post(batch([stallEvent("viewer", atMs)]));
    await postWindows(service, windowBatch([windowOf(atMs, { pace: 0.6, work: 1980 })]));
    await until("a frame", () => follower.frames.some(({ event }) => event === "stall_attributed"));
    const tookMs = Date.now() - sent;
    expect(tookMs).toBeLessThan(5000 + 20 * (await slowest.end()));
    const [stall] = await stallsOf(service, "viewer");
    expect(stall).toMatchObject({
      stall: { session_id: "viewer", stream_id: "demo", lasted_ms: null },
      verdict: "element",
      element: { path: "main/enc", factory: "x264enc" },
      interval: { from_program_time: true },
      viewers: { stalled: 1, watching: 1 },
    });
    expect(stall?.profile).toMatchObject({
      service: "encoder",
      labels: { stream: "demo", element: "enc" },
      url: null,
    });
    const frame = follower.frames.find((one) => one.event === "stall_attributed");
    expect([frame?.id, frame?.data]).toEqual([null, stall]);
    follower.close();
    const metrics = await service.counters();
    expect(metrics['mtrace_stalls_attributed_total{verdict="element"}']).toBe(1);
    expect(metrics['mtrace_stalls_attributed_total{verdict="delivery"}']).toBe(0);
  });

  test("while the stall goes on, the agent is asked for call stacks, which become the flame graph", async () => {
    const [stall] = await stallsOf(service, "viewer");
    const flames = (await json(service, stall?.profile?.flamegraph ?? "")) as { source: string };
    expect(flames).toEqual({ source: "none", unit: "ms", stacks: [] });
    const stacks = ["fast", "slow", "slow"].map((name, i) => ({
      path: i ? "main/enc" : "main/src",
      frames: ["main", name],
      ms: 5,
    }));
    const nowMs = Date.now();
    const answer = await postWindows(service, windowBatch([windowOf(nowMs - 2000, {}, { stacks })]));
    const { want } = await answer.json();
    expect(want).toHaveLength(1);
    expect([want[0].stream_id, want[0].elements[0]]).toEqual(["demo", "main/enc"]);
    expect(Date.parse(want[0].until)).toBeGreaterThan(nowMs);
    expect(await json(service, stall?.profile?.flamegraph ?? "")).toEqual({
      ...{ source: "agent", unit: "ms" },
      stacks: [{ frames: ["main", "slow"], ms: 10 }],
    });
  });

  test("its stall is judged once more at its end, is told again, and counted once", async () => {
    const follower = await follow(service.url);
    const [before] = await stallsOf(service, "viewer");
    const atMs = Date.parse(before?.stall.at ?? "");
    await service.post(batch([stallEnd("viewer", atMs, 6400)]));
    await until("its end", async () => (await stallsOf(service, "viewer"))[0]?.stall.lasted_ms === 6400);
    expect(await stallsOf(service, "viewer")).toHaveLength(1);
    await until("a frame", () => follower.frames.some(({ event }) => event === "stall_attributed"));
    follower.close();
    const metrics = await service.counters();
    expect(metrics['mtrace_stalls_attributed_total{verdict="element"}']).toBe(1);
  });

  test("is in the lists of streams, incidents, and windows", async () => {
    const { streams } = await json<{ streams: StreamNow[] }>(service, "/api/streams");
    const [stall] = await stallsOf(service, "viewer");
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ stream_id: "demo", pipelines: ["main"], viewers: { watching: 1, stalled: 0 } });
    expect(streams[0]?.latest_incident).toMatchObject({ verdict: "element", incident_id: stall?.incident_id });
    const { incidents } = await json<{ incidents: Incident[] }>(service, "/api/incidents");
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ worst_ms: 6400, verdict: "element", viewers: { stalled: 1, watching: 1 } });
    const detail = await json<IncidentDetail>(service, `/api/incidents/${stall?.incident_id}`);
    expect(detail).toEqual({ incident: incidents[0], stalls: [stall] });
    const { interval } = stall as StallView;
    const range = new URLSearchParams({ from: interval.from, until: interval.until });
    const { windows } = await json<{ windows: { from: string; to: string }[] }>(
      service,
      `/api/streams/demo/pipeline?${range}`,
    );
    expect(windows.length).toBeGreaterThan(1);
    expect(windows.every(({ from, to }) => from < interval.until && to > interval.from)).toBe(true);
  });
});

test("stalls of before a restart, judged and not judged, get their answer after it", async () => {
  const dataDir = dataFolder();
  const first = await start({ dataDir });
  const atMs = await play(first);
  await stalled(first, "judged", atMs);
  await first.post(batch([event({ session_id: "not-yet", meta: { stream_id: "demo" } })]));
  await first.post(batch([stallEvent("not-yet", Date.now() + 60_000)]));
  first.child.kill("SIGKILL");
  await first.stop();
  const second = await start({ dataDir });
  await second.post(batch([stallEnd("judged", atMs, 3000)]));
  await until("the end of the first", async () => (await stallsOf(second, "judged"))[0]?.stall.lasted_ms === 3000);
  await until("the second", async () => (await stallsOf(second, "not-yet")).length === 1);
  expect((await stallsOf(second, "judged"))[0]).toMatchObject({ verdict: "element", element: { path: "main/enc" } });
  await second.stop();
});
