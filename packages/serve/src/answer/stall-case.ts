// What is known when a stall is judged, and what does the judgement consist of?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";

/**
 * What the player told about its stall. All times are milliseconds since 1970 by the service's clock;
 * what the player does not tell is null.
 */
export interface KnownStall {
  session_id: string;
  stream_id: string;
  /** When the picture stopped: receipt minus the event's age by the client's monotonic clock. */
  atMs: number;
  /** null: it goes on. */
  lastedMs: number | null;
  /**
   * E: program time of the last picture in the player's buffer. Program times that the pipeline's own clock wrote
   * (not those of the service's origin) are corrected by `offsetMs` of its windows before they come here.
   */
  bufferEndMs: number | null;
  /** Media in the buffer when it stalled. */
  bufferMs: number | null;
  /** Age of the playlist's newest segment. */
  edgeAgeMs: number | null;
  /** The last three at most, oldest first. `mediaMs`: duration of the segment; null: not known, the target duration counts. */
  segmentLoads: { ms: number; mediaMs?: number | null }[];
  /** Frames that the player threw away in the 10 s before the stall. */
  framesDropped: number | null;
  /** Target duration of the stream's segments; null: not known, 2 s are taken. */
  targetMs: number | null;
  /** A load of this session failed (no answer, status 4xx or 5xx, time-out) in the 10 s before the stall. */
  loadFailed?: boolean | null;
}

/** A window with its times by the service's clock. */
export interface KnownWindow {
  window: PipelineWindow;
  fromMs: number;
  toMs: number;
  receivedMs: number;
  /** What was added to the agent's times to get these: the service's clock minus the agent's. */
  offsetMs: number;
}

/** What a pipeline was like when it published at full speed. Made by `nominalOf`, kept by stream, pipeline and topology. */
export interface Nominal {
  topology: string;
  /** How many windows it was made from. */
  windows: number;
  elements: Record<string, NominalElement>;
  /** Path of a sink: buffers per second of real time. */
  sinks: Record<string, number>;
}

export interface NominalElement {
  /** Buffers per second. */
  rate: number;
  /** Seconds of work per second of media. */
  demand: number;
  /** The same with the time in which it could have run and got no CPU. */
  spent: number;
  /** Seconds in which it could have run and got no CPU, per second. */
  ready: number;
}

/** One pipeline of one process, with its windows in any order: those of the last three minutes before the stall, and of the stall. */
export interface KnownPipeline {
  /**
   * 0: viewers load what its sinks write. 1: it feeds a pipeline of 0 (the first of two processes in a row), and so on.
   * Several may have the same number: pictures and sound made by two processes.
   */
  hop: number;
  /** How a pipeline of hop > 0 is known to feed the next one; a guess is told in the evidence. */
  linked: "stream" | "parameter" | "address" | "guess" | null;
  windows: KnownWindow[];
  /** Paths of those of its sinks that write this stream (a ladder writes several streams); null: all of them. */
  sinks: string[] | null;
  /** Of an earlier run with the same topology; null: there was none. */
  nominal: Nominal | null;
}

export interface StallCase {
  stall: KnownStall;
  pipelines: KnownPipeline[];
  /** When stalls of this stream were attributed to it before, by the service's clock: those windows are no baseline. */
  troubled: { fromMs: number; untilMs: number }[];
  /**
   * Was the segment that begins at E complete at least half a target duration before the stall, so that a player could
   * have had it? By the service's origin or a probe of the playlist; null: not known.
   */
  segmentWasReady: boolean | null;
  /** Present time by the service's clock. */
  nowMs: number;
  /** Since when windows could have come in without a break: after a start of the service some are late. undefined: always. */
  heardSinceMs?: number;
}

/** The judged fields of StallView, and the pipeline that the verdict is about (null: none), for the link to its profile. */
export type Judgement = Pick<
  StallView,
  "verdict" | "delivery" | "confidence" | "element" | "sentence" | "interval" | "ranking" | "evidence"
> & { pipeline: Pick<PipelineWindow, "stream_id" | "pipeline" | "service" | "host" | "run_id"> | null };
