// Does the session service have what the page itself has seen: names, order, counts, times, stalls and program time?
// SPDX-License-Identifier: MPL-2.0
import { stallsOf, startupMs, toldByCmcd, toldBySdk, waitsOf } from "./expected.mjs";
import { SAMPLE_MS } from "./watch.mjs";

/** Two listeners of one event read the clock one after the other. */
const ROUNDING_MS = 5;
/** Browsers tell a page at least so often where its video is; between two of these, the page's key stays as it is. */
const TIMEUPDATE_MS = 250;
/** While the video is paused, no picture is near. */
const NEAR_MS = 400;
/** A source that is later than that has not got its share of the processor. */
const LATE_MS = 100;
/** What the design promises for program time, and for a stall that CMCD reports. */
export const PROGRAM_TIME_MS = 300;
export const CMCD_WITHIN_MS = 2000;

/** One line per check; `passed` and `failed` count them. */
export class Outcome {
  passed = 0;
  failed = 0;

  check(name, good, saw) {
    this[good ? "passed" : "failed"] += 1;
    console.log(`${good ? "ok  " : "FAIL"} ${name}${saw === undefined ? "" : `: ${saw}`}`);
  }

  same(name, told, expected) {
    const at = expected.findIndex((one, index) => one !== told[index]);
    const first = at < 0 ? expected.length : at;
    const good = at < 0 && told.length === expected.length;
    const place = `place ${first + 1}: ${told[first] ?? "nothing"} instead of ${expected[first] ?? "nothing"}`;
    this.check(name, good, good ? `${told.length} events` : place);
  }

  /** `pairs`: [told, seen], milliseconds. */
  near(name, pairs, withinMs) {
    const worst = Math.max(0, ...pairs.map(([told, seen]) => Math.abs(told - seen)));
    const good = pairs.every(([told, seen]) => Math.abs(told - seen) <= withinMs);
    this.check(name, good, `${worst.toFixed(0)} ms apart at most, ${withinMs.toFixed(0)} ms allowed`);
  }
}

/** As long as this page once could not run anything, its own log may be late. */
const toleranceOf = ({ lagMs }) => lagMs + ROUNDING_MS;

const clientMs = (event) => Date.parse(event.client_timestamp);
export const named = (events, name) => events.filter(({ event_name }) => event_name === name);

/** With what the page's log has too. */
function shown({ event_name, meta = {} }) {
  if (event_name === "bitrate_switch") return `bitrate_switch ${meta.bitrate}`;
  if (event_name === "playback_error") return `playback_error ${meta.error_code}`;
  return event_name;
}

function shownOfSdk(event) {
  const { event_name, meta } = event;
  if (event_name === "segment_loaded") return `segment_loaded ${meta.frag_sn} level ${meta.level}`;
  if (event_name === "manifest_loaded" && meta.level !== undefined) return `manifest_loaded level ${meta.level}`;
  return shown(event);
}

/** Samples are taken by a clock of their own, which began at about the same time. */
const samplesAgree = (told, own) => Math.abs(told - own) <= 1;

export function compareSdk({ seen, events, session, requests }, outcome) {
  const tolerance = toleranceOf(seen);
  const others = /^(rebuffer_(started|ended)|metrics_sampled)$/;
  const told = events.filter(({ event_name }) => !others.test(event_name));
  outcome.same("SDK: names and order are those of the page's log", told.map(shownOfSdk), toldBySdk(seen.log));
  const numbers = events.map(({ sequence_number }) => String(sequence_number));
  outcome.same("SDK: no number is missing or twice", numbers, Object.keys(numbers));
  const samples = named(events, "metrics_sampled").length;
  outcome.check(`SDK: a sample every ${SAMPLE_MS / 1000} s`, samplesAgree(samples, seen.samples), samples);
  const [startup] = named(events, "startup_time_measured");
  outcome.near("SDK: startup time", [[startup?.meta.duration_ms, startupMs(seen.log)]], tolerance);
  compareStalls("SDK", { events, stalls: stallsOf(seen.log), tolerance }, outcome);
  outcome.check("SDK: the session has ended, by the player", session.state === "ended", session.state);
  const posts = requests.filter((url) => url.endsWith("/api/playback-events")).length;
  outcome.check(
    "SDK: events go in batches",
    posts > 0 && posts < events.length,
    `${events.length} in ${posts} requests`,
  );
}

