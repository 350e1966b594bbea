// What is a target served with? The segment and what its caller wants, and the parts that are open while it is served.
// SPDX-License-Identifier: MPL-2.0

import type { SegmentPresence } from "../../attach/presence.js";
import type { CaptureWriter } from "../../capture/writer.js";
import type { Config, Layers, Setting } from "../../config/configuration.js";
import type { Reporting } from "../../delivery/server-state.js";
import type { SegmentInput, Tick } from "../../input/drain.js";
import type { Log } from "../../log.js";
import type { Topology } from "../../model/topology.js";
import type { NativeAddon, SegmentReader } from "../../native.js";
import type { Services } from "../services.js";
import type { TargetClock } from "./target-clock.js";

/** A segment that is mapped: it can be read to its end, whatever becomes of the process it was found in. */
export interface AttachedSegment {
  reader: SegmentReader;
  inode: number | null;
  /** The user whose it is. */
  owner: number | null;
  /** By how much its maker's CLOCK_MONOTONIC is ahead of ours. */
  shiftNs: bigint;
  /** Of its maker, as we see it in /proc. */
  startTicks: number;
}

export interface TargetRequest {
  native: NativeAddon;
  /** Outlives the target: others of this process use the same. */
  services: Services;
  segment: AttachedSegment;
  /** The command line named its pid: we did not start it, and it did not start us. */
  pointedAt?: boolean;
  /** Of the target as we see it, where that is known; it may live in another pid namespace. */
  pid?: number | undefined;
  /** So long ago did the target end when it was found; nothing where it lived. */
  late?: number;
  /** Resolves to its exit code once it has ended, 128 + n after a signal; undefined: it is no child of ours. */
  exit?: Promise<number>;
  /** Told when the shutdown begins. */
  ending?: (lateMs: number) => void;
  layers: Layers;
  log: (config: Config) => Log;
  /** The output of this process is not read: the tracer repeats it in its log. */
  tells?: boolean;
  version: string;
  /** Where the capture goes; else what the configuration says. */
  captureDir?: string | undefined;
  /** The n-th process that captures to this directory. */
  process?: number | undefined;
  /** An older capture in `captureDir` may go; in a directory that the configuration names it always may. */
  replace?: boolean | undefined;
  /** Writes the report beside a finished capture, at `place`: the same folder by another name; its path, null if it could not. */
  report: (dir: string, place: string) => Promise<string | null>;
}

export interface TargetParts {
  request: TargetRequest;
  reader: SegmentReader;
  /** Of the target as this process sees it; in another pid namespace it has another one for itself. */
  pid: number;
  presence: SegmentPresence;
  clock: TargetClock;
  input: SegmentInput;
  topology: Topology;
  config: Config;
  /** Where each value came from. */
  settings: Setting[];
  log: Log;
  /** Those that something is delivered to. */
  servers: Reporting;
  capture: CaptureWriter | null;
  first: Tick;
}
