// When does a session begin and end, which events belong to a sample, and what of an event may leave the page?
// SPDX-License-Identifier: MIT
import { isRedacted } from "@gst-pyroscope/contract/redaction";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { createTracker } from "../../src/index.js";
import type { TrackerOptions } from "../../src/types.js";
import { sdk } from "../../src/version.js";
import { fakeService, options } from "../helpers/service.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const minute = () => vi.advanceTimersByTimeAsync(60_000);

function session(more: Partial<TrackerOptions> = {}, ...answers: Parameters<typeof fakeService>) {
  const service = fakeService(...answers);
  return { service, tracker: createTracker({ ...options, transport: service.transport, ...more }) };
}

/** A page: what listens for its end is called by the test. */
function page() {
  const listeners = new Set<(event: { persisted: boolean }) => void>();
  vi.stubGlobal("addEventListener", (_: string, listener: () => void) => listeners.add(listener));
  vi.stubGlobal("removeEventListener", (_: string, listener: () => void) => listeners.delete(listener));
  const hide = (persisted: boolean) => {
    for (const listener of listeners) listener({ persisted });
  };
  return { listeners, hide };
}

describe("the end", () => {
  it("is told once, however often destroy() is called, and nothing comes after it", async () => {
    const { service, tracker } = session();
    tracker.track("playback_started");
    await Promise.all([tracker.destroy(), tracker.destroy()]);
    tracker.track("segment_loaded");
    await tracker.destroy();
    await minute();
    expect(service.acceptedEvents().map((event) => event.event_name)).toEqual(["playback_started", "session_ended"]);
    expect(service.seen[0]?.request.keepalive).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("resolves and counts when the service is gone", async () => {
    const { tracker } = session({}, "network error");
    tracker.track("playback_started");
    const done = tracker.destroy();
    await minute();
    await done;
    expect(tracker.stats()).toMatchObject({ queued: 0, dropped: 2, sent: 0 });
  });

  it("goes by one request that outlives the page, with what is under way, in at most 64 KiB", async () => {
    const { hide } = page();
    const { service, tracker } = session({ maxQueueEvents: 2000 }, "hang", 202);
    for (let index = 0; index < 10; index++) tracker.track("segment_loaded");
    await vi.advanceTimersByTimeAsync(0);
    for (let index = 0; index < 200; index++) tracker.track("segment_loaded", { text: "ü".repeat(900) });
    hide(false);
    const [, last] = service.seen;
    expect(service.seen).toHaveLength(2);
    expect(last?.request.keepalive).toBe(true);
    expect(Buffer.byteLength(last?.request.body ?? "")).toBeLessThanOrEqual(65_536);
    expect(last?.batch.events.at(-1)?.event_name).toBe("session_ended");
    await minute();
    const { sent, dropped, queued } = tracker.stats();
    expect({ all: sent + dropped, queued }).toEqual({ all: 211, queued: 0 });
  });

  it("is not told for a page that may come back; what was under way is not sent twice", async () => {
    const { hide } = page();
    const { service, tracker } = session({}, "hang", 202);
    for (let index = 0; index < 10; index++) tracker.track("segment_loaded");
    await vi.advanceTimersByTimeAsync(0);
    hide(true);
    await minute();
    tracker.track("playback_resumed");
    await minute();
    expect(service.acceptedEvents().map((event) => event.sequence_number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("takes its listener away", async () => {
    const { listeners } = page();
    const { tracker } = session();
    expect(listeners.size).toBe(1);
    await tracker.destroy();
    expect(listeners.size).toBe(0);
  });
});

describe("a sample", () => {
  it("is named in every event", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.1);
    const { service, tracker } = session({ sampleRate: 0.25 });
    tracker.track("playback_started");
    await minute();
    expect(service.acceptedEvents()[0]?.meta.session_sample_rate).toBe(0.25);
  });

  it("leaves others out without taking numbers, except for their end", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.9);
    const { service, tracker } = session({ sampleRate: 0.25 });
    for (let index = 0; index < 30; index++) tracker.track("segment_loaded");
    await minute();
    expect(service.seen).toHaveLength(0);
    await tracker.destroy();
    expect(service.acceptedEvents()).toMatchObject([{ event_name: "session_ended", sequence_number: 0 }]);
    expect(tracker.stats().sampledOut).toBe(30);
  });

  it("is not named when all sessions are reported", async () => {
    const { service, tracker } = session();
    tracker.track("playback_started");
    await minute();
    expect(service.acceptedEvents()[0]?.meta).toEqual({});
  });
});

describe("what leaves the page", () => {
  it("has no query, user, token or secret", async () => {
    const { service, tracker } = session();
    const secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop";
    tracker.track("segment_loaded", {
      "network.redacted_url": `https://user:pw@cdn.test/live/${secret}/1.ts?token=s3cret#part`,
      manifest_url: `https://cdn.test/${"a1".repeat(20)}/index.m3u8?sig=s3cret`,
      note: "see https://cdn.test/x?s3cret",
      auth_token: "s3cret",
      long: "x".repeat(5000),
      object: { a: 1 } as never,
      missing: undefined,
      infinite: Number.POSITIVE_INFINITY,
    });
    await minute();
    const body = service.seen[0]?.request.body ?? "";
    for (const word of ["s3cret", "user", "pw@", secret, "a1a1"]) expect(body).not.toContain(word);
    const meta = service.acceptedEvents()[0]?.meta ?? {};
    expect(meta["network.redacted_url"]).toBe("https://cdn.test/live/:redacted/1.ts");
    expect(isRedacted(String(meta["network.redacted_url"]))).toBe(true);
    expect(Object.keys(meta).sort()).toEqual(["auth_token", "long", "manifest_url", "network.redacted_url", "note"]);
    expect(String(meta.long)).toHaveLength(1024);
  });

  it("names the version of the package", () => {
    expect(sdk).toEqual({ name: manifest.name, version: manifest.version });
  });
});

describe("a page that does it wrong", () => {
  it.each([
    [{ endpoint: "" }, "endpoint"],
    [{ token: undefined }, "token"],
    [{ projectId: 7 }, "projectId"],
    [{ sampleRate: 0 }, "sampleRate"],
    [{ sampleRate: 2 }, "sampleRate"],
  ])("gets a sentence about %j, and a tracker that does nothing", async (wrong, named) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { service, tracker } = session(wrong as never);
    tracker.track("playback_started");
    await tracker.flush();
    await tracker.destroy();
    expect(warn.mock.calls.flat().join(" ")).toContain(named);
    expect(service.seen).toHaveLength(0);
  });

  it("gets no exception", async () => {
    const { service, tracker } = session();
    const hostile = Object.defineProperty({}, "x", { enumerable: true, get: () => JSON.parse("{") });
    for (const name of [undefined, null, 7, "", " "]) tracker.track(name as never);
    tracker.track("own_event", hostile);
    tracker.track("own_event", {}, Number.NaN);
    tracker.track("own_event", null as never);
    createTracker(undefined as never);
    await minute();
    expect(service.acceptedEvents().map((event) => event.sequence_number)).toEqual(
      service.acceptedEvents().map((_, index) => index),
    );
    expect(tracker.stats().faults).toBeGreaterThanOrEqual(2);
  });

  it("gets no exception from a transport that throws at once", async () => {
    const transport = () => {
      throw new Error("blocked by a policy");
    };
    const { tracker } = session({ transport });
    tracker.track("playback_started");
    await minute();
    expect(tracker.stats()).toMatchObject({ queued: 1, dropped: 0 });
  });

  it("gets session ids that are UUIDs, and differ", () => {
    const ids = Array.from({ length: 100 }, () => session().tracker.sessionId);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