function compareStalls(by, { events, stalls, tolerance }, outcome) {
  const [started, ended] = ["rebuffer_started", "rebuffer_ended"].map((name) => named(events, name));
  const inTurn = events.filter(({ event_name }) => /^rebuffer_(started|ended)$/.test(event_name)).map(shown);
  const expected = stalls.flatMap(() => ["rebuffer_started", "rebuffer_ended"]);
  outcome.same(`${by}: each stall of the page's log, and no other`, inTurn, expected);
  if (stalls.length === 0) return;
  const at = (list, key) => list.map((event, index) => [clientMs(event), stalls[index]?.[key]]);
  outcome.near(
    `${by}: stalls begin and end when the page says`,
    [...at(started, "from"), ...at(ended, "to")],
    tolerance,
  );
  const durations = ended.map(({ meta }, index) => [meta.duration_ms, stalls[index]?.to - stalls[index]?.from]);
  outcome.near(`${by}: durations of stalls`, durations, tolerance);
}

export function compareCmcd({ seen, events, session, requests }, outcome) {
  const tolerance = toleranceOf(seen);
  outcome.check("CMCD: the session is there, of the stream demo", session.stream_id === "demo", session.stream_id);
  const reported = events.filter(({ meta }) => meta.source !== "request");
  const numbered = reported.filter((event) => event.sequence_number !== undefined);
  numbered.sort((a, b) => a.sequence_number - b.sequence_number);
  const others = /^(metrics_sampled|cmcd_event|preload_started)$/;
  const told = numbered.filter(({ event_name }) => !others.test(event_name));
  const expected = toldByCmcd(seen.log).filter((name) => name !== "startup_time_measured");
  outcome.same("CMCD: names and order are those of the page's log", told.map(shown), expected);
  const numbers = numbered.map(({ sequence_number }) => String(sequence_number));
  outcome.same("CMCD: no number is missing or twice", numbers, Object.keys(numbers));
  const samples = named(reported, "metrics_sampled").length - 1; // the first one when it begins
  outcome.check(`CMCD: a sample every ${SAMPLE_MS / 1000} s`, samplesAgree(samples, seen.samples), samples);
  const startups = named(reported, "startup_time_measured");
  outcome.check("CMCD: one startup time", startups.length === 1, startups.length);
  outcome.near("CMCD: startup time", [[startups[0]?.meta.duration_ms, startupMs(seen.log)]], tolerance);
  compareStalls("CMCD", { events: reported, stalls: waitsOf(seen.log), tolerance }, outcome);
  compareRequests({ events, requests }, outcome);
}

/** What hls.js adds to the addresses of its requests for media, against the browser's own list of requests. */
function compareRequests({ events, requests }, outcome) {
  const media = requests.map((url) => new URL(url)).filter(({ searchParams }) => searchParams.has("CMCD"));
  const manifests = media.filter(({ pathname }) => pathname.endsWith(".m3u8")).length;
  const told = ["manifest_requested", "segment_requested"].map((name) => named(events, name).length);
  const expected = [manifests, media.length - manifests];
  outcome.check("CMCD: each request for media", String(told) === String(expected), `${told} of ${expected}`);
}

/** Both saw the same stall; each page's own log says how far apart its picture stopped from the other's. */
export function compareStallTimes(sdk, cmcd, outcome) {
  const waits = stallsOf(sdk.seen.log);
  const lasted = waits.map(({ from, to }) => `${to - from} ms`).join(", ");
  outcome.check("the fault made a real stall", waits.length > 0, lasted || "none");
  const [bySdk] = named(sdk.events, "rebuffer_started");
  const [byCmcd] = named(cmcd.events, "rebuffer_started");
  if (bySdk === undefined || byCmcd === undefined) return outcome.check("both report the stall", false, "one does not");
  const apart = waitsOf(cmcd.seen.log)[0].from - stallsOf(sdk.seen.log)[0].from;
  const later = Date.parse(byCmcd.server_received_at) - clientMs(bySdk);
  const name = `the stall is in the store by CMCD within ${CMCD_WITHIN_MS} ms of the SDK's rebuffer_started`;
  outcome.check(
    name,
    later - Math.max(0, apart) <= CMCD_WITHIN_MS,
    `${later} ms; the pages' own waits are ${apart} ms apart`,
  );
}

