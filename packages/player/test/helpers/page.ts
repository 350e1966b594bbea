// What does the page of a browser test run: players side by side on one stream, each with a log of its own?
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** As the package's build makes it, from the sources as they are now. */
async function sdkScript(): Promise<string> {
  const entry = fileURLToPath(new URL("../../src/script.ts", import.meta.url));
  const options = { bundle: true, format: "iife", globalName: "GstPyroscopePlayer", minify: true } as const;
  const { outputFiles } = await build({ ...options, entryPoints: [entry], target: "es2022", write: false });
  return outputFiles[0]?.text ?? "";
}

/** Players in the order of window.players; the log is made by listeners of the page, not by the SDK. */
const SCRIPT = `
const players = {};
function play(name, endpoint, maxQueueEvents) {
  const video = document.body.appendChild(document.createElement("video"));
  video.muted = true; video.width = 80;
  const hls = new Hls({ liveSyncDurationCount: 2, maxBufferLength: 4, backBufferLength: 2 });
  const player = { video, hls, log: [], told: [], updates: 0, mostQueued: 0 };
  players[name] = player;
  const at = () => Date.now();
  let started = false;
  for (const type of ["waiting", "playing", "pause"])
    video.addEventListener(type, () => player.log.push({ type, at: at(), time: video.currentTime, seeking: video.seeking }));
  video.addEventListener("timeupdate", () => {
    player.updates++;
    player.mostQueued = Math.max(player.mostQueued, player.tracker?.stats().queued ?? 0);
  });
  video.addEventListener("playing", () => {
    if (!started) player.told.push("playback_started", "startup_time_measured");
    started = true;
  });
  hls.on(Hls.Events.MANIFEST_LOADED, () => player.told.push("manifest_loaded"));
  hls.on(Hls.Events.LEVEL_LOADED, () => player.told.push("manifest_loaded"));
  hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => player.told.push("segment_loaded " + frag.sn));
  hls.on(Hls.Events.LEVEL_SWITCHED, () => player.told.push("bitrate_switch"));
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => {
    if (["bufferNudgeOnStall", "bufferSeekOverHole"].includes(details)) player.told.push("rebuffer_nudged");
    else if (details !== "bufferStalledError" || fatal) player.told.push("playback_error " + details);
  });
  if (endpoint) {
    player.tracker = GstPyroscopePlayer.createTracker({
      endpoint, token: "demo-token", projectId: "demo", streamId: "demo", flushIntervalMs: 500, timeoutMs: 2000, maxQueueEvents,
    });
    player.detach = GstPyroscopePlayer.attachHlsJs(video, hls, player.tracker, { sampleIntervalMs: 2000 });
  }
  hls.attachMedia(video);
  hls.loadSource("/live.m3u8?viewer=s3cret");
  video.play().catch(() => {});
}
document.cookie = "person=s3cret";
`;

export async function pages(): Promise<Record<string, string>> {
  const hls = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");
  const scripts = ["hls.js", "sdk.js", "players.js"].map((name) => `<script src="/${name}"></script>`).join("");
  return {
    "/hls.js": readFileSync(hls, "utf8"),
    "/sdk.js": await sdkScript(),
    "/players.js": SCRIPT,
    "/index.html": `<!doctype html><title>players</title><body>${scripts}`,
  };
}
