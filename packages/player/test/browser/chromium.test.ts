// Does a real hls.js in a real browser play with the SDK as it does without, and does all that it lived through arrive in order?
// SPDX-License-Identifier: MIT
import type { ChildProcess } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch } from "../../../../test/helpers/browser.js";
import { scratch } from "../../../../test/helpers/scratch.js";
import { until } from "../../../../test/helpers/until.js";
import { COST, DOWN } from "../helpers/cost.js";
import { pages } from "../helpers/page.js";
import { recorder } from "../helpers/recorder.js";
import type { SentEvent } from "../helpers/service.js";
import { liveStream, type Site, serveStream } from "../helpers/stream.js";

interface Logged {
  type: string;
  at: number;
  time: number;
  seeking: boolean;
}

interface Lived {
  log: Logged[];
  told: string[];
  updates: number;
  time: number;
  session: string;
  /** At any time so far, as the page has looked. */
  mostQueued: number;
  stats: { queued: number; sent: number; dropped: number };
}

const kinds = ["ok", "500", "413", "429", "hang", "down"];
const controls = ["without", "without too"];

/** The picture goes on with the playlist that has more; players ask for it once a second, each at another time. */
const TWO_RELOADS_MS = 2000;

/** Fewer than a player has events here. */
const QUEUE = 12;
/** A batch that is under way is no longer in the queue. */
const MOST_UNDER_WAY = 12;

/** One event is seen by the page's listener and by the SDK's, one after the other. */
const TWO_LISTENERS_MS = 100;

let browser: Browser;
let page: Page;
let pipeline: ChildProcess;
let site: Site;
let service: Awaited<ReturnType<typeof recorder>>;
let lived: Record<string, Lived>;
const complaints: string[] = [];

const inPage = <T>(expression: string) => page.evaluate<T>(expression);
const every = (condition: string) => () => inPage<boolean>(`Object.values(players).every((p) => ${condition})`);