const offsetsOf = (pictures, key) =>
  pictures.filter((picture) => Number.isFinite(picture[key])).map((picture) => picture[key] - picture.left);

/** By how much the pipeline's own source was late at most: each picture leaves it at its time, or later. */
function latenessOf(pictures) {
  const began = pictures.map(({ left, media }) => left - media * 1000);
  return began.length === 0 ? 0 : Math.max(...began) - Math.min(...began);
}

/** On a machine that is too slow for its own pipeline, a picture cannot be told from the next ones. */
function allowedFor(pictures) {
  const late = latenessOf(pictures);
  return PROGRAM_TIME_MS + (late > LATE_MS ? late : 0);
}

function within(name, offsets, { allowed, unit }, outcome) {
  const good = offsets.length > 0 && offsets.every((offset) => Math.abs(offset) <= allowed);
  outcome.check(name, good, `${spread(offsets)}, ${offsets.length} ${unit}, ${allowed.toFixed(0)} ms allowed`);
}

/** `[from, to]`: the first and the last picture that a fault may have delayed, by when they left; of these the numbers are only shown. */
export function compareProgramTime(by, { seen, events }, [from, to], outcome) {
  const quiet = seen.pictures.filter(({ left }) => left < from);
  const after = seen.pictures.filter(({ left }) => left > to);
  const keys = { written: "EXT-X-PROGRAM-DATE-TIME of the pictures shown", player: "the player's playingDate" };
  for (const [key, what] of Object.entries(keys)) {
    const name = `${by}: ${what}, against when they left the source`;
    within(name, offsetsOf(quiet, key), { allowed: allowedFor(quiet), unit: "pictures" }, outcome);
    if (after.length === 0) continue;
    const again = { allowed: allowedFor(after), unit: "pictures" };
    within(`${name}, after the fault`, offsetsOf(after, key), again, outcome);
    const during = seen.pictures.filter(({ left }) => left >= from && left <= to);
    console.log(`     while pictures were delayed: ${spread(offsetsOf(during, key))}`);
  }
  const told = events.filter(({ meta }) => meta.playing_date !== undefined && meta.current_time_ms !== undefined);
  if (told.length > 0)
    within(
      `${by}: playing_date in the store`,
      storedOffsets(told, quiet),
      { allowed: allowedFor(quiet), unit: "events" },
      outcome,
    );
}

/** Of CMCD with the program time in a key of its own: playing_date as the store has it, against the picture shown at that time. */
export function compareReportedTime({ seen, events }, [from], outcome) {
  const quiet = seen.pictures.filter(({ left }) => left < from);
  const told = events.filter(({ event_name, meta }) => meta.playing_date !== undefined && meta.source !== "request" && event_name !== "segment_loaded"); // biome-ignore format: one condition
  const offsets = told.flatMap((event) => {
    const at = clientMs(event);
    const apart = (picture) => Math.abs(picture.at - at);
    const [nearest] = quiet.toSorted((one, other) => apart(one) - apart(other));
    if (nearest === undefined || apart(nearest) > NEAR_MS) return [];
    return [event.meta.playing_date - (nearest.left + at - nearest.at)];
  });
  const allowed = allowedFor(quiet) + TIMEUPDATE_MS + seen.lagMs; // a page that cannot run does not change its key
  within("CMCD with a key for program time: playing_date in the store", offsets, { allowed, unit: "events" }, outcome);
}

/** playing_date as the store has it, against the pictures around the position that the event tells. */
function storedOffsets(told, pictures) {
  return told.flatMap(({ meta }) => {
    const near = pictures.filter(({ media }) => Math.abs(media * 1000 - meta.current_time_ms) < 1000);
    const left = near.map(({ media, left }) => left + meta.current_time_ms - media * 1000);
    return left.length > 0 ? [meta.playing_date - middle(left)] : [];
  });
}

function middle(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function spread(offsets) {
  if (offsets.length === 0) return "no picture";
  return `${Math.min(...offsets).toFixed(0)} to ${Math.max(...offsets).toFixed(0)} ms, middle ${middle(offsets).toFixed(0)} ms`;
}
