// How does hls.js play the stream and report to this service: with the SDK, or by CMCD alone?
// SPDX-License-Identifier: MPL-2.0
import type HlsClass from "hls.js";
import type { HlsConfig } from "hls.js";
import { note } from "./log.js";
import type { DemoSettings } from "./settings.js";

interface Tracker {
  destroy(): Promise<void>;
}

/** Of the two scripts that the page loads. */
declare const Hls: typeof HlsClass;
declare const GstPyroscopePlayer: {
  createTracker(options: Record<string, unknown>): Tracker;
  attachHlsJs(video: HTMLVideoElement, hls: HlsClass, tracker: Tracker): () => void;
};

export interface Playing {
  /** Ends the session. */
  end(): Promise<void>;
  /** Takes away what is buffered ahead, and loads nothing for so long. */
  starve(ms: number): void;
  /** For so long, the playlist's address is one where there is none. */
  losePlaylist(ms: number): void;
  /** Seconds from where it plays. */
  jump(seconds: number): void;
}

const videoEvents = ["play", "playing", "waiting", "pause", "seeking", "seeked", "ended", "error"] as const;

export const canPlay = (): boolean => "Hls" in globalThis && Hls.isSupported();

/** `say`: a sentence for the viewer. */
export function play(video: HTMLVideoElement, settings: DemoSettings, say: (text: string) => void): Playing {
  const hls = new Hls(settings.engine === "cmcd" ? cmcdConfig(settings) : {});
  const heard = new AbortController();
  for (const type of videoEvents) video.addEventListener(type, () => note("video", type), { signal: heard.signal });
  logHls(hls, say);
  const tracker = settings.engine === "cmcd" ? null : track(video, hls, settings);
  note("page", "start", settings.engine);
  hls.loadSource(settings.source);
  hls.attachMedia(video);
  video.muted = true; // browsers start nothing with sound by themselves
  begin(video);
  return {
    async end() {
      note("page", "end");
      heard.abort();
      await tracker?.destroy();
      hls.destroy();
    },
    ...viewerFaults(video, hls, { source: settings.source, ended: heard.signal }),
  };
}

const begin = (video: HTMLVideoElement): void =>
  void video.play().catch((error: DOMException) => note("page", "play refused", error.name));

/** Left to play, a picture goes on for so long after the rest of the buffer was taken away. */
const LEFT_S = 0.5;

function viewerFaults(
  video: HTMLVideoElement,
  hls: HlsClass,
  { source, ended }: { source: string; ended: AbortSignal },
) {
  const after = (ms: number, work: () => void) => setTimeout(() => !ended.aborted && work(), ms);
  return {
    starve(ms: number) {
      hls.stopLoad();
      const startOffset = video.currentTime + LEFT_S;
      hls.trigger(Hls.Events.BUFFER_FLUSHING, { startOffset, endOffset: Number.POSITIVE_INFINITY, type: null });
      after(ms, () => hls.startLoad());
    },
    losePlaylist(ms: number) {
      const played = !video.paused;
      hls.loadSource(`${source}.missing`);
      after(ms, () => {
        hls.loadSource(source);
        if (played) begin(video); // another source stops the video
      });
    },
    jump(seconds: number) {
      video.currentTime = Math.max(0, video.currentTime + seconds);
    },
  };
}

/** What the README of the SDK shows. */
function track(video: HTMLVideoElement, hls: HlsClass, settings: DemoSettings): Tracker {
  const { token, project, streamId, sessionId } = settings;
  const options = { endpoint: location.origin, token, projectId: project, streamId, sessionId, flushIntervalMs: 1000 };
  const tracker = GstPyroscopePlayer.createTracker(options);
  GstPyroscopePlayer.attachHlsJs(video, hls, tracker);
  return tracker;
}

/** No SDK: hls.js reports by itself (CTA-5004-B, version 2). */
function cmcdConfig({ token, streamId, sessionId }: DemoSettings): Partial<HlsConfig> {
  const url = `${location.origin}/api/cmcd?token=${encodeURIComponent(token)}`;
  const target = { url, events: ["ps", "bc", "e", "t", "rr"], interval: 5 };
  return { cmcd: { version: 2, sessionId, contentId: streamId, eventTargets: [target] } } as Partial<HlsConfig>;
}

function logHls(hls: HlsClass, say: (text: string) => void): void {
  hls.on(Hls.Events.MANIFEST_LOADED, () => {
    note("hls.js", "manifest_loaded");
    say("");
  });
  hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => note("hls.js", "segment_loaded", String(frag.sn)));
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => note("hls.js", "level_switched", level));
  hls.on(Hls.Events.ERROR, (_, { details, fatal, response }) => {
    note("hls.js", fatal ? "fatal_error" : "error", details);
    if (!fatal) return;
    const status = response?.code ? ` (status ${response.code})` : "";
    say(`The stream cannot be played: ${details}${status}. Is a pipeline writing it? “npm run lab” starts one.`);
  });
}
