// Does every event arrive once, in order, whatever the service answers, and is what was lost counted?
// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTracker } from "../../src/index.js";
import { type Answer, fakeService, options } from "../helpers/service.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);
const numbers = (events: Array<{ sequence_number: number }>) => events.map((event) => event.sequence_number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

function tracked(count: number, answers: Answer[], more = {}) {
  const service = fakeService(...answers);
  const tracker = createTracker({ ...options, transport: service.transport, ...more });
  for (let index = 0; index < count; index++) tracker.track("segment_loaded", { index });
  return { service, tracker };
}

describe("batches", () => {
  it("sends ten events at once, not within the call", async () => {
    const { service } = tracked(10, [202]);
    expect(service.seen).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(service.seen).toHaveLength(1);
    expect(numbers(service.acceptedEvents())).toEqual(upTo(10));
  });

  it("sends fewer after the interval, and none of its own accord when that is 0", async () => {
    const { service } = tracked(3, [202]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(service.seen).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(service.acceptedEvents()).toHaveLength(3);
    const silent = tracked(3, [202], { flushIntervalMs: 0 });
    await minutes(10);
    expect(silent.service.seen).toHaveLength(0);
    await silent.tracker.flush();
    expect(silent.service.acceptedEvents()).toHaveLength(3);
  });

  it.each([
    ["a stall", "rebuffer_started", {}, 500],
    ["a fatal error", "playback_error", { fatal: true }, 500],
    ["another error", "playback_error", { fatal: false }, 5000],
    ["the end of a stall", "rebuffer_ended", {}, 5000],
  ])("%s waits for others as long as it is told", async (_, name, meta, ms) => {
    const { service, tracker } = tracked(2, [202]);
    tracker.track(name, meta);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(service.seen).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(service.acceptedEvents()).toHaveLength(3);
  });

  it("a stall does not wait longer than a shorter interval, and not at all for one of 0", async () => {
    const { service, tracker } = tracked(0, [202], { flushIntervalMs: 100 });
    tracker.track("rebuffer_started");
    await vi.advanceTimersByTimeAsync(100);
    expect(service.acceptedEvents()).toHaveLength(1);
    const silent = tracked(0, [202], { flushIntervalMs: 0 });
    silent.tracker.track("rebuffer_started");
    await minutes(1);
    expect(silent.service.seen).toHaveLength(0);
  });

  it("splits at 100 events and below 256 KiB", async () => {
    const { service } = tracked(250, [202]);
    await minutes(1);
    expect(service.seen.map((one) => one.batch.events.length)).toEqual([100, 100, 50]);
    const large = tracked(0, [202], { batchSize: 100 });
    const fields = Object.fromEntries(upTo(20).map((key) => [`key${key}`, "ü".repeat(1000)]));
    for (let index = 0; index < 20; index++) large.tracker.track("own_event", fields);
    await minutes(1);
    expect(numbers(large.service.acceptedEvents())).toEqual(upTo(20));
    expect(large.service.seen.length).toBeGreaterThan(1);
    for (const { request } of large.service.seen) expect(Buffer.byteLength(request.body)).toBeLessThanOrEqual(262_144);
  });

  it("asks as the contract wants it", async () => {
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const { service } = tracked(1, [202], { traceparent: () => traceparent, streamId: "demo", sessionId: "s-1" });
    await minutes(1);
    const [one] = service.seen;
    expect(one?.url).toBe("http://service.test/api/playback-events");
    expect(one?.request).toMatchObject({
      method: "POST",
      credentials: "omit",
      keepalive: false,
      referrerPolicy: "strict-origin",
      headers: { "Content-Type": "application/json", "X-MTrace-Token": "demo-token", traceparent },
    });
    expect(one?.batch.schema_version).toBe("1.0");
    expect(one?.batch.events[0]).toMatchObject({
      event_name: "segment_loaded",
      project_id: "demo",
      session_id: "s-1",
      sequence_number: 0,
      sdk: { name: "gst-pyroscope-player" },
      meta: { stream_id: "demo", index: 0 },
    });
  });

  it("is not stopped by a traceparent that throws", async () => {
    const throwing = () => {
      throw new Error("no trace");
    };
    const { service } = tracked(1, [202], { traceparent: throwing });
    await minutes(1);
    expect(service.acceptedEvents()).toHaveLength(1);
    expect(service.seen[0]?.request.headers).not.toHaveProperty("traceparent");
  });

  it("sends what the player cannot see with an event of the same session", async () => {
    const { service, tracker } = tracked(0, [202]);
    tracker.signalAbsent("segment", "native_hls", "native_hls_unavailable");
    await minutes(1);
    expect(service.seen).toHaveLength(0);
    tracker.track("playback_started");
    await minutes(1);
    expect(service.seen[0]?.batch.session_boundaries).toMatchObject([
      { session_id: tracker.sessionId, network_kind: "segment", reason: "native_hls_unavailable" },
    ]);
  });
});

describe("a service that does not take them", () => {
  for (const answer of ["network error", "hang", 500, 503, { status: 429, retryAfter: "2" }] as Answer[])
    it(`keeps the batch over ${JSON.stringify(answer)} until it is taken`, async () => {
      const { service, tracker } = tracked(10, [answer]);
      await minutes(3);
      expect(service.seen.length).toBeGreaterThanOrEqual(3);
      expect(tracker.stats()).toMatchObject({ queued: 10, sent: 0, dropped: 0 });
      service.answerWith(202);
      await minutes(3);
      expect(numbers(service.acceptedEvents())).toEqual(upTo(10));
      expect(tracker.stats()).toMatchObject({ queued: 0, sent: 10, dropped: 0 });
    });

  it("tries three times with 250 and 500 ms between, then rests for at least 5 s", async () => {
    const { service } = tracked(10, [500]);
    await vi.advanceTimersByTimeAsync(10_000);
    const gaps = service.seen.slice(1).map((one, index) => one.atMs - (service.seen[index]?.atMs ?? 0));
    expect(gaps.slice(0, 2)).toEqual([250, 500]);
    expect(gaps[2]).toBeGreaterThanOrEqual(5000);
  });

  it("rests longer and longer, at most 75 s", async () => {
    const { service } = tracked(10, ["network error"]);
    await minutes(30);
    const rounds = service.seen.length / 3;
    expect(rounds).toBeGreaterThan((30 * 60) / 75 - 1);
    expect(rounds).toBeLessThan(40);
  });

  it.each(["7", new Date(Date.UTC(2030, 0, 1, 0, 0, 7)).toUTCString()])(
    "waits as Retry-After %s says",
    async (retryAfter) => {
      vi.setSystemTime(Date.UTC(2030, 0, 1));
      const { service } = tracked(10, [{ status: 429, retryAfter }, 202]);
      await vi.advanceTimersByTimeAsync(6900);
      expect(service.seen).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(200);
      expect(service.acceptedEvents()).toHaveLength(10);
    },
  );

  it.each([400, 401, 403, 413, 422])(
    "does not repeat what was refused with %s, counts it, and says it once",
    async (status) => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      const { service, tracker } = tracked(10, [status, status, 202]);
      await minutes(1);
      for (let index = 0; index < 10; index++) tracker.track("segment_loaded");
      await minutes(1);
      tracker.track("metrics_sampled");
      await minutes(1);
      expect(service.seen).toHaveLength(3);
      expect(tracker.stats()).toMatchObject({ dropped: 20, sent: 1, queued: 0 });
      expect(service.acceptedEvents()[0]?.meta.sdk_dropped).toBe(20);
      expect(warn).toHaveBeenCalledTimes(1);
    },
  );

  it("gives up a request after 10 s", async () => {
    const { service } = tracked(10, ["hang", 202]);
    await vi.advanceTimersByTimeAsync(9999);
    expect(service.seen).toHaveLength(1);
    expect(service.seen[0]?.request.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.seen[0]?.request.signal?.aborted).toBe(true);
    expect(service.acceptedEvents()).toHaveLength(10);
  });

  it("loses the oldest events that tell no state first, counts them, and keeps the order of the rest", async () => {
    const { service, tracker } = tracked(0, ["network error"], { maxQueueEvents: 50 });
    for (let index = 0; index < 500; index++) {
      tracker.track(index % 25 === 0 ? "rebuffer_started" : "segment_loaded");
      if (index % 10 === 9) await minutes(1);
    }
    expect(tracker.stats()).toMatchObject({ queued: 50, dropped: 450 });
    service.answerWith(202);
    await minutes(5);
    const events = service.acceptedEvents();
    expect(events.filter((event) => event.event_name === "rebuffer_started")).toHaveLength(20);
    expect(numbers(events)).toEqual([...numbers(events)].sort((a, b) => a - b));
    expect(events[0]?.meta.sdk_dropped).toBe(450);
    expect(events).toHaveLength(50);
  });

  it("holds no more after 30 minutes than after 5", async () => {
    const { service, tracker } = tracked(0, ["network error", "hang", 500]);
    const held: number[] = [];
    const timers: number[] = [];
    for (let minute = 0; minute < 30; minute++) {
      for (let index = 0; index < 300; index++) tracker.track("segment_loaded", { url: `http://cdn.test/${index}.ts` });
      await minutes(1);
      held.push(tracker.stats().queued);
      timers.push(vi.getTimerCount());
      service.seen.splice(0);
    }
    expect(Math.max(...held)).toBeLessThanOrEqual(1000);
    expect(held.slice(5)).toEqual(held.slice(5).map(() => 1000));
    expect(Math.max(...timers)).toBeLessThanOrEqual(2);
    expect(tracker.stats().dropped).toBe(30 * 300 - 1000);
  });
});
