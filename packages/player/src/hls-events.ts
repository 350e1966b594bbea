// What does hls.js tell: playlists, segments, variants and errors?
// SPDX-License-Identifier: MIT
import type { Figures } from "./figures.js";
import type { FragLoaded, HlsError, HlsJs, LevelLoaded, Loading, ManifestLoaded } from "./hls-types.js";
import { hlsEvents } from "./hls-types.js";
import type { Stalls } from "./stalls.js";
import type { Meta, NetworkKind, Tracker } from "./types.js";

/** Not errors of their own: the stall they speak of is told as one. */
const STALLED = "bufferStalledError";
/** The jumps with which hls.js goes on after one. */
const NUDGES = new Set(["bufferNudgeOnStall", "bufferSeekOverHole"]);

export class HlsEvents {
  readonly #hls: HlsJs;
  readonly #tracker: Tracker;
  readonly #figures: Figures;
  readonly #stalls: Stalls;

  constructor(hls: HlsJs, tracker: Tracker, figures: Figures, stalls: Stalls) {
    this.#hls = hls;
    this.#tracker = tracker;
    this.#figures = figures;
    this.#stalls = stalls;
  }

  readonly listeners: Record<string, (event: string, data: never) => void> = {
    [hlsEvents.manifestLoaded]: (_, data) => this.#manifest(data),
    [hlsEvents.levelLoaded]: (_, data) => this.#level(data),
    [hlsEvents.fragLoaded]: (_, data) => this.#fragment(data),
    [hlsEvents.levelSwitched]: (_, data) => this.#switched(data),
    [hlsEvents.error]: (_, data) => this.#error(data),
  };

  #manifest({ url, levels, stats }: ManifestLoaded): void {
    this.#tracker.track("manifest_loaded", { ...request("manifest", url, stats), levels: levels?.length });
  }

  #level(data: LevelLoaded): void {
    this.#figures.playlist(data);
    const { details, level, stats } = data;
    this.#tracker.track("manifest_loaded", {
      ...request("manifest", details.url, stats),
      level,
      live: details.live,
      end_sn: details.endSN,
      misses: details.misses,
      ...(details.live && { edge_age_ms: this.#figures.now().edge_age_ms }),
    });
  }

  #fragment(data: FragLoaded): void {
    const segment = this.#figures.segment(data);
    if (segment) this.#tracker.track("segment_loaded", { ...request("segment", data.frag.url), ...segment });
  }

  #switched({ level }: { level: number }): void {
    const { bitrate = 0, width = 0, height = 0 } = this.#hls.levels[level] ?? {};
    this.#tracker.track("bitrate_switch", { level, ...known({ bitrate, width, height }) });
  }

  #error(error: HlsError): void {
    if (NUDGES.has(error.details) && !error.fatal) {
      this.#stalls.nudged();
      this.#tracker.track("rebuffer_nudged", { error_code: error.details, ...this.#figures.now() });
    } else if (error.details !== STALLED || error.fatal) this.#failed(error);
  }

  /** Its text is not sent: it may contain an address. */
  #failed(error: HlsError): void {
    const url = error.url ?? error.context?.url ?? error.frag?.url;
    this.#tracker.track("playback_error", {
      error_code: error.details,
      error_type: error.type,
      fatal: error.fatal,
      http_status: error.response?.code || undefined,
      "network.redacted_url": url,
      ...this.#figures.now(),
    });
  }
}

/** The tracker redacts the address. */
function request(kind: NetworkKind, url: string | undefined, stats?: { loading: Loading }): Meta {
  return {
    "network.kind": kind,
    "network.detail_status": "available",
    "network.redacted_url": url,
    load_ms: stats && stats.loading.end > 0 ? Math.round(stats.loading.end - stats.loading.start) : undefined,
  };
}

/** hls.js has 0 where the playlist says nothing. */
function known(figures: Record<string, number>): Meta {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value > 0));
}
