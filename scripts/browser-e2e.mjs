// Is what the session service has of a viewer what the viewer's page saw? Real Chromium, hls.js and hlssink2, a minute and a stall.
//   browser-e2e.mjs [--seconds 60]   pages at the same time, with the SDK and with CMCD alone; no stall below 40 s
// SPDX-License-Identifier: MPL-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  compareCmcd,
  compareProgramTime,
  compareReportedTime,
  compareSdk,
  compareStallTimes,
  Outcome,
} from "./browser-e2e/compare.mjs";
import { readSession } from "./browser-e2e/store.mjs";
import {
  addVariants,
  inPlayer,
  launch,
  needBrowser,
  openPlayer,
  serveSite,
  startPlaying,
} from "./browser-e2e/watch.mjs";
import { until } from "./lab/processes.mjs";
import { makeFault, startLab } from "./lab.mjs";
import { asProgram, StepFailed } from "./steps.mjs";

/** Each picture costs nearly four times the time that it has: what is loaded runs dry in about ten seconds. */
const FAULT = "enc:burn=150ms";
/** A shorter session has no room for a stall, and what comes before and after it. */
const STALL_SECONDS = 40;
const LEAST_SECONDS = 10;
const SETTLED_MS = 3000;

function secondsIn(args) {
  try {
    const { values } = parseArgs({ args, options: { seconds: { type: "string", default: "60" } } });
    const seconds = Number(values.seconds);
    if (seconds >= LEAST_SECONDS && seconds <= 3600) return seconds;
  } catch {
    // said below
  }
  throw new StepFailed(`write --seconds and a number from ${LEAST_SECONDS} to 3600; without it, 60`, 2);
}

/** What reports in which page. The third one is there for its program time alone. */
const names = { sdk: "SDK", cmcd: "CMCD", "cmcd-time": "CMCD with a key for program time" };

/** The last thing that a page's video said. */
const lastOf = "seen.log.findLast(({ what }) => /^(waiting|playing)$/.test(what))";
const inAll = (players, expression) => Promise.all(players.map((player) => inPlayer(player, expression)));
const allFor = (players, what, ms) => async () =>
  (await inAll(players, `(${lastOf}?.what === "${what}" && Date.now() - ${lastOf}.at > ${ms})`)).every(Boolean);

const passed = (began, seconds) => until(`${seconds} s`, () => Date.now() - began > seconds * 1000, { ms: 4e6 });

/** A segment of two seconds, and the one that was being made when the fault began. */
const SEGMENTS_MS = 4000;

/** What a viewer may do, and the fault; answers with from when to when it may have delayed pictures, in time of day. */
async function liveThrough(lab, players, seconds) {
  const { running: processes } = lab;
  await until("all pages play", allFor(players, "playing", 0), { processes });
  const began = Date.now();
  const after = (part) => passed(began, seconds * part);
  await after(0.12);
  await inAll(players, "void (hls.loadLevel = 1 - hls.loadLevel)");
  await after(0.22);
  await inAll(players, "video.pause()");
  await after(0.24);
  await inAll(players, "void video.play()");
  if (seconds < STALL_SECONDS) {
    await after(1);
    return [Date.now(), Date.now()];
  }
  await after(0.3);
  const delayed = await stall(lab, players);
  await after(1);
  return delayed;
}

async function stall({ url, running: processes }, players) {
  const from = Date.now() - SEGMENTS_MS;
  await makeFault(url, FAULT);
  await until("what is loaded runs dry", allFor(players, "waiting", 1000), { processes });
  await makeFault(url, "none");
  await until("all pages play again", allFor(players, "playing", SETTLED_MS), { processes });
  return [from, Date.now() + 2 * SEGMENTS_MS];
}

/** Ends the session, and reads it when all of it has arrived. */
async function collect(player) {
  const { session: during } = await readSession(player.service, player.sessionId);
  await inPlayer(player, "end()");
  const seen = await inPlayer(player, "({ ...seen })");
  let read;
  let before = -1;
  let same = 0;
  await until("all events have arrived", async () => {
    read = await readSession(player.service, player.sessionId);
    same = read.events.length === before ? same + 1 : 0;
    before = read.events.length;
    return same >= 20;
  });
  return { ...player, ...read, during, seen };
}

function judge(players, delayed, seconds) {
  const outcome = new Outcome();
  const [sdk, cmcd, cmcdWithTime] = players;
  for (const { kind, pages, events, during, complaints } of players) {
    const by = names[kind];
    outcome.check(`${by}: while it plays, the session is active`, during?.state === "active", during?.state);
    outcome.check(`${by}: read a page at a time`, pages > 1, `${events.length} events in ${pages} pages`);
    outcome.check(`${by}: nothing of the page's own address is stored`, !JSON.stringify(events).includes("s3cret"));
    outcome.check(`${by}: the page has no complaint`, complaints.length === 0, complaints.join("; ") || "none");
  }
  compareSdk(sdk, outcome);
  compareCmcd(cmcd, outcome);
  if (seconds < STALL_SECONDS) console.log(`left out: the stall; it needs ${STALL_SECONDS} s`);
  else compareStallTimes(sdk, cmcd, outcome);
  compareProgramTime("SDK", sdk, delayed, outcome);
  compareProgramTime("CMCD", cmcd, delayed, outcome);
  compareReportedTime(cmcdWithTime, delayed, outcome);
  return outcome;
}

/** Ends what was started, in the reverse order. */
async function watch(seconds, dataDir, ending) {
  const lab = await startLab({ dataDir });
  ending.push(() => lab.stop());
  addVariants(dataDir);
  const problem = await lab.tell("stamp source 1");
  if (problem !== null) throw new StepFailed(`the pipeline paints no time into its pictures: ${problem.reason}`);
  const site = await serveSite();
  ending.push(() => site.close());
  const browser = await launch();
  ending.push(() => browser.close());
  const asked = { site: site.origin, service: lab.url };
  const players = await Promise.all(Object.keys(names).map((kind) => openPlayer(browser, { kind, ...asked })));
  await Promise.all(players.map(startPlaying));
  const delayed = await liveThrough(lab, players, seconds);
  return judge(await Promise.all(players.map(collect)), delayed, seconds);
}

await asProgram(import.meta.url, async (args) => {
  const seconds = secondsIn(args);
  needBrowser();
  const dataDir = mkdtempSync(join(tmpdir(), "gst-pyroscope-e2e-"));
  const ending = [() => rmSync(dataDir, { recursive: true, force: true })];
  try {
    const outcome = await watch(seconds, dataDir, ending);
    console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
    if (outcome.failed > 0)
      throw new StepFailed("the browser's log and the store differ, or program time is off: see FAIL");
  } finally {
    for (const end of ending.toReversed()) await end();
  }
});
