// Which events must the session service have, by the log that a page has made of its own player?
// SPDX-License-Identifier: MPL-2.0

/** From the README of the SDK: shorter waits are none, and two that are this near are one. */
const LEAST_STALL_MS = 100;
const SAME_STALL_MS = 250;
const NUDGES = ["bufferNudgeOnStall", "bufferSeekOverHole"];

/** A step of the SDK's session for an entry of the log; `state` is what has been seen before. */
const sdkSteps = {
  MANIFEST_LOADED: () => ["manifest_loaded"],
  LEVEL_LOADED: ({ level }) => [`manifest_loaded level ${level}`],
  FRAG_LOADED: ({ sn, level }, state) => {
    const name = `segment_loaded ${sn} level ${level}`;
    const told = state.segments.has(name);
    state.segments.add(name);
    return told ? [] : [name];
  },
  LEVEL_SWITCHED: ({ bitrate }) => [`bitrate_switch ${bitrate}`],
  ERROR: ({ details, fatal }, state) => {
    if (NUDGES.includes(details) && !fatal) {
      state.nudged = true;
      return ["rebuffer_nudged"];
    }
    return details === "bufferStalledError" && !fatal ? [] : [`playback_error ${details}`];
  },
  loadeddata: ({ paused }, state) => (paused ? [] : firstPicture(state)),
  playing: (_, state) => firstPicture(state),
  pause: ({ ended }, { started }) => (started && !ended ? ["playback_paused"] : []),
  play: (_, { started }) => (started ? ["playback_resumed"] : []),
  seeking: (_, state) => jump(state, "seek_started"),
  seeked: (_, state) => jump(state, "seek_ended"),
  end: () => ["session_ended"],
};

function firstPicture(state) {
  if (state.started) return [];
  state.started = true;
  return ["playback_started", "startup_time_measured"];
}

/** A jump of hls.js over a hole is told as one of its own; both of its events follow. */
function jump(state, name) {
  if (!state.started) return [];
  if (!state.nudged) return [name];
  if (name === "seek_ended") state.nudged = false;
  return [];
}

/** All but stalls, which are told later than they begin, and samples, which have a clock of their own. */
export function toldBySdk(log) {
  const state = { started: false, nudged: false, segments: new Set() };
  return log.flatMap((entry) => sdkSteps[entry.what]?.(entry, state) ?? []);
}

export function startupMs(log) {
  const asked = log.find(({ what }) => what === "play");
  const first = log.find(({ what, paused }) => what === "playing" || (what === "loadeddata" && !paused));
  return first.at - asked.at;
}

/** Each wait for data from its beginning to what ended it. */
export function waitsOf(log) {
  const waits = [];
  let from;
  let started = false;
  for (const { what, at, seeking, paused } of log) {
    if (what === "waiting" && started && !seeking && !paused) from ??= at;
    if (from !== undefined && ["playing", "pause", "ended", "end"].includes(what)) {
      waits.push({ from, to: at });
      from = undefined;
    }
    started ||= what === "playing";
  }
  return waits;
}

export function stallsOf(log) {
  const stalls = [];
  for (const { from, to } of waitsOf(log)) {
    const last = stalls.at(-1);
    if (last && from - last.to <= SAME_STALL_MS) Object.assign(last, { to, waited: last.waited + to - from });
    else stalls.push({ from, to, waited: to - from });
  }
  return stalls.filter(({ waited }) => waited >= LEAST_STALL_MS);
}

/** The states of CTA-5004-B as hls.js takes them from the same events of the video: s, p, r, k, a, e. */
const states = {
  play: (state) => (state.started ? undefined : "s"),
  playing: () => "p",
  waiting: (state) => (state.started ? "r" : undefined),
  pause: (_, { ended }) => (ended ? undefined : "a"),
  seeking: (state) => (state.started ? "k" : undefined),
  ended: () => "e",
};

/** From one state to another → what a viewer lived through. */
const changes = {
  s: () => ["playback_requested"],
  a: (before) => [...(before === "r" ? ["rebuffer_ended"] : []), "playback_paused"],
  r: (before) => (before === "k" || before === "r" ? [] : ["rebuffer_started"]),
  k: (before) => [before === "r" ? "rebuffer_nudged" : "seek_started"],
  e: () => ["playback_ended"],
  p: (before, first) => {
    if (first) return ["playback_started", "startup_time_measured"];
    return { r: ["rebuffer_ended"], k: ["seek_ended"], a: ["playback_resumed"] }[before] ?? [];
  },
};

/** What CMCD can tell of a page's log: states, changes of the bitrate that is loaded, answered requests for segments. */
export function toldByCmcd(log) {
  const now = { sent: "", state: "", started: false, bitrate: 0 };
  return log.flatMap((entry) => {
    if (entry.what === "FRAG_LOADED") return ["segment_loaded"];
    if (entry.what === "LEVEL_SWITCHING") return switching(now, entry.bitrate);
    const state = states[entry.what]?.(now, entry);
    if (state === undefined || state === now.sent) return [];
    now.sent = state;
    const steps = changes[state](now.state, !now.started && state === "p");
    now.started ||= state === "p";
    // Waiting for data belongs to the jump before it, and a jump of the player belongs to the stall.
    const isPart = (state === "r" && now.state === "k") || (state === "k" && now.state === "r");
    if (!isPart) now.state = state;
    return steps;
  });
}

function switching(now, bitrate) {
  const same = now.bitrate === bitrate;
  now.bitrate = bitrate;
  return same ? [] : [`bitrate_switch ${bitrate}`];
}
