// What does the video element itself tell: start, pauses, jumps, the end, and when the picture waits for data?
// SPDX-License-Identifier: MIT
import type { Stalls } from "./stalls.js";
import type { Meta, Tracker } from "./types.js";

type Listener = () => void;

export class VideoEvents {
  #started = false;
  #seeking = false;
  #paused = false;
  #over = false;
  readonly #attachedAt = Date.now();
  #askedAt: number | undefined;
  readonly #video: HTMLVideoElement;
  readonly #tracker: Tracker;
  readonly #stalls: Stalls;
  readonly #figures: () => Meta;

  constructor(video: HTMLVideoElement, tracker: Tracker, stalls: Stalls, figures: () => Meta) {
    this.#video = video;
    this.#tracker = tracker;
    this.#stalls = stalls;
    this.#figures = figures;
    if (!video.paused) this.#askedAt = this.#attachedAt;
  }

  readonly listeners: Record<string, Listener> = {
    play: () => this.#play(),
    playing: () => this.#playing(),
    loadeddata: () => {
      if (!this.#video.paused) this.#firstPicture();
    },
    waiting: () => this.#waiting(),
    pause: () => this.#pause(),
    seeking: () => this.#seekBegins(),
    seeked: () => this.#seekEnds(),
    ended: () => this.#ended(),
    emptied: () => this.#emptied(),
    ratechange: () => this.#track("playback_rate_changed", { playback_rate: this.#video.playbackRate }),
    error: () => this.#failed(),
  };

  state(): string {
    if (!this.#started) return "starting";
    if (this.#video.ended) return "ended";
    if (this.#video.paused) return "paused";
    return this.#video.seeking ? "seeking" : this.#video.readyState < 3 ? "waiting" : "playing";
  }

  #play(): void {
    this.#askedAt ??= Date.now();
    if (this.#paused) this.#track("playback_resumed");
    this.#paused = false;
    this.#over = false;
  }

  #playing(): void {
    this.#firstPicture();
    this.#stalls.playing();
  }

  #firstPicture(): void {
    if (this.#started) return;
    this.#started = true;
    // A video with autoplay fires `play` only when it has data: it was asked to play by being there.
    const asked = this.#video.autoplay ? this.#attachedAt : (this.#askedAt ?? this.#attachedAt);
    this.#track("playback_started", this.#figures());
    this.#track("startup_time_measured", { duration_ms: Math.max(0, Date.now() - asked) });
  }

  #waiting(): void {
    const { paused, ended, seeking } = this.#video;
    if (!this.#started || paused || ended || (seeking && !this.#stalls.isNudge)) return;
    this.#stalls.waiting();
  }

  #pause(): void {
    this.#stalls.interrupted("pause");
    if (!this.#started || this.#video.ended) return;
    this.#paused = true;
    this.#track("playback_paused");
  }

  /** A source that is loaded anew stops the video, and browsers fire no `pause` for it. */
  #emptied(): void {
    this.#stalls.interrupted("emptied");
    if (!this.#started || this.#paused || this.#over || !this.#video.paused) return;
    this.#paused = true;
    this.#track("playback_paused");
  }

  #seekBegins(): void {
    if (!this.#started || this.#stalls.isNudge) return;
    this.#stalls.interrupted("seek");
    this.#seeking = true;
    this.#track("seek_started");
  }

  #seekEnds(): void {
    if (!this.#seeking) return;
    this.#seeking = false;
    this.#track("seek_ended");
  }

  #ended(): void {
    this.#stalls.interrupted("ended");
    this.#over = true;
    this.#track("playback_ended");
  }

  /** Its text is not sent: browsers put addresses into it. */
  #failed(): void {
    this.#track("playback_error", { fatal: true, error_code: `media_error_${this.#video.error?.code ?? 0}` });
  }

  #track(name: string, meta: Meta = {}): void {
    this.#tracker.track(name, { ...meta, current_time_ms: Math.round(this.#video.currentTime * 1000) });
  }
}
