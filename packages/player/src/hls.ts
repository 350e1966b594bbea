// How does a player made with hls.js report? attachHlsJs() listens to the video and to hls.js, and changes neither.
// SPDX-License-Identifier: MIT
import { Figures } from "./figures.js";
import { HlsEvents } from "./hls-events.js";
import { type HlsJs, hlsEvents } from "./hls-types.js";
import { Stalls } from "./stalls.js";
import type { Meta, Tracker } from "./types.js";
import { VideoEvents } from "./video-events.js";

export type { HlsJs } from "./hls-types.js";

export interface HlsOptions {
  /** How often the player's figures are reported, milliseconds; 0: never. Default 10 000. */
  sampleIntervalMs?: number;
}

type AnyListener = (...values: never[]) => void;
type Registry = { on(event: string, listener: AnyListener): void; off(event: string, listener: AnyListener): void };

/** Before or after `hls.loadSource()`. Answers with a function that takes all listeners away; it may be called twice. */
export function attachHlsJs(
  video: HTMLVideoElement,
  hls: HlsJs,
  tracker: Tracker,
  options: HlsOptions = {},
): () => void {
  try {
    return attach(video, hls, tracker, options.sampleIntervalMs ?? 10_000);
  } catch (error) {
    console.warn("gst-pyroscope-player does not watch this player:", error);
    return () => {};
  }
}

function attach(video: HTMLVideoElement, hls: HlsJs, tracker: Tracker, sampleMs: number): () => void {
  const figures = new Figures(video, hls);
  const now = () => figures.now();
  const atStall = () => ({ ...figures.now(), ...figures.lastLoads() });
  const stalls = new Stalls(reportTo(tracker), atStall, () => video.currentTime);
  const ofVideo = new VideoEvents(video, tracker, stalls, now);
  const ofHls = new HlsEvents(hls, tracker, figures, stalls);
  const registry = hls as unknown as Registry;
  const undo: Array<() => void> = [];
  const listen = (on: (listener: AnyListener) => void, off: (listener: AnyListener) => void, work: AnyListener) => {
    const listener = quiet(work);
    on(listener);
    undo.push(() => off(listener));
  };
  for (const [name, work] of Object.entries(ofVideo.listeners))
    listen(
      (it) => video.addEventListener(name, it as () => void),
      (it) => video.removeEventListener(name, it as () => void),
      work,
    );
  for (const [name, work] of Object.entries(ofHls.listeners))
    listen(
      (it) => registry.on(name, it),
      (it) => registry.off(name, it),
      work,
    );
  const sample = quiet(() => tracker.track("metrics_sampled", { ...sampled(video, hls, ofVideo), ...now() }));
  const timer = sampleMs > 0 ? setInterval(sample, sampleMs) : undefined;
  const detach = quiet(() => {
    clearInterval(timer);
    stalls.interrupted("detached");
    for (const take of undo.splice(0)) take();
  });
  listen(
    (it) => registry.on(hlsEvents.destroying, it),
    (it) => registry.off(hlsEvents.destroying, it),
    detach,
  );
  return detach;
}

const reportTo = (tracker: Tracker) => ({
  started: (meta: Meta, atMs: number) => tracker.track("rebuffer_started", meta, atMs),
  ended: (meta: Meta, atMs: number) => tracker.track("rebuffer_ended", meta, atMs),
});

function sampled(video: HTMLVideoElement, hls: HlsJs, state: VideoEvents): Meta {
  const frames = video.getVideoPlaybackQuality?.();
  return {
    player_state: state.state(),
    dropped_frames: frames?.droppedVideoFrames,
    total_frames: frames?.totalVideoFrames,
    bandwidth_bps: hls.bandwidthEstimate > 0 ? Math.round(hls.bandwidthEstimate) : undefined,
  };
}

/** A failure here is ours, and none of the player's business. */
function quiet(work: AnyListener): () => void {
  return (...values: unknown[]) => {
    try {
      (work as (...all: unknown[]) => void)(...values);
    } catch {
      // nothing that the page could do
    }
  };
}
