// Does each follower of a project get each of its events once and in order, over restarts too, and does none of them slow others down?
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Hub, type Sink } from "../../src/http/hub.js";
import { batch, event, folder, removeFolder, type Started, start, until } from "../helpers/service.js";
import { type Follower, follow, followDead } from "../helpers/sse.js";

const SUBSCRIBERS = Number(process.env.SERVE_SUBSCRIBERS ?? 50);
const ROUNDS = Number(process.env.SERVE_STREAM_ROUNDS ?? 20);

const dataDir = folder();
let service: Started;
beforeAll(async () => {
  service = await start({ dataDir });
});
afterAll(async () => {
  await service.stop();
  removeFolder(dataDir);
});

const send = (count: number, session = "live") =>
  service.post(batch(Array.from({ length: count }, () => event({ session_id: session }))));
const newest = async (): Promise<number> => (await (await service.get("/api/status")).json()).store.newestIngest;
const steps = (ids: number[]) => ids.slice(1).every((id, index) => id === (ids[index] ?? 0) + 1);

describe("the live stream", () => {
  test("has frames of exactly four fields, with the number as id", async () => {
    const follower = await follow(service.url);
    await send(3);
    await until("three frames", () => follower.frames.length === 3);
    const last = await newest();
    expect(follower.frames[2]).toEqual({
      id: last,
      event: "event_appended",
      data: { project_id: "demo", session_id: "live", ingest_sequence: last, event_name: "metrics_sampled" },
    });
    follower.close();
  });

  test("asks for a token, and is not for those that may only send", async () => {
    await expect(follow(service.url, { "X-MTrace-Token": "x" })).rejects.toThrow("401");
  });

  test(`${SUBSCRIBERS} followers get every event once and in order beside one that never reads`, async () => {
    const hang = await followDead(service.url);
    const followers = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => follow(service.url)));
    const before = await newest();
    for (let round = 0; round < ROUNDS; round++) expect((await send(50)).status).toBe(202);
    const expected = Array.from({ length: ROUNDS * 50 }, (_, index) => before + 1 + index);
    await until("all frames", () => followers.every(({ frames }) => frames.length >= expected.length));
    for (const follower of followers) {
      expect(follower.ids()).toEqual(expected);
      follower.close();
    }
    hang();
    await until("nobody follows", async () => (await service.counters()).mtrace_stream_subscribers === 0);
  });

  test("after a restart a follower goes on where it was: nothing twice, nothing missing", async () => {
    const first = await follow(service.url);
    await send(20);
    await until("20 frames", () => first.frames.length === 20);
    const seen = first.ids();
    await service.stop();
    await first.ended;
    service = await start({ dataDir });
    await send(5);
    const second = await follow(service.url, { "Last-Event-ID": String(seen.at(-1)) });
    await send(5);
    await until("ten more", () => second.frames.length >= 10);
    const all = [...seen, ...second.ids()];
    expect(all).toHaveLength(30);
    expect(steps(all)).toBe(true);
    second.close();
  });

  test("a follower that comes back while events come in misses none and gets none twice", async () => {
    const from = await newest();
    let followers: Follower[] = [];
    const sending = (async () => {
      for (let round = 0; round < 30; round++) await send(10, `round-${round}`);
    })();
    followers = await Promise.all(
      Array.from({ length: 10 }, () => follow(service.url, { "Last-Event-ID": String(from) })),
    );
    await sending;
    await until("all 300", () => followers.every(({ frames }) => frames.length >= 300));
    for (const follower of followers) {
      const ids = follower.ids();
      expect(ids).toHaveLength(300);
      expect(ids[0]).toBe(from + 1);
      expect(steps(ids)).toBe(true);
      follower.close();
    }
  });

  test("more than 1000 missed events: the newest 1000, after a frame that says so", async () => {
    const from = await newest();
    for (let round = 0; round < 12; round++) await send(100);
    const follower = await follow(service.url, { "Last-Event-ID": String(from) });
    await until("1000 and one", () => follower.frames.length >= 1001);
    const last = await newest();
    expect(follower.frames[0]).toEqual({
      id: null,
      event: "backfill_truncated",
      data: { oldest_ingest_sequence: last - 999 },
    });
    expect(follower.ids()).toEqual(Array.from({ length: 1000 }, (_, index) => last - 999 + index));
    follower.close();
  });

  test("exactly 1000 missed events are not said to be fewer", async () => {
    const follower = await follow(service.url, { "Last-Event-ID": String((await newest()) - 1000) });
    await until("1000 frames", () => follower.frames.length >= 1000);
    expect(follower.frames.every(({ event: name }) => name === "event_appended")).toBe(true);
    follower.close();
  });

  test("an id that is no number begins with what is new", async () => {
    const follower = await follow(service.url, { "Last-Event-ID": "x; DROP" });
    await send(1);
    await until("one frame", () => follower.frames.length === 1);
    follower.close();
  });
});

