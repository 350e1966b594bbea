// Does a stock player that reports CMCD get a session, with its stalls, and no error for what is new to the service?
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folder, removeFolder, type Started, start, TOKEN, until } from "../helpers/service.js";

let service: Started;
const media = folder();
beforeAll(async () => {
  writeFileSync(join(media, "seg-1.ts"), "not really a segment");
  const limits = ["--rate-limit-capacity", "100000", "--rate-limit-refill", "100000"];
  service = await start({ args: ["--lab", "--origin", media, ...limits] });
});
afterAll(async () => {
  await service.stop();
  removeFolder(service.dataDir);
  removeFolder(media);
});

const SID = "6e2fb550-c457-11e9-bb97-0800200c9a66";
const post = (
  body: string,
  { path = `/api/cmcd?token=${TOKEN}`, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) => fetch(service.url + path, { method: "POST", headers: { "Content-Type": "application/cmcd", ...headers }, body });
const line = (sn: number, more: string, sid = SID): string =>
  `cid="demo",e=ps,${more},sid="${sid}",sn=${sn},ts=${Date.now() + sn},v=2`;
const eventsOf = async (sid: string) =>
  (await (await service.get(`/api/stream-sessions/${sid}`)).json()) as {
    session: Record<string, unknown>;
    events: { event_name: string; meta: Record<string, unknown>; sequence_number?: number }[];
  };

describe("CMCD", () => {
  test("start, stall and its end become a session of its stream", async () => {
    const lines = [line(1, "sta=s"), line(2, "sta=p"), line(3, "bl=0,sta=r"), line(4, "sta=p")];
    const answer = await post(lines.join("\n"));
    expect(answer.status).toBe(202);
    const { session, events } = await eventsOf(SID);
    expect(session.stream_id).toBe("demo");
    const names = events.map(({ event_name }) => event_name);
    for (const name of ["playback_started", "rebuffer_started", "rebuffer_ended"]) expect(names).toContain(name);
  });

  test("the states go on over several bodies, by either address and with the token in the header", async () => {
    const headers = { "X-MTrace-Token": TOKEN };
    for (const [path, body] of [
      ["/cmcd/event-mode", line(1, "sta=p", "apart")],
      ["/cmcd/response-mode", line(2, "sta=r", "apart")],
      ["/api/cmcd", line(3, "sta=p", "apart")],
    ] as const)
      expect((await post(body, { path, headers })).status).toBe(202);
    const { events } = await eventsOf("apart");
    expect(events.filter(({ event_name }) => event_name === "rebuffer_ended")).toHaveLength(1);
  });

  test("unknown keys are kept and are no error", async () => {
    expect((await post(line(1, 'com.example-x="y",sta=p', "keys"))).status).toBe(202);
    const { events } = await eventsOf("keys");
    expect(JSON.stringify(events[0]?.meta)).toContain("com.example-x");
  });

  test.each([
    ["no token", 401, "/api/cmcd", line(1, "sta=p")],
    ["a foreign token", 401, "/api/cmcd?token=x", line(1, "sta=p")],
    ["no lines", 422, undefined, "\n\n"],
    ["101 lines", 422, undefined, Array.from({ length: 101 }, (_, sn) => line(sn, "sta=p", "many")).join("\n")],
    ["no session", 422, undefined, "sta=p,sn=1,v=2"],
    ["a body that is too long", 413, undefined, "x".repeat(262_145)],
  ])("%s: %d", async (_, status, path, body) => {
    expect((await post(body, path === undefined ? {} : { path })).status).toBe(status);
  });

  test("100 lines are taken", async () => {
    const lines = Array.from({ length: 100 }, (_, sn) => line(sn, sn % 2 === 0 ? "sta=p" : "sta=r", "hundred"));
    expect((await post(lines.join("\n"))).status).toBe(202);
  });

  test("100 lines of several events each: all are kept, in order", async () => {
    const lines = Array.from({ length: 100 }, (_, sn) =>
      line(sn, `sta=${"prka"[sn % 4]}`, "several").replace("e=ps", "e=t"),
    );
    const { accepted } = await (await post(lines.join("\n"))).json();
    expect(accepted).toBeGreaterThan(200);
    const events: { sequence_number?: number }[] = (
      await (await service.get("/api/stream-sessions/several?events_limit=1000")).json()
    ).events;
    expect(events).toHaveLength(accepted);
    const numbers = events.flatMap(({ sequence_number }) => sequence_number ?? []);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, sn) => sn));
  });

  test.each([
    ["one that cannot be decoded", '"""('],
    ["one without a session", "sta=p,sn=50,v=2"],
    ["one whose session is blank", 'sta=p,sn=50,sid=" "'],
  ])("of 100 lines with %s the others are kept, and it is counted", async (what, bad) => {
    const before = await service.counters();
    const sid = what.replaceAll(" ", "-");
    const lines = Array.from({ length: 100 }, (_, sn) => (sn === 50 ? bad : line(sn, "bl=1", sid)));
    const answer = await post(lines.join("\n"));
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: 99 }]);
    const after = await service.counters();
    const rise = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    expect([rise("mtrace_invalid_events_total"), rise("mtrace_playback_events_total")]).toEqual([1, 99]);
  });

  test("a body with no good line is refused, each line counted once", async () => {
    const invalid = async () => (await service.counters()).mtrace_invalid_events_total ?? 0;
    const before = await invalid();
    expect((await post("sta=p,sn=1\nsta=r,sn=2\n((")).status).toBe(422);
    expect(await invalid()).toBe(before + 3);
    expect((await post("((\n((")).status).toBe(400);
    expect(await invalid()).toBe(before + 3);
  });

  test("the address of a request at the service's own origin tells too, without a token", async () => {
    const report = encodeURIComponent('bs,bl=0,ot=v,sid="by-request",cid="demo"');
    const answer = await fetch(`${service.url}/live/seg-1.ts?CMCD=${report}`);
    expect([answer.status, await answer.text()]).toEqual([200, "not really a segment"]);
    await until("its session", async () => (await service.get("/api/stream-sessions/by-request")).status === 200);
    const { events } = await eventsOf("by-request");
    expect(events.map(({ event_name }) => event_name)).toContain("rebuffer_started");
    for (const { meta } of events) expect(meta.source).toBe("request");
    expect((await fetch(`${service.url}/live/seg-1.ts?CMCD=%00%22((`)).status).toBe(200);
  });

  test("its token is in no line of the log", () => {
    expect(service.printed()).not.toContain(TOKEN);
  });
});
