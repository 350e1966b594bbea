// How does one trial go? Health for a minute, the fault, the first stall and its verdict, the end of the fault, and health again.
// SPDX-License-Identifier: MPL-2.0
import { loadavg } from "node:os";
import { isHealthyTime, publishedIn } from "./health.mjs";
import { blamesWrongly, outcomeOf, STALL_MS } from "./outcome.mjs";

export const limits = {
  healthyMs: 60_000,
  /** Until there was a minute of health. */
  healthMs: 600_000,
  stallMs: 180_000,
  /** From a stall of the player's own log to a stored verdict. */
  verdictMs: 30_000,
  /** From the end of the fault until the viewers play again. */
  recoveryMs: 300_000,
  /** A player that does not play by itself so long after the end of the fault is opened anew. */
  patienceMs: 30_000,
  pollMs: 250,
  /** A machine whose tasks wait for a CPU for so long is not asked what burns one. */
  pressure: Number.POSITIVE_INFINITY,
};

/** From the begin of a window until it has arrived. */
const LATE_MS = 6000;

/** Recordings hold so much before the stall, and after. */
const RECORDED_BEFORE_MS = 180_000;
const RECORDED_AFTER_MS = 10_000;

/** `around`: service (of session-service.mjs), viewers, streams (those that the lab makes), makeFault(text), clock; limits that differ. */
export async function runTrial(trial, around) {
  const world = { ...around, limits: { ...limits, ...around.limits } };
  const started = world.now();
  // After a stall a player is further behind the live edge, and holds more: the next fault would have to last longer.
  for (const viewer of world.viewers) await viewer.begin();
  const wasHealthy = await healthy(world);
  const course = { wasHealthy, injectedAt: world.now(), stall: null, final: null, waitedMs: 0, recovered: false };
  const times = { startedAt: new Date(started).toISOString(), healthyAfterMs: course.injectedAt - started };
  const result = { ...trial, wasHealthy, ...times };
  course.isTaken = wasHealthy && trial.kind === "burn" && (await pressure(world)) >= world.limits.pressure;
  if (wasHealthy && !course.isTaken) await withFault(trial, world, course, result);
  const { stall, final } = course;
  const judged = { ...outcomeOf(trial, course), blamesWrongly: blamesWrongly(trial, course) };
  return { ...result, ...judged, waitedMs: course.waitedMs, stall, final };
}

async function withFault(trial, world, course, result) {
  result.published = await published(world, world.limits.healthyMs);
  if (trial.fault !== "") await world.makeFault(trial.fault);
  course.injectedAt = world.now();
  result.injectedAt = new Date(course.injectedAt).toISOString();
  const watched = world.viewers.filter(({ stream }) => trial.stream === undefined || stream === trial.stream);
  const seen = await (trial.kind === "undisturbed" ? wholeTime : firstStall)(trial, { ...world, viewers: watched }, course);
  Object.assign(result, seen, { machine: { load: loadavg()[0], burners: trial.load } });
  result.publishedAtStall = await published(world, Math.max(10_000, world.now() - course.injectedAt));
  await world.makeFault("none");
  course.recovered = await recovered(world, course.injectedAt);
  await lastLook(trial, world, course, result);
}

/** Somebody watches each stream, and nobody is stalled. */
async function allWatch({ service, streams }) {
  const found = await service.streams();
  return streams.every(({ stream }) => {
    const { stalled, watching } = found.get(stream)?.viewers ?? { stalled: 0, watching: 0 };
    return stalled === 0 && watching > 0;
  });
}

/** The minute that ended when the latest windows began. */
async function wasPublished({ service, streams, limits }, untilMs) {
  const end = untilMs - LATE_MS;
  const begin = end - limits.healthyMs;
  const windows = await Promise.all(streams.map(({ stream }) => service.windows(stream, begin, untilMs)));
  return windows.every((own) => isHealthyTime(own, begin, end));
}

async function healthy(world) {
  const began = world.now();
  let since = null;
  const { healthMs, healthyMs } = world.limits;
  while (world.now() - began < healthMs) {
    since = (await allWatch(world)) ? (since ?? world.now()) : null;
    const isLong = since !== null && world.now() - since >= healthyMs;
    if (isLong && (await wasPublished(world, world.now()))) return true;
    if (since === null) await reopen(world, began);
    await world.pause(1000);
  }
  return false;
}

/** Viewers that cannot come back by themselves. */
async function reopen({ viewers, now, limits }, sinceMs) {
  if (now() - sinceMs < limits.patienceMs) return;
  for (const viewer of viewers) if ((await viewer.hasGivenUp()) || !(await viewer.plays())) await viewer.begin();
}

/** In the time before now, of the stream that is published least. */
async function published({ service, streams, now }, lengthMs) {
  const until = now();
  const windows = await Promise.all(streams.map(({ stream }) => service.windows(stream, until - lengthMs, until)));
  const ratios = windows.map(publishedIn).filter((ratio) => ratio !== null);
  return ratios.length === 0 ? null : Math.min(...ratios);
}

/** For which part of that time tasks of the pipeline's machine waited for a CPU, in the middle of its windows. */
async function pressure({ service, streams: [{ stream }], limits, now }) {
  const windows = await service.windows(stream, now() - limits.healthyMs, now());
  const told = windows.map(({ machine }) => machine?.pressure ?? 0).sort((a, b) => a - b);
  return told[told.length >> 1] ?? 0;
}