describe("the hub", () => {
  const sink = (room: () => number): Sink & { text: string; closed: boolean } => ({
    text: "",
    closed: false,
    room,
    write(bytes) {
      this.text += Buffer.from(bytes).toString();
    },
    close() {
      this.closed = true;
    },
  });
  const one = (ingest: number, projectId = "a") => ({ projectId, sessionId: "s", ingest, name: "n" });

  test("a follower without room loses frames, which are counted and said; others do not", async () => {
    let lost = 0;
    const hub = new Hub((frames) => (lost += frames));
    let room = 0;
    const [slow, quick] = [sink(() => room), sink(() => 1)];
    hub.subscribe({ project: "a" }, slow);
    hub.subscribe({ project: "a" }, quick);
    hub.publish([one(1), one(2), one(3)]);
    await expect.poll(() => quick.text).toContain("id: 3");
    expect(lost).toBe(3);
    expect(slow.text).toBe(": open\n\n");
    room = 1;
    hub.publish([one(4)]);
    await expect.poll(() => slow.text).toContain("id: 4");
    expect(slow.text).toContain(": 3 frames were left out\n\nid: 4\n");
    hub.close();
  });

  test("what the past had already does not come again, though it was gathered meanwhile", async () => {
    const hub = new Hub(() => {});
    const follower = sink(() => 1);
    let found = (_: { text: string; newest: number }): void => {};
    hub.subscribe({ project: "a" }, follower, new Promise((resolve) => (found = resolve)));
    hub.publish([one(1), one(2), one(3)]);
    found({ text: "the past\n\n", newest: 2 });
    await expect.poll(() => follower.text).toContain("id: 3");
    expect(follower.text.match(/the past|id: \d/g)).toEqual(["the past", "id: 3"]);
    hub.close();
  });

  test("writing to many takes turns with other work, and keeps the order", async () => {
    const hub = new Hub(() => {});
    let others = 0;
    const turns: number[] = [];
    const slow = (): Sink & { text: string } => {
      const made = sink(() => 1);
      const { write } = made;
      made.write = (bytes) => {
        turns.push(others);
        for (const end = performance.now() + 0.5; performance.now() < end; );
        write.call(made, bytes);
      };
      return made;
    };
    const followers = Array.from({ length: 50 }, slow);
    for (const follower of followers) hub.subscribe({ project: "a" }, follower);
    const clock = setInterval(() => others++, 0);
    turns.length = 0;
    for (let ingest = 1; ingest <= 30; ingest++) {
      hub.publish([one(ingest)]);
      if (ingest % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await expect.poll(() => followers.every(({ text }) => text.includes("id: 30"))).toBe(true);
    clearInterval(clock);
    for (const { text } of followers)
      expect(text.match(/id: \d+/g)).toEqual(Array.from({ length: 30 }, (_, index) => `id: ${index + 1}`));
    expect(new Set(turns).size).toBeGreaterThan(5);
    hub.close();
  });

  test("projects hear of their own events only", async () => {
    const hub = new Hub(() => {});
    const [a, b] = [sink(() => 1), sink(() => 1)];
    hub.subscribe({ project: "a" }, a);
    hub.subscribe({ project: "b" }, b);
    hub.publish([one(1, "a"), one(2, "b")]);
    await expect.poll(() => b.text).toContain("id: 2");
    expect(a.text).toContain("id: 1");
    expect(a.text).not.toContain("id: 2");
    expect(b.text).not.toContain("id: 1");
    hub.close();
  });

  test("hearts beat; one that takes nothing for four of them is closed", async () => {
    const hub = new Hub(() => {}, 5);
    const [dead, alive] = [sink(() => 0), sink(() => 1)];
    hub.subscribe({ project: "a" }, dead);
    hub.subscribe({ project: "a" }, alive);
    await expect.poll(() => dead.closed).toBe(true);
    expect(alive.text).toContain(": heartbeat\n\n");
    expect(dead.text).not.toContain("heartbeat");
    expect(hub.size).toBe(1);
    hub.close();
    expect(alive.closed).toBe(true);
  });
});
