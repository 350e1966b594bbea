// What happens to samples, cells and spans between the segment and a sink? The one interface of the sample path.
//
// Windows, label sets, names, pprof, cells and the encoding of spans lie behind it, and nothing else of the session knows them: so
// it can be replaced whole, by one that does the same work in the addon. ProfileEncoder is the one that there is.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../../input/drain.js";
import type { PadLabels } from "../../metrics/series.js";
import type { CellSnapshot } from "../../model/batch.js";
import type { NamedSamples } from "../../model/named-samples.js";
import type { ModuleNames } from "../../model/recording.js";
import type { SpanRun } from "../../model/span-run.js";
import type { EncodedProfile } from "../../profile/pprof.js";
import type { Window, WindowDetail } from "../../profile/window.js";
import type { WorkerCounts } from "../../profile/workers.js";

export interface SamplePath {
  /** What a poll brought: samples go into the current window, cells into the counts. */
  take(tick: Tick): void;
  /** Ends the current window; the next one begins. */
  cut(rates: SampleRates): WindowSlice;
  /** Finds out whose samples and what frames these are, off the event loop; encode() knows it afterwards. Never rejects. */
  name(slice: WindowSlice): Promise<void>;
  encode(slice: WindowSlice, how: Encoding): EncodedProfile[];
  /** Cells as they were when they were last looked at, and by kind what those counted that ended. */
  cells(): { cells: CellSnapshot[]; ended: CellSnapshot[] };
  /** All that was ever counted, once. */
  allCells(): CellSnapshot[];
  /** What a metric calls a pad, by its directory id: the same as the profile does. */
  padLabels(pad: number): PadLabels;
  /** Modules of frames that were named so far. */
  modules(): ModuleNames[];
  readonly figures: PathFigures;
  /** Only where the tracer takes spans: without, nothing of it is loaded. */
  openSpans(): Promise<SpanPath>;
  /**
   * Only while somebody looks at the target: without, nothing of it is loaded, and no sample is taken twice. `fromBegin`: right
   * after the path was made, so that what came while the target was opened is in it. Each who looks has one of its own.
   */
  openLive(fromBegin: boolean): Promise<LivePath>;
  /** Nothing is named after it. */
  close(): void;
}

/** "owners": whose samples they are, and no stacks; takes a small part of the time. */
export type CutDetail = WindowDetail;

/** Another window beside that of the uploads. */
export interface LivePath {
  /** "stacks" at first. Where samples were taken since the last cut, stacks are there from the next one on. */
  wants(detail: CutDetail): void;
  /** Ends it, and the next one begins; resolves to its samples with their names; no frames where stacks are not wanted, or were not when it began. Never rejects. */
  cut(): Promise<NamedSamples>;
  close(): void;
}

export interface SpanPath {
  /** Takes at most so many spans out of the ring. */
  take(most: number, wantsLines: boolean): TakenSpans;
  /** Takes what is left in the ring without a look at it: how many spans it was. */
  discard(): number;
}

export interface TakenSpans {
  /** Encoded for OTLP; valid until the next ones are taken. */
  spans: SpanRun;
  /** One line of JSON each, for a person or a capture; "" when not wanted. */
  lines: string;
}

/** Samples a second: of threads that run, and of blocked ones. */
export interface SampleRates {
  sampleRate: number;
  wallRate: number;
}

/** The samples of one window. */
export interface WindowSlice extends SampleRates {
  window: Window;
  /** Unix time of the window's begin. */
  timeNanos: bigint;
  durationNs: number;
  /** Nanoseconds from the segment's beginning to the window's, on CLOCK_MONOTONIC. */
  atNs: number;
}

export interface Encoding {
  /** With the real path of each element, for a capture; a server gets what is the same in every run. */
  paths: boolean;
  /** Frames without a name are left to the server. */
  leaveUnnamed: boolean;
}

/** What the path counts of its own work, all windows so far together. */
export interface PathFigures {
  /** Nanoseconds of the target's threads by what they did. */
  threads: Readonly<Record<string, number>>;
  /** Values beyond the cap of a label, by label. */
  overflowed: Readonly<Record<string, number>>;
  workers: Readonly<WorkerCounts>;
}
