// Is a batch charged to its project, its client and its origin together, or to none of them, and is the waiting time the true one?
import { describe, expect, test } from "vitest";
import { Limiter } from "../../src/ingest/limiter.js";
import { batch, event, removeFolder, start } from "../helpers/service.js";

const keys = { project: "p", client: "c", origin: "o" };
const made = () => {
  const clock = { ms: 0 };
  return { clock, limiter: new Limiter({ capacity: 100, refill: 10 }, () => clock.ms) };
};

describe("the rate limit", () => {
  test("takes as many as the capacity, and then waits as long as the refill needs", () => {
    const { clock, limiter } = made();
    expect(limiter.charge(100, keys)).toBe(0);
    expect(limiter.charge(35, keys)).toBe(4);
    clock.ms = 3400;
    expect(limiter.charge(35, keys)).toBe(1);
    clock.ms = 3500;
    expect(limiter.charge(35, keys)).toBe(0);
  });

  test("a refusal by one dimension costs the others nothing", () => {
    const { limiter } = made();
    expect(limiter.charge(100, { ...keys, project: "other" })).toBe(0);
    expect(limiter.charge(50, keys)).toBe(5);
    expect(limiter.charge(100, { project: "p", client: "d", origin: "q" })).toBe(0);
  });

  test("an unknown dimension is left out", () => {
    const { limiter } = made();
    expect(limiter.charge(100, { ...keys, origin: "" })).toBe(0);
    expect(limiter.charge(100, { project: "q", client: "d", origin: "o" })).toBe(0);
  });

  test("a batch beyond the capacity costs all of it, and is not refused for ever", () => {
    const { clock, limiter } = made();
    const own = { capacity: 10, refill: 1 };
    expect(limiter.charge(100, keys, own)).toBe(0);
    expect(limiter.charge(100, keys, own)).toBe(10);
    clock.ms = 10_000;
    expect(limiter.charge(100, keys, own)).toBe(0);
  });

  test("remembers a bounded number of clients", () => {
    const { limiter } = made();
    const before = process.memoryUsage().heapUsed;
    for (let client = 0; client < 300_000; client++)
      limiter.charge(1, { project: "", client: `2001:db8::${client.toString(16)}`, origin: "" });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
  });
});

test("the built service: 429 with the true waiting time, counted in events; a batch that is too long is told so instead", async () => {
  const args = ["--lab", "--rate-limit-capacity", "100", "--rate-limit-refill", "1"];
  const service = await start({ args });
  const events = (count: number) => batch(Array.from({ length: count }, () => event()));
  expect((await service.post(events(100))).status).toBe(202);
  const refused = await service.post(events(60));
  expect(refused.status).toBe(429);
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(1);
  expect(wait).toBeLessThanOrEqual(60);
  expect((await service.post(events(101))).status).toBe(422);
  expect(await service.counters()).toMatchObject({
    mtrace_playback_events_total: 100,
    mtrace_rate_limited_events_total: 60,
    mtrace_invalid_events_total: 101,
  });
  await service.stop();
  removeFolder(service.dataDir);
});
