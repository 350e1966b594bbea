// What is remembered of a player, so that its stall can be judged: its clock, its stream, its last segments?
// SPDX-License-Identifier: MPL-2.0
import type { CheckedEvent, Meta } from "@gst-pyroscope/contract/wire";

/** A player's clock is compared with ours over this time; it may be set. */
const CLOCK_MS = 120_000;
const MOST_LOADS = 3;

interface Load {
  ms: number;
  mediaMs: number | null;
}

export class Player {
  readonly project: string;
  readonly sessionId: string;
  /** What it says itself; null: nothing. */
  streamId: string | null = null;
  /** Path of its manifest, redacted. */
  path: string | null = null;
  lastMs = 0;
  ended = false;
  /** Newest last. */
  loads: Load[] = [];
  /** Duration of its last segment. */
  mediaMs: number | null = null;
  failedMs: number | null = null;
  /** Since its playback ended by an error and has not begun again; null: it has not. */
  broken: { atMs: number; code: string | null } | null = null;
  /** End of its last stall. */
  stalledUntilMs = 0;
  /** Frames thrown away so far, by its last two reports. */
  frames: { atMs: number; dropped: number }[] = [];
  #clock: { atMs: number; differenceMs: number }[] = [];

  constructor(project: string, sessionId: string) {
    this.project = project;
    this.sessionId = sessionId;
  }

  /** The newest event of a batch was under way for the shortest time: what is left of the difference is that of the clocks. */
  compareClock(events: readonly Pick<CheckedEvent, "clientMs">[], receivedMs: number): void {
    const differenceMs = receivedMs - Math.max(...events.map(({ clientMs }) => clientMs));
    const recent = this.#clock.filter((one) => receivedMs - one.atMs < CLOCK_MS && one.differenceMs < differenceMs);
    this.#clock = [...recent, { atMs: receivedMs, differenceMs }];
  }

  /** By our clock; never later than it was received. */
  timeOf({ clientMs }: Pick<CheckedEvent, "clientMs">, receivedMs: number): number {
    const [smallest] = this.#clock;
    return Math.min(receivedMs, clientMs + (smallest?.differenceMs ?? receivedMs - clientMs));
  }

  take({ name, meta, streamId }: Pick<CheckedEvent, "name" | "meta" | "streamId">, atMs: number): void {
    this.streamId ??= streamId;
    if (name === "session_ended") this.ended = true;
    this.broken = brokenAfter(this.broken, { name, meta: meta ?? {} }, atMs);
    if (meta === null) return;
    if (name === "manifest_loaded") this.path ??= pathIn(meta);
    else if (name === "segment_loaded") this.#loaded(meta);
    else if (name === "segment_failed" || (name === "playback_error" && isLoad(meta))) this.failedMs = atMs;
    if (typeof meta.dropped_frames === "number")
      this.frames = [...this.frames.slice(-1), { atMs, dropped: meta.dropped_frames }];
  }

  #loaded(meta: Meta): void {
    this.mediaMs = number(meta.frag_duration_ms) ?? this.mediaMs;
    const ms = number(meta.frag_load_ms);
    if (ms === null) return;
    const load = { ms, mediaMs: number(meta.frag_duration_ms) };
    this.loads = [...this.loads, load].slice(-MOST_LOADS);
  }
}

/** What follows a failure while the picture stands is none of these. */
const begins = /^(playback_(started|resumed|requested|ended)|rebuffer_started|session_ended)$/;

function brokenAfter(before: Player["broken"], { name, meta }: { name: string; meta: Meta }, atMs: number) {
  const sampled = name === "metrics_sampled" ? String(meta.player_state ?? meta.cmcd_sta) : "";
  if ((name === "playback_error" && meta.fatal === true) || sampled === "f")
    return before ?? { atMs, code: typeof meta.error_code === "string" ? meta.error_code : null };
  return begins.test(name) || /^(playing|p|ended|e)$/.test(sampled) ? null : before;
}

export const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** hls.js' own names of errors, and those of CMCD: what a request ended with. */
const isLoad = ({ error_code }: Meta): boolean => typeof error_code === "string" && /load/i.test(error_code);

const addresses = ["network.redacted_url", "manifest_url", "url"];

/** Events hold redacted addresses only. */
function pathIn(meta: Meta): string | null {
  for (const key of addresses) {
    const url = meta[key];
    if (typeof url === "string" && URL.canParse(url)) return new URL(url).pathname.slice(0, 1024);
  }
  return null;
}
