// How does a test play a target without a segment in the addon? A segment in memory, which notes what its reader does, and is closed once.

import { Services } from "../../src/agent/services.js";
import type { AttachedSegment, TargetRequest } from "../../src/agent/session/target-request.js";
import { createLog } from "../../src/log.js";
import type { CellSnapshot, DirectoryEntry } from "../../src/model/batch.js";
import type { ControlChange, SegmentState } from "../../src/model/segment-state.js";
import { loadNative, type NativeAddon, type NativeConstants, type SegmentReader } from "../../src/native.js";
import { batchOf, type SampleRow } from "./batches.js";
import { stateOf } from "./cells.js";

/** By the number of a sample's `systemCall`. */
export const waits = { "-2": "cpu", 7: "poll", 202: "futex" };

export class FakeSegment implements SegmentReader {
  said: SegmentState;
  samples: SampleRow[] = [];
  /** How many wait; null: the segment was made without room for spans. */
  spans: number | null = null;
  entries: DirectoryEntry[] = [];
  hops: CellSnapshot[] = [];
  /** Of one drain; the rest waits for the next one. */
  mostSamples = Number.POSITIVE_INFINITY;
  /** Calls that change something, in their order. */
  readonly did: string[] = [];
  settled = 0;
  /** At all that was counted. */
  looks = 0;
  /** Calls after it was closed. */
  misused = 0;
  #closed = false;

  constructor(change: Partial<SegmentState> = {}) {
    this.said = stateOf({ pid: process.pid, ...change });
  }

  urgent = () => this.#open(false);
  drain = (most: number) => {
    this.#open(0);
    const batch = batchOf(this.samples.splice(0, Math.min(most, this.mostSamples)));
    return { ...batch, drained: this.samples.length === 0 };
  };
  hasSpans = () => this.#open(this.spans !== null);
  takeSpans = (most: number) => {
    const count = this.#open(Math.min(most, this.spans ?? 0));
    this.spans = this.spans === null ? null : this.spans - count;
    return { count, hops: new Uint32Array(), threads: new Uint32Array() };
  };
  nameHop = () => this.#open(undefined);
  nameThread = () => this.#open(undefined);
  copySpans = () => this.#open(undefined);
  encodeSpans = () => this.#open({ ends: new Uint32Array(), lines: "" });
  directory = () => this.#open(this.entries.splice(0));
  cells = () => this.#open(this.hops);
  look = (whole: boolean) => {
    if (whole) this.looks++;
    return this.#open({ cells: whole ? this.hops : null, ended: whole ? [] : null, gone: [] });
  };
  retired = () => this.#open(1);
  acknowledge = (retired: number) => void this.#open(retired);
  isReuseDue = () => this.#open(false);
  state = () => this.#open(this.said);
  exposition = () => this.#open("gst_x 1\n");
  endpoint = (error: number) => this.#did(`endpoint ${error}`);
  tell = (level: number, text: string) => {
    this.#did(`tell ${level} ${text}`);
    return true;
  };
  heartbeat = (shiftNs?: number) => this.#did(`heartbeat ${shiftNs}`);
  settle = (samples: number) => {
    this.settled += this.#open(samples);
  };
  flushed = (asked: number) => this.#did(`flushed ${asked}`);
  control = (change: ControlChange) => {
    this.#did(`control ${JSON.stringify(change)}`);
    return 1;
  };
  detach = () => this.#did("detach");
  close = () => {
    this.#did("close");
    this.#closed = true;
  };

  #did(what: string): void {
    this.#open(what);
    this.did.push(what);
  }

  /** As the addon: code that uses what is closed has a mistake in it. */
  #open<T>(answer: T): T {
    if (!this.#closed) return answer;
    this.misused++;
    throw Object.assign(new Error("the segment is closed"), { code: "ERR_SEGMENT_CLOSED" });
  }
}

/** Names every address "name@<hex>". */
export function fakeNative(change: Partial<NativeAddon> = {}): NativeAddon {
  const none = (count: number) => new Float64Array(count).fill(-1);
  return {
    attach: () => new FakeSegment(),
    // Samples are folded by the addon itself.
    LabelIndex: loadNative().LabelIndex,
    SampleWindow: loadNative().SampleWindow,
    encodePprof: loadNative().encodePprof,
    symbolize: async ({ offsets }) => ({
      names: Array.from(offsets, (offset) => `name@${offset.toString(16)}`),
      starts: none(offsets.length),
      inFunction: new Uint8Array(offsets.length),
      lineCounts: new Uint8Array(offsets.length),
      ...{ lines: new Uint32Array(), texts: [], problem: "", source: ".symtab", hasLines: false },
    }),
    inspect: async (paths) => paths.map(() => ({ buildId: "", needed: [], hasFrames: true })),
    waitForExit: () => new Promise(() => {}),
    endAfter: () => false,
    limitHeaps: () => {},
    releaseMemory: () => 0,
    constants: { waits } as Partial<NativeConstants> as NativeConstants,
    ...change,
  };
}

/** What serves that segment; nothing of this process's environment counts, nothing is sent. */
export function requestFor(
  reader: FakeSegment,
  flags: TargetRequest["layers"]["flags"] = {},
  change: Partial<TargetRequest> & { lines?: string[] } = {},
): TargetRequest {
  const { lines = [], ...rest } = change;
  const native = fakeNative();
  const owner = process.geteuid?.() ?? 0;
  const segment: AttachedSegment = { reader, inode: null, owner, shiftNs: 0n, startTicks: reader.said.startTicks };
  return {
    ...{ native, segment, services: new Services(native, "one"), version: "0.0.0" },
    layers: { flags: { "server-url": "none", "otlp-endpoint": "none", ...flags }, environment: { HOME: "/nowhere" } },
    log: () => createLog("warn", (line) => lines.push(line.replace("gst-pyroscope: ", ""))),
    report: async () => null,
    ...rest,
  };
}
