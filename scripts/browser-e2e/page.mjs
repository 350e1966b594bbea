// What does a page itself see of its player? Its own log, made by its own listeners: nothing in it comes from the SDK or from CMCD.
// SPDX-License-Identifier: MPL-2.0

/** In the page: the scripts before this one. */
const { Hls, GstPyroscopePlayer } = globalThis;

const TICK_MS = 20;
const CELLS = 32;
const CHECK = 0x5a;
const TIME_KEY = "com.gstpyroscope-pdt";
const mediaEvents = ["play", "playing", "loadeddata", "waiting", "pause", "seeking", "seeked", "ended", "error"];
const hlsEvents = {
  ...{ MANIFEST_LOADED: () => ({}), LEVEL_LOADED: ({ level }) => ({ level }) },
  ...{
    FRAG_LOADED: ({ frag }) => ({ sn: frag.sn, level: frag.level }),
    ERROR: ({ details, fatal }) => ({ details, fatal }),
  },
  LEVEL_SWITCHING: ({ bitrate }) => ({ bitrate }),
  LEVEL_SWITCHED: ({ level }, hls) => ({ level, bitrate: hls.levels[level].bitrate }),
};

/** What the test reads. `lagMs`: the longest time for which this page could not have run anything. */
export const seen = { log: [], pictures: [], samples: 0, lagMs: 0 };

/** The session's end is the last entry: until hls.js is gone it may still load something. */
function note(what, more = {}) {
  if (seen.log.at(-1)?.what !== "end") seen.log.push({ what, at: Date.now(), ...more });
}

function watchVideo(video) {
  for (const type of mediaEvents)
    video.addEventListener(type, (event) => {
      seen.lagMs = Math.max(seen.lagMs, performance.now() - event.timeStamp);
      const { paused, seeking, ended } = video;
      note(type, { paused, seeking, ended });
    });
}

function watchHls(hls) {
  for (const [name, more] of Object.entries(hlsEvents))
    hls.on(Hls.Events[name], (_, data) => note(name, more(data, hls)));
}

function watchClock(sampleMs) {
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    seen.lagMs = Math.max(seen.lagMs, now - last - TICK_MS);
    last = now;
  }, TICK_MS);
  setInterval(() => seen.samples++, sampleMs);
}

/** The time of day (milliseconds, the lowest 24 bits) in the cells of a picture's uppermost rows; undefined: there is none. */
function paintedTime(context, video) {
  context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight);
  const { data, width } = context.getImageData(0, 8, video.videoWidth, 1);
  const bytes = [0, 0, 0, 0];
  for (let cell = 0; cell < CELLS; cell++) {
    const middle = Math.round(((cell + 0.5) * width) / CELLS);
    if (data[middle * 4 + 1] > 128) bytes[cell >> 3] |= 0x80 >> (cell & 7);
  }
  const [high, middle, low, check] = bytes;
  return (high ^ middle ^ low ^ CHECK) === check ? (high << 16) | (middle << 8) | low : undefined;
}

/** By the playlist's own program time, as the origin wrote it. */
function programTime(hls, mediaTime) {
  const found = hls.latestLevelDetails?.fragments.find(
    ({ start, duration }) => start <= mediaTime && mediaTime < start + duration,
  );
  if (!found?.rawProgramDateTime) return {};
  return { sn: found.sn, written: Date.parse(found.rawProgramDateTime) + (mediaTime - found.start) * 1000 };
}

/** A few pictures each second: when it left its source, and what the player takes for its time. */
function watchPictures(video, hls) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let last = 0;
  const look = (now, { mediaTime }) => {
    if (now - last > 200) {
      last = now;
      const painted = paintedTime(context, video);
      const at = Date.now();
      const left = painted === undefined ? undefined : at - ((((at - painted) % 2 ** 24) + 2 ** 24) % 2 ** 24);
      const playing = hls.playingDate?.getTime();
      const player = playing === undefined ? undefined : playing - (video.currentTime - mediaTime) * 1000;
      if (left !== undefined)
        seen.pictures.push({ at, media: mediaTime, left, player, ...programTime(hls, mediaTime) });
    }
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}

/** `report(video, hls)` attaches what reports, after all listeners of this page; it answers with what ends the session: `playing.end`. */
export function play({ source, config, sampleMs, report }) {
  const video = document.querySelector("video");
  const hls = new Hls({ liveSyncDurationCount: 2, startLevel: 0, ...config });
  watchVideo(video);
  watchHls(hls);
  watchClock(sampleMs);
  watchPictures(video, hls);
  globalThis.playing = { video, hls, end: report(video, hls) };
  hls.attachMedia(video);
  hls.loadSource(source);
  video.play().catch(() => {});
}

/** What the README of the SDK shows. */
export function withSdk({ service, sessionId }) {
  return (video, hls) => {
    const options = { endpoint: service, token: "demo-token", projectId: "demo", streamId: "demo", sessionId };
    const tracker = GstPyroscopePlayer.createTracker(options);
    GstPyroscopePlayer.attachHlsJs(video, hls, tracker);
    return async () => {
      note("end");
      await tracker.destroy();
      hls.destroy();
      return tracker.stats();
    };
  };
}

/** No SDK: the three lines with which hls.js reports by itself. */
export function cmcdConfig({ service, sessionId }) {
  const target = { url: `${service}/api/cmcd?token=demo-token`, events: ["ps", "bc", "e", "t", "rr"], interval: 10 };
  return { cmcd: { version: 2, sessionId, contentId: "demo", eventTargets: [target] } };
}

/** With two lines more, as the README of the SDK shows them: the program time of the picture. */
export function cmcdWithTime(asked) {
  const { cmcd } = cmcdConfig(asked);
  const keys = [
    "sid",
    "cid",
    "e",
    "sta",
    "sn",
    "ts",
    "v",
    "bl",
    "br",
    "ec",
    "ot",
    "rc",
    "url",
    "ttfb",
    "ttlb",
    TIME_KEY,
  ];
  return {
    cmcd: {
      ...cmcd,
      eventTargets: cmcd.eventTargets.map((target) => ({ ...target, includeKeys: keys })),
      reporterCallback: (reporter) => {
        const { video, hls } = globalThis.playing;
        const tell = () => reporter.updateCustomData({ [TIME_KEY]: hls.playingDate?.getTime() });
        video.addEventListener("timeupdate", tell);
      },
    },
  };
}

export const withoutSdk = () => (_video, hls) => async () => {
  note("end");
  hls.destroy();
};
