// How does the agent reach its native half? The only importer of the .node file; its types are the addon's contract.
// SPDX-License-Identifier: MPL-2.0

import { createRequire } from "node:module";
import { join } from "node:path";
import { CodedError } from "./errors.js";
import { nativeParts } from "./installation.js";
import type { CellLook, CellSnapshot, DirectoryEntry, SampleBatch } from "./model/batch.js";
import type { ControlChange, SegmentState } from "./model/segment-state.js";
import type { EncodedSpans, SpanFacts, SpanIntake } from "./model/spans.js";
import type { ModuleFacts, SymbolAnswer, SymbolQuery } from "./model/symbol.js";

/** Where a segment is: an inherited descriptor, or one of another process of the same user. */
export type SegmentSource = { fd: number } | { pid: number; fd: number };

/** One reader of one segment. Treats the segment as hostile; throws for wrong use only (ERR_SEGMENT_CLOSED, TypeError). */
export interface SegmentReader {
  /** True: the next drain should not wait. The target ends, asks for a flush or for room, or the ring is a quarter full. Cheap. */
  urgent(): boolean;
  /** Takes over at most `maxRecords` samples. */
  drain(maxRecords: number): SampleBatch;
  /** Was the segment made with room for spans? */
  hasSpans(): boolean;
  /** Takes over at most so many spans, oldest first, and holds them for encodeSpans(); those that it held before are gone. */
  takeSpans(maxSpans: number): SpanIntake;
  /** What the spans of a hop say of it, as attributes of a Span message; kept, until there are very many hops. */
  nameHop(pad: number, peer: number, kind: number, attributes: Uint8Array): void;
  /** The same of a thread, and its name as a text of JSON. */
  nameThread(thread: number, attributes: Uint8Array, json: string): void;
  /** Writes the spans that are held; what has no name is written without. */
  encodeSpans(facts: SpanFacts): EncodedSpans;
  /** Copies what encodeSpans() wrote to the begin of `into`, which has room for it. */
  copySpans(into: Uint8Array): void;
  /** Directory entries published since the last call. */
  directory(): DirectoryEntry[];
  /** All cells in use. */
  cells(): CellSnapshot[];
  /**
   * The same, what ended, and what ended since the last call; without `whole` only that. A cell in which nothing was counted since
   * the last whole look is the same object: nobody may change it.
   */
  look(whole: boolean): CellLook;
  /** A number for the names and cells that went in the target so far. */
  retired(): number;
  /**
   * Everything of the ring, the cells and the directory was taken since retired() gave that number: what went before may be
   * used again.
   */
  acknowledge(retired: number): void;
  /** The target is short of room and waits for that. */
  isReuseDue(): boolean;
  state(): SegmentState;
  /** Everything as Prometheus text (format 0.0.4), rendered natively: the same that the tracer's signals return. */
  exposition(): string;
  /** Tells the tracer, which has a log, why we do not listen on its port: an errno; 0 when we do. */
  endpoint(error: number): void;
  /** Hands words to the tracer's log (0 a warning, 1 information, 2 a detail); false: dropped and counted, there are too many. */
  tell(level: number, text: string): boolean;
  /** Says that we live: pid, version, time. About once a second. `shiftNs`: by how much the target's CLOCK_MONOTONIC is ahead. */
  heartbeat(shiftNs?: number): void;
  /** Counts samples as delivered or accounted for as dropped. */
  settle(samples: number): void;
  /** Answers flush request number `asked` (SegmentState.flushAsked). */
  flushed(asked: number): void;
  /**
   * Changes settings of the running target, which clamps them. Returns the number of the change: it is carried out as soon as
   * SegmentState.obeyed has come to it. What is not possible there is in SegmentState.cannot, and then has no effect.
   */
  control(change: ControlChange): number;
  /** The target should not start another agent: this one leaves on purpose. */
  detach(): void;
  close(): void;
}

/** Numbers of label sets by the ids of samples. Asks for the number of a combination once, as long as `version` is the same. */
export interface LabelIndex {
  /** The combinations in these records that have no number yet: element, thread, its number, length of the chain, the chain. */
  look(records: Uint8Array, version: number): Uint32Array;
  /** Their numbers, in that order; returns the label set of each record. */
  learn(numbers: Float64Array): Float64Array;
}

/** Adds equal samples up. Treats records as hostile. */
export interface NativeWindow {
  /** `sets`: the label set of each record. */
  add(records: Uint8Array, sets: Float64Array): void;
  /** Whether it keeps stacks: as wanted, or as before where it has samples already. Else those of samples without an owner only. */
  takesStacks(wanted: boolean): boolean;
  /** Estimated memory of what it has. */
  bytes(): number;
  /** What was added up; the next sample begins a new window. */
  swap(): WindowColumns;
}

/** One column per field, as long as there are rows or frames; see src/profile/window.ts. */
export interface WindowColumns {
  frameModule: Uint32Array;
  frameOffset: Float64Array;
  /** Stacks of all rows; row i has [stack[i], stack[i] + depth[i]). */
  stacks: Uint32Array;
  rows: {
    labelSet: Float64Array;
    span: BigUint64Array;
    wait: Int32Array;
    stack: Float64Array;
    depth: Uint32Array;
    folded: Uint8Array;
    truncated: Uint8Array;
    weightNs: Float64Array;
    samples: Float64Array;
    reachedRoot: Float64Array;
    inferred: Float64Array;
  };
  samples: number;
  totalNs: number;
  folded: number;
  refused: number;
}

