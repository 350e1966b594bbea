// Do sessions become stalled and ended, revive, and get old and removed, as the clock says that is injected?
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOptions } from "../../src/options.js";
import { type Service, startService } from "../../src/service.js";
import type { Clock } from "../../src/sessions/clock.js";
import { SWEEP_MS } from "../../src/sessions/sweeper.js";
import { memoryStore } from "../../src/store/memory.js";
import { batch, event, TOKEN } from "../helpers/service.js";

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const BEGIN = Date.parse("2026-01-01T00:00:00Z");

/** Time passes in steps of the sweeper's rounds, each finished before the next. */
class SimulatedClock implements Clock {
  #now = BEGIN;
  readonly #calls = new Set<{ every: number; next: number; call: () => void }>();
  now = (): number => this.#now;
  every(milliseconds: number, call: () => void): () => void {
    const entry = { every: milliseconds, next: this.#now + milliseconds, call };
    this.#calls.add(entry);
    return () => this.#calls.delete(entry);
  }
  async pass(milliseconds: number, step = SWEEP_MS): Promise<void> {
    const end = this.#now + milliseconds;
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + step);
      for (const entry of this.#calls) {
        if (entry.next > this.#now) continue;
        entry.next = this.#now + entry.every;
        entry.call();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const clock = new SimulatedClock();
let service: Service;
beforeAll(async () => {
  const { settings } = readOptions(
    ["--lab", "--port", "0", "--store", "memory", "--retain-events", "7d", "--retain-sessions", "30d"],
    {},
  );
  const log = { info: () => {}, warn: (message: string) => expect(message).toBe("") };
  service = await startService({
    settings,
    store: memoryStore(),
    clock,
    log,
    uiFolder: "/nowhere",
    version: "0",
    environment: {},
  });
});
afterAll(() => service.close());

const headers = { "X-MTrace-Token": TOKEN };
const post = async (more: object) => {
  const body = JSON.stringify(batch([event(more as Record<string, unknown>)]));
  expect((await fetch(`${service.url}/api/playback-events`, { method: "POST", headers, body })).status).toBe(202);
};
const read = async (id: string) => {
  const answer = await fetch(`${service.url}/api/stream-sessions/${id}`, { headers });
  return answer.status === 404 ? null : await answer.json();
};
const stateOf = async (id: string) => (await read(id))?.session.state;

test("silent for 60 s: stalled; for 5 min: ended by the sweeper; an event revives a stalled one", async () => {
  await post({ session_id: "a" });
  await clock.pass(50 * SECOND);
  expect(await stateOf("a")).toBe("active");
  await clock.pass(20 * SECOND);
  expect(await stateOf("a")).toBe("stalled");
  await post({ session_id: "a" });
  expect(await stateOf("a")).toBe("active");
  await clock.pass(310 * SECOND);
  const { session } = await read("a");
  expect(session).toMatchObject({ state: "ended", end_source: "sweeper", event_count: 2 });
  await post({ session_id: "a" });
  expect((await read("a")).session.event_count).toBe(3);
});

test("events go after 7 days, their session after 30; a cursor into what is gone has expired", async () => {
  for (const sequence_number of [1, 2, 3]) await post({ session_id: "old", sequence_number });
  const { next_cursor } = await (
    await fetch(`${service.url}/api/stream-sessions/old?events_limit=1`, { headers })
  ).json();
  await clock.pass(8 * DAY, 3600 * SECOND);
  const kept = await read("old");
  expect(kept.session).toMatchObject({ event_count: 3, state: "ended" });
  expect(kept.events).toEqual([]);
  const answer = await fetch(`${service.url}/api/stream-sessions/old?events_cursor=${next_cursor}`, { headers });
  expect(answer.status).toBe(410);
  expect((await answer.json()).error).toBe("cursor_expired");
  await clock.pass(23 * DAY, 3600 * SECOND);
  expect(await read("old")).toBeNull();
});