beforeAll(async () => {
  if (!hasChromium) return;
  const folder = scratch("stream");
  [pipeline, browser, service] = await Promise.all([liveStream(folder), launch(), recorder()]);
  site = await serveStream(folder, await pages());
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${site.origin}/index.html?person=s3cret`);
  await watchTogether();
});

afterAll(async () => {
  await browser?.close();
  pipeline?.kill();
  site?.close();
  service?.close();
});

/** All players at the same time on the same stream, through one stall that the delivery makes. */
async function watchTogether() {
  const endpoints = kinds.map((kind) => [kind, kind === "down" ? DOWN : `${service.origin}/${kind}`]);
  for (const [name, endpoint] of [...controls.map((name) => [name, ""]), ...endpoints])
    await inPage(`play(${JSON.stringify(name)}, ${JSON.stringify(endpoint)}, ${name === "ok" ? 1000 : QUEUE})`);
  await until("all play", every("p.video.currentTime > 0 && p.updates > 8"));
  site.freeze(true);
  // The last one, too, for longer than what is no stall yet.
  await until("all wait", every(`p.log.at(-1).type === "waiting" && Date.now() - p.log.at(-1).at > 300`));
  site.freeze(false);
  await until("all play again", every(`p.log.at(-1).type === "playing" && Date.now() - p.log.at(-1).at > 1500`));
  lived = await inPage<Record<string, Lived>>(`Promise.all(Object.entries(players).map(async ([name, p]) => {
    p.hls.stopLoad();
    p.video.pause();
    const told = [...p.told];
    const { log, updates, video, mostQueued } = p;
    const stats = p.tracker?.stats();
    p.detach?.();
    if (name === "ok") await p.tracker.destroy();
    return [name, { log, told, updates, mostQueued, stats, time: video.currentTime, session: p.tracker?.sessionId }];
  })).then(Object.fromEntries)`);
}

const eventsOf = (kind: string): SentEvent[] =>
  service.recorded.filter((one) => one.kind === kind).flatMap((one) => one.batch.events);

/** Without what the page's log has no counterpart for. */
function toldBy(events: SentEvent[]): string[] {
  const others = /^(rebuffer_(started|ended)|metrics_sampled|session_ended|playback_paused|playback_resumed|seek_\w+)$/;
  return events
    .filter((event) => !others.test(event.event_name))
    .map(({ event_name, meta }) => {
      if (event_name === "segment_loaded") return `segment_loaded ${meta.frag_sn}`;
      return event_name === "playback_error" ? `playback_error ${meta.error_code}` : event_name;
    });
}

/** From the page's own log: waits of at least 100 ms after the first picture, those within 250 ms as one. */
function stallsOf(log: Logged[]): Array<{ from: number; to: number }> {
  const stalls: Array<{ from: number; to: number }> = [];
  let from: number | undefined;
  let started = false;
  for (const { type, at, seeking } of log) {
    if (type === "waiting" && started && !seeking) from ??= at;
    if (type !== "waiting" && from !== undefined) {
      const last = stalls.at(-1);
      if (last && from - last.to <= 250) last.to = at;
      else stalls.push({ from, to: at });
      from = undefined;
    }
    started ||= type === "playing";
  }
  return stalls.filter((stall) => stall.to - stall.from >= 100);
}

describe.skipIf(!hasChromium)("hls.js in Chromium", () => {
  it("reports what the page saw, in its order", () => {
    const { told, session } = lived.ok as Lived;
    const events = eventsOf("ok");
    expect(toldBy(events)).toEqual(told);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(new Set(events.map((event) => event.session_id))).toEqual(new Set([session]));
    expect(events.at(-1)?.event_name).toBe("session_ended");
    expect(told.filter((name) => name.startsWith("segment_loaded")).length).toBeGreaterThan(4);
  });

  it("reports the stalls of the page's own log, with what the pipeline must be asked with", () => {
    const events = eventsOf("ok");
    const started = events.filter((event) => event.event_name === "rebuffer_started");
    const ended = events.filter((event) => event.event_name === "rebuffer_ended");
    const expected = stallsOf((lived.ok as Lived).log);
    expect(expected.length).toBeGreaterThan(0);
    expect(started).toHaveLength(expected.length);
    expect(ended.map((event) => event.meta.rebuffer_count)).toEqual(expected.map((_, index) => index + 1));
    for (const [index, { from, to }] of expected.entries()) {
      expect(Math.abs(Date.parse(started[index]?.client_timestamp ?? "") - from)).toBeLessThanOrEqual(TWO_LISTENERS_MS);
      expect(Math.abs(Number(ended[index]?.meta.duration_ms) - (to - from))).toBeLessThanOrEqual(2 * TWO_LISTENERS_MS);
    }
    const { meta, client_timestamp } = started.at(-1) as SentEvent;
    for (const key of [
      "playing_date",
      "live_latency_ms",
      "buffer_ms",
      "edge_age_ms",
      "frag_load_ms_3",
      "frag_bytes",
      "frag_date",
    ])
      expect(meta[key], key).toEqual(expect.any(Number));
    expect(Number(meta.buffer_ms)).toBeLessThan(1000);
    expect(Number(meta.edge_age_ms)).toBeGreaterThan(1000);
    const behindMs = Date.parse(client_timestamp) - Number(meta.playing_date);
    expect(behindMs).toBeGreaterThan(0);
    expect(behindMs).toBeLessThan(60_000);
  });

  it.each(kinds)("plays with the service answering %s as without the SDK", (kind) => {
    const course = ({ log }: Lived) => [log.at(0)?.type, stallsOf(log).length > 0, log.at(-1)?.type];
    const plain = controls.map((name) => lived[name] as Lived);
    const it = lived[kind] as Lived;
    const least = (figure: (one: Lived) => number) => Math.min(...plain.map(figure));
    expect(plain.map(course)).toContainEqual(course(it));
    const ends = plain.map(({ log }) => stallsOf(log).at(-1)?.to ?? 0);
    const apart = Math.max(...ends) - Math.min(...ends) + TWO_RELOADS_MS;
    expect(Math.abs((stallsOf(it.log).at(-1)?.to ?? 0) - Math.min(...ends))).toBeLessThanOrEqual(apart);
    expect(it.time).toBeGreaterThan(0.7 * least((one) => one.time));
    expect(it.updates).toBeGreaterThan(0.7 * least((one) => one.updates));
    expect(complaints).toEqual([]);
  });

  it.each(kinds)("keeps few events and counts what is lost, with the service answering %s", (kind) => {
    const { told, mostQueued, stats } = lived[kind] as Lived;
    const { queued, sent, dropped } = stats;
    expect(queued + sent + dropped).toBeGreaterThanOrEqual(told.length);
    if (kind === "ok") return expect(dropped).toBe(0);
    expect(told.length).toBeGreaterThan(QUEUE);
    expect(Math.max(mostQueued, queued)).toBeLessThanOrEqual(QUEUE + MOST_UNDER_WAY);
    expect([sent, dropped > 0]).toEqual([0, true]);
  });

  it("would have sent the cookie, had it been asked to", async () => {
    await inPage(
      `fetch("${service.origin}/cookie", { method: "POST", mode: "no-cors", credentials: "include", body: "{}" })`,
    );
    expect(service.recorded.find(({ kind }) => kind === "cookie")?.headers.cookie).toBe("person=s3cret");
  });

  it("was asked with nothing about the person", () => {
    for (const kind of ["ok", "500", "413", "429", "hang"]) expect(eventsOf(kind).length, kind).toBeGreaterThan(0);
    const fromSdk = service.recorded.filter(({ kind }) => kind !== "cookie");
    expect(JSON.stringify(fromSdk)).not.toContain("s3cret");
    for (const { headers } of fromSdk) {
      expect(headers).not.toHaveProperty("cookie");
      expect(headers.referer ?? `${site.origin}/`).toBe(`${site.origin}/`);
    }
    expect(eventsOf("ok").some((event) => event.meta["network.redacted_url"] === `${site.origin}/live.m3u8`)).toBe(
      true,
    );
  });

  it("costs the page little", async () => {
    const { ours, theirs, p99 } = await inPage<{ ours: number; theirs: number; p99: number }>(COST);
    console.log(
      `track(): p99 ${p99.toFixed(3)} ms, ${(ours / 4).toFixed(2)} µs each; JSON there and back ${(theirs / 4).toFixed(2)} µs`,
    );
    expect(ours).toBeLessThan(40 * theirs);
  });

  it("says goodbye when the page is left", async () => {
    const mine = await inPage<string>(`(() => {
      const tracker = GstPyroscopePlayer.createTracker({ endpoint: "${service.origin}/ok", token: "t", projectId: "demo" });
      tracker.track("playback_started");
      return tracker.sessionId;
    })()`);
    await page.goto("about:blank");
    const names = () =>
      eventsOf("ok")
        .filter((event) => event.session_id === mine)
        .map((event) => event.event_name);
    await until("the last batch", () => names().length > 0);
    expect(names()).toEqual(["playback_started", "session_ended"]);
  });
});