/** Times in whole nanoseconds. */
export interface PprofHead {
  /** Rows of blocked threads as well, and the value is wall time; else CPU time. */
  wall: boolean;
  /** Unix time; part n of a profile has n times `partGapNs` more. */
  timeNanos: bigint;
  partGapNs: number;
  durationNs: number;
  periodNs: number;
  /** Rows with an inferred caller get a label. */
  markInferred: boolean;
  /** Of a part, unless it is a single row; before compression. */
  mostBytes: number;
  mostSamples: number;
}

/** Columns, one entry a row; the locations of row i end at locationEnd[i]. See native/profile/pprof-tables.h. */
export interface PprofRows {
  locations: Uint32Array;
  locationEnd: Uint32Array;
  labelSet: Uint32Array;
  span: BigUint64Array;
  wait: Int32Array;
  waitedIn: Uint32Array;
  weightNs: Float64Array;
  samples: Float64Array;
  reachedRoot: Float64Array;
  inferred: Float64Array;
}

/** What rows point to: texts by their numbers, modules, functions, lines, locations (from 1) and label sets. */
export interface PprofNames {
  /** Each once, "" first. */
  texts: string[];
  modulePath: Uint32Array;
  moduleBuildId: Uint32Array;
  moduleSize: Float64Array;
  functionName: Uint32Array;
  functionSystemName: Uint32Array;
  functionFile: Uint32Array;
  lineFunction: Uint32Array;
  lineNumber: Uint32Array;
  locationModule: Uint32Array;
  locationAddress: Float64Array;
  locationLineEnd: Uint32Array;
  locationNamedBy: Uint8Array;
  labelEnd: Uint32Array;
  labelKey: Uint32Array;
  labelText: Uint32Array;
}

export interface PprofPart {
  bytes: Uint8Array;
  timeNanos: bigint;
  samples: number;
  uniqueSamples: number;
  totalNs: number;
  reachedRoot: number;
  inferred: number;
  /** Of all samples, by what named them. */
  frames: Float64Array;
}

export interface NativeConstants {
  wireVersion: number;
  /** The oldest that is read. */
  oldestWireVersion: number;
  gridBoundsNs: number[];
  /** What a blocked thread waits in, by the sample's `systemCall`: "futex", "poll", "cpu" (it is ready and waits for one) … */
  waits: Record<string, string>;
}

export interface ProcessEnd {
  /** 0: it is gone by now. */
  pid: number;
  startTicks: number;
  ms: number;
  /** So much of `ms` has passed if it is gone already. */
  spentMs: number;
  /** Our exit code then, and what the error stream says if it can take it without waiting. */
  code: number;
  text: string;
}

export interface NativeAddon {
  /**
   * An inherited descriptor is taken over: closed by us, unless the segment is refused.
   * Throws an Error with code ERR_SEGMENT_VERSION | ERR_SEGMENT_UNSEALED | ERR_SEGMENT_SIZE | ERR_SEGMENT_OPEN |
   * ERR_SEGMENT_BUSY (it is read already, by another process or by this one).
   */
  attach(source: SegmentSource): SegmentReader;
  LabelIndex: new () => LabelIndex;
  SampleWindow: new (bytes: number, labelSets: number) => NativeWindow;
  /** One profile, in several parts where a server would refuse its size; none without rows. */
  encodePprof(head: PprofHead, rows: PprofRows, names: PprofNames): PprofPart[];
  /** Off the event loop. Never rejects for bad files: see SymbolAnswer.problem. */
  symbolize(query: SymbolQuery): Promise<SymbolAnswer>;
  /** What these files say of themselves; nothing where one cannot be read. Off the event loop. */
  inspect(paths: string[], root: string): Promise<ModuleFacts[]>;
  /**
   * Watches a process by pidfd and resolves when it is gone, zombies included.
   * Resolves at once if it is gone already or its start time (field 22 of its stat as we see it; 0 = any) differs.
   * Does not keep the event loop alive.
   */
  waitForExit(pid: number, startTicks: number): Promise<void>;
  /**
   * Ends this process once another one is gone for some time, whatever our event loop does; it cannot be taken back.
   * Returns whether the other one is gone already. Throws ERR_THREAD where the system has no thread left.
   */
  endAfter(end: ProcessEnd): boolean;
  /** For the life of the process: its threads share one heap, and what is large goes back to the system when it is freed. */
  limitHeaps(): void;
  /** Gives free heap back, and pages of files, which are read again where they are used: returns how many bytes of those. */
  releaseMemory(): number;
  constants: NativeConstants;
}

const require = createRequire(import.meta.url);

/** Throws ERR_NATIVE_MISSING when there is no addon, or none for this Node, and ERR_NATIVE_VERSION when it is another release's. */
export function loadNative({ addonFolder, problem } = nativeParts()): NativeAddon {
  if (problem !== undefined) throw new CodedError(problem.code, problem.text);
  try {
    return require(join(addonFolder, "pyroscope.node")) as NativeAddon;
  } catch (error) {
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new CodedError("ERR_NATIVE_MISSING", why, { cause: error });
  }
}
