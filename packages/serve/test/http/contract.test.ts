// Does the built service answer each request of the contract's table with its status, its error and its counters, and nothing else?
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventCases } from "../helpers/cases-events.js";
import { orderCases } from "../helpers/cases-order.js";
import { readingCases } from "../helpers/cases-reading.js";
import { batch, event, removeFolder, type Started, start, TOKEN } from "../helpers/service.js";

const cases = [...orderCases, ...eventCases, ...readingCases];
const names = {
  playback: "mtrace_playback_events_total",
  invalid: "mtrace_invalid_events_total",
  rate_limited: "mtrace_rate_limited_events_total",
  dropped: "mtrace_dropped_events_total",
} as const;

let service: Started;
beforeAll(async () => {
  service = await start();
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

describe("the contract's table", () => {
  test("has at least 60 cases, each with a name of its own", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  test.each(cases)("$name: $status", async ({ method = "POST", path = "/api/playback-events", ...one }) => {
    const before = await service.counters();
    const body = one.body === undefined ? null : typeof one.body === "string" ? one.body : JSON.stringify(one.body);
    const headers = { "X-MTrace-Token": TOKEN, traceparent: "00-broken", ...one.headers };
    const answer = await fetch(service.url + path, { method, headers, body });
    const text = await answer.text();
    expect({ status: answer.status, text }).toMatchObject({ status: one.status });
    if (one.error !== undefined) {
      expect(JSON.parse(text).error).toBe(one.error);
      expect(JSON.parse(text).reason).toMatch(/\w+ \w+/);
    }
    if (one.status === 202) expect(JSON.parse(text)).toEqual({ accepted: one.counts?.playback });
    const after = await service.counters();
    for (const [name, metric] of Object.entries(names)) {
      const rise = (after[metric] ?? 0) - (before[metric] ?? 0);
      expect({ name, rise }).toEqual({ name, rise: one.counts?.[name as keyof typeof names] ?? 0 });
    }
  });

  test("an event comes back as it was sent, with what the service knows of it", async () => {
    const sent = event({ session_id: "whole", sequence_number: 3, client_timestamp: "2020-01-01T00:00:00.000Z" });
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    await service.post(batch([{ ...sent, meta: { url: "https://user@a.example/x?key=1", "custom.key": 1 } }]), {
      traceparent,
    });
    const { session, events } = await (await service.get("/api/stream-sessions/whole")).json();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      ...{ event_name: "metrics_sampled", client_timestamp: "2020-01-01T00:00:00.000Z", sequence_number: 3 },
      ...{ time_skew_warning: true, delivery_status: "accepted", trace_id: "a".repeat(32) },
      correlation_id: session.correlation_id,
      meta: { url: "https://a.example/x", "custom.key": 1 },
    });
    expect(session).toMatchObject({ state: "active", event_count: 1, end_source: null, network_signal_absent: [] });
  });

  test("a session ends by its event, at once; later ones are kept", async () => {
    const ended = () => event({ session_id: "over", event_name: "session_ended" });
    await service.post(batch([event({ session_id: "over" }), ended(), ended()]));
    await service.post(batch([event({ session_id: "over" })]));
    const { session } = await (await service.get("/api/stream-sessions/over")).json();
    expect(session).toMatchObject({ state: "ended", end_source: "client", event_count: 4 });
  });
});
