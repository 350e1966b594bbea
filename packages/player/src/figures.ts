// How far behind live is the picture, how much is loaded ahead, and how did the last segments arrive?
// SPDX-License-Identifier: MIT
import type { FragLoaded, HlsJs, LevelLoaded } from "./hls-types.js";
import type { Meta } from "./types.js";

/** As many loads as a stall tells about. */
const LOADS = 3;
/** Segments whose repetition is recognised. */
const MOST_SEEN = 256;

interface Load {
  ms: number;
  bytes: number;
  dateMs: number | undefined;
  endedAt: number;
}

export class Figures {
  #loads: Load[] = [];
  #seen = new Set<string>();
  #grewAt: number | undefined;
  #edge = "";
  readonly #video: HTMLVideoElement;
  readonly #hls: HlsJs;

  constructor(video: HTMLVideoElement, hls: HlsJs) {
    this.#video = video;
    this.#hls = hls;
  }

  /** undefined for one that was told before. */
  segment({ frag, part }: FragLoaded): Meta | undefined {
    const key = [frag.level, frag.type, frag.cc, frag.sn, part?.index].join();
    if (this.#seen.has(key)) return undefined;
    this.#remember(key);
    const { loading, total } = part?.stats ?? frag.stats;
    const ms = Math.round(loading.end - loading.start);
    const dateMs = frag.programDateTime ?? undefined;
    if (frag.sn !== "initSegment")
      this.#loads = [{ ms, bytes: total, dateMs, endedAt: Date.now() }, ...this.#loads].slice(0, LOADS);
    return {
      frag_load_ms: ms,
      frag_ttfb_ms: loading.first > 0 ? Math.round(loading.first - loading.start) : undefined,
      frag_bytes: total,
      frag_date: dateMs,
      frag_sn: frag.sn,
      frag_duration_ms: Math.round((part?.duration ?? frag.duration) * 1000),
      frag_type: frag.type,
      level: frag.level,
    };
  }

  /** A live playlist that came again without a new segment is no younger. */
  playlist({ level, details }: LevelLoaded): void {
    const edge = `${level}:${details.endSN}:${details.edge}`;
    if (edge !== this.#edge) this.#grewAt = Date.now();
    this.#edge = edge;
  }

  now(): Meta {
    const date = this.#hls.playingDate?.getTime();
    const latency = this.#hls.latency;
    return {
      playing_date: date,
      live_latency_ms: latency > 0 ? Math.round(latency * 1000) : undefined,
      buffer_ms: bufferMs(this.#video),
      edge_age_ms: this.#grewAt === undefined ? undefined : Date.now() - this.#grewAt,
      current_time_ms: Math.round(this.#video.currentTime * 1000),
    };
  }

  /** The newest without a number, those before with 2 and 3. */
  lastLoads(): Meta {
    const meta: Meta = {};
    for (const [index, load] of this.#loads.entries()) {
      const number = index === 0 ? "" : `_${index + 1}`;
      meta[`frag_load_ms${number}`] = load.ms;
      meta[`frag_bytes${number}`] = load.bytes;
      meta[`frag_date${number}`] = load.dateMs;
      meta[`frag_age_ms${number}`] = Date.now() - load.endedAt;
    }
    return meta;
  }

  #remember(key: string): void {
    this.#seen.add(key);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MOST_SEEN) return;
      this.#seen.delete(oldest);
    }
  }
}

/** In the range that the picture is in; a gap of a tenth of a second is none. */
function bufferMs(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  for (let index = 0; index < buffered.length; index++) {
    const end = buffered.end(index);
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < end) return Math.round((end - currentTime) * 1000);
  }
  return 0;
}