const since = (stalls, ms) => stalls.filter(({ stall }) => Date.parse(stall.at) >= ms);

/** Until a verdict is stored, or none came in time. */
async function firstStall(trial, world, course) {
  const { limits } = world;
  const limitMs = trial.seconds === undefined ? limits.stallMs : trial.seconds * 1000;
  let waitsSince = null;
  while (world.now() - course.injectedAt < limitMs || waitsSince !== null) {
    for (const viewer of world.viewers) {
      waitsSince ??= await longWait(viewer, course, world.now());
      const [stall] = since(await world.service.stalls(viewer.sessionId), course.injectedAt);
      if (stall === undefined) continue;
      course.stall = stall;
      return seenStall(viewer, course, world.now());
    }
    if (waitsSince !== null && world.now() - waitsSince > limits.verdictMs) break;
    await world.pause(limits.pollMs);
  }
  return {};
}

/** All that was attributed in it, of all viewers: a player's own stalls do not end it, but none of a second may be without a verdict. */
async function wholeTime({ seconds }, { service, viewers, limits, now, pause }, course) {
  while (now() - course.injectedAt < seconds * 1000) await pause(1000);
  const own = viewers.map(async (viewer) => {
    const stalls = since(await service.stalls(viewer.sessionId), course.injectedAt);
    const waits = (await viewer.waits(course.injectedAt)).filter(({ from }) => from < now() - limits.verdictMs);
    const untold = waits.filter(({ from }) => !stalls.some(({ stall }) => isNear(from, Date.parse(stall.at))));
    return { stalls, untoldMs: untold.map(({ from, until }) => (until ?? now()) - from) };
  });
  const all = await Promise.all(own);
  const stalls = all.flatMap((one) => one.stalls);
  course.waitedMs = Math.max(0, ...all.flatMap(({ untoldMs }) => untoldMs));
  course.stall = stalls.find(({ verdict }) => verdict === "element") ?? stalls[0] ?? null;
  course.final = course.stall;
  return { verdicts: stalls.map(({ verdict, element, confidence }) => ({ verdict, element: element?.path, confidence })) };
}

/** When a wait began that is a stall whatever the service says; null: there is none. */
async function longWait(viewer, course, now) {
  for (const { from, until } of await viewer.waits(course.injectedAt)) {
    course.waitedMs = Math.max(course.waitedMs, (until ?? now) - from);
    if ((until ?? now) - from >= STALL_MS) return from;
  }
  return null;
}

/** A player's own log and its report tell of the same stall. */
const isNear = (a, b) => Math.abs(a - b) < 5000;

/** By the player's own log, where it has the stall: the service's time is the player's report. */
async function seenStall(viewer, { stall, injectedAt }, now) {
  const at = Date.parse(stall.stall.at);
  const waits = await viewer.waits(injectedAt);
  const near = waits.map(({ from }) => from).filter((from) => isNear(from, at));
  const stalledAt = near.length > 0 ? Math.min(...near) : at;
  return { sessionId: viewer.sessionId, stallAfterMs: at - injectedAt, verdictAfterMs: now - stalledAt };
}

/** The viewers play on, those that have given up in a session of their own. */
async function recovered(world, injectedAt) {
  const began = world.now();
  while (world.now() - began < world.limits.recoveryMs) {
    const play = await Promise.all(world.viewers.map((viewer) => viewer.plays()));
    const open = await Promise.all(world.viewers.map(async (viewer) => (await viewer.waits(injectedAt)).at(-1)));
    if (play.every(Boolean) && open.every((wait) => wait?.until !== null)) return true;
    await reopen(world, began);
    await world.pause(500);
  }
  return false;
}

/** The verdict as it stays, all that came after it, and what it was made from. */
async function lastLook(trial, { service, streams, viewers, now, pause, limits }, course, result) {
  const { sessionId } = result;
  if (sessionId === undefined) return withoutStall(trial, { service, streams, viewers, now }, course, result);
  const stalls = async () => since(await service.stalls(sessionId), course.injectedAt);
  const ended = now() + limits.verdictMs;
  while (now() < ended && (await stalls())[0]?.stall.lasted_ms === null) await pause(limits.pollMs);
  const all = await stalls();
  const [first, ...later] = all;
  course.final = first ?? null;
  result.later = later.map(({ verdict, element, confidence }) => ({ verdict, element: element?.path, confidence }));
  const at = Date.parse(course.stall.stall.at);
  const windows = await Promise.all(
    streams.map(({ stream }) => service.windows(stream, at - RECORDED_BEFORE_MS, at + RECORDED_AFTER_MS)),
  );
  result.recording = { windows: windows.flat(), session: await service.session(sessionId), trial: trial.id };
}

/** A player that waited, though the service knows no stall: what both saw. */
async function withoutStall(trial, { service, streams, viewers, now }, course, result) {
  if (course.waitedMs < STALL_MS) return;
  const from = course.injectedAt - RECORDED_AFTER_MS;
  result.recording = {
    windows: (await Promise.all(streams.map(({ stream }) => service.windows(stream, from, now())))).flat(),
    sessions: await Promise.all(viewers.map(({ sessionId }) => service.session(sessionId))),
    logs: await Promise.all(viewers.map((viewer) => viewer.log(from))),
    trial: trial.id,
  };
}
