// Do pages of sessions and events hold still while more come in, and do first batches that come at once agree on one session?
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, event, removeFolder, type Started, start } from "../helpers/service.js";

let service: Started;
beforeAll(async () => {
  service = await start();
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
});

interface Pages<Row> {
  rows: Row[];
  pages: number;
}

/** All pages; `between`: what happens after each. */
async function paged<Row>(
  path: string,
  list: string,
  cursor: string,
  between: () => Promise<unknown>,
): Promise<Pages<Row>> {
  const rows: Row[] = [];
  for (let pages = 1, next = ""; ; pages++) {
    const page = await (await service.get(path + (next === "" ? "" : `&${cursor}=${next}`))).json();
    rows.push(...page[list]);
    if (page.next_cursor === undefined) return { rows, pages };
    next = page.next_cursor;
    await between();
  }
}

/** 40 at a time. */
async function inParallel(ids: string[], work: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await work(id);
  };
  await Promise.all(Array.from({ length: 40 }, worker));
}

describe("reading", () => {
  test("a list of sessions, read in pages while new ones begin, has each that was there once", async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `page-${String(index).padStart(3, "0")}`);
    for (let at = 0; at < ids.length; at += 20)
      await service.post(batch(ids.slice(at, at + 20).map((session_id) => event({ session_id }))));
    let added = 0;
    const insert = () => service.post(batch([event({ session_id: `late-${added++}` })]));
    const { rows, pages } = await paged<{ session_id: string }>(
      "/api/stream-sessions?limit=7",
      "sessions",
      "cursor",
      insert,
    );
    expect(pages).toBeGreaterThan(8);
    const seen = rows.map(({ session_id }) => session_id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => id.startsWith("page-")).sort()).toEqual(ids);
  });

  test("the events of a session likewise, in the order of their receipt and number", async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const post = (list: number[]) =>
      service.post(batch(list.map((sequence_number) => event({ session_id: "events", sequence_number }))));
    await post([...numbers].reverse());
    let next = 50;
    const path = "/api/stream-sessions/events?events_limit=6";
    const { rows } = await paged<{ sequence_number: number }>(path, "events", "events_cursor", () => post([next++]));
    expect(rows.map(({ sequence_number }) => sequence_number)).toEqual(
      Array.from({ length: next }, (_, index) => index),
    );
  });

  test("a cursor of one session is none of another's", async () => {
    const { next_cursor } = await (await service.get("/api/stream-sessions/events?events_limit=1")).json();
    const answer = await service.get(`/api/stream-sessions/page-000?events_cursor=${next_cursor}`);
    expect(answer.status).toBe(400);
    expect((await answer.json()).error).toBe("cursor_invalid_malformed");
  });

  test("the state of the service is one answer: store, limits, counters, losses", async () => {
    const status = await (await service.get("/api/status")).json();
    expect(status.projects).toEqual(["demo"]);
    expect(status.store.events).toBe(status.counters.mtrace_playback_events_total);
    expect(status.limits).toMatchObject({ body_bytes: 262_144, events_per_batch: 100 });
    expect(status.losses).toEqual({ invalid: 0, rate_limited: 0, dropped: 0, stream_frames: 0 });
  });

  test("two first batches of a session at once agree on one correlation id, 1000 times", async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `parallel-${index}`);
    await inParallel(ids, async (id) => {
      const both = [1, 2].map((sequence_number) => service.post(batch([event({ session_id: id, sequence_number })])));
      for (const answer of await Promise.all(both)) expect(answer.status).toBe(202);
    });
    const correlations = new Set<string>();
    await inParallel(ids, async (id) => {
      const { session, events } = await (await service.get(`/api/stream-sessions/${id}`)).json();
      expect(events.map(({ correlation_id }: { correlation_id: string }) => correlation_id)).toEqual(
        Array(2).fill(session.correlation_id),
      );
      correlations.add(session.correlation_id);
    });
    expect(correlations.size).toBe(1000);
  });
});
