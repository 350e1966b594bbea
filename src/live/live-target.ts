// What can be asked of a target while it runs? The interface that routes and commands work on; the agent implements it.
// SPDX-License-Identifier: MPL-2.0

import type { Recording } from "../model/recording.js";

/** A part of a recording's time: nanoseconds since its begin, as the windows have them. */
export interface LiveRange {
  fromNs: number;
  toNs: number;
}

/** "sums": without stacks and without what happened when. A summary of that is the same, and takes a part of the time. */
export type LiveDetail = "all" | "sums";

/** One window: about a second, or ten of them where they were merged. */
export interface StripEntry {
  /** Since the recording's begin. */
  atNs: number;
  durationNs: number;
  /** CPU time in samples. */
  cpuNs: number;
  /** Taken by functions of pads, all pads together. */
  buffers: number;
}

export interface TargetStatus {
  /** Number of the target in this agent, from 1. */
  id: number;
  pid: number;
  service: string;
  /** Redacted already. */
  command: string;
  /** Names of those that were seen so far. */
  pipelines: string[];
  /** ISO 8601: when its tracer began. */
  startTime: string;
  uptimeNs: number;
  state: "running" | "ended";
  /** Written by the target so far. */
  samples: number;
  /** By reason; only those that are not 0. */
  losses: Record<string, number>;
  settings: { enabled: boolean; sampleRate: number; wallRate: number; timing: string };
}

export interface SettingResult {
  name: string;
  /** What counts now, as a person would write it. */
  value: string;
  outcome: "changed" | "unchanged" | "refused";
  /** A sentence. */
  text: string;
}

export interface LiveTarget {
  /** Number of the target in this agent, from 1. */
  readonly id: number;
  /** As its status says; each request of each client asks for this alone. */
  readonly ended: boolean;
  status(): TargetStatus;
  /** Begins to keep windows where none were kept; kept until nobody wants them any more. Returns the release. */
  watch(): () => void;
  /** undefined: everything that is kept. Empty until the first window, about a second after watch(). */
  recording(range?: LiveRange, detail?: LiveDetail): Recording;
  /** One entry a window, oldest first. */
  strip(): StripEntry[];
  /** The last one of the strip. */
  newest(): StripEntry | undefined;
  /** Called after each new window (about once a second) and at the target's end. Returns the way to stop. */
  onWindow(listener: () => void): () => void;
  /** Changes settings of the running target: option name to text. */
  set(changes: Record<string, string>): SettingResult[];
  /** Writes what is kept as a capture; resolves to its directory. Rejects with a coded error. */
  save(range?: LiveRange): Promise<string>;
}

/** All targets of one agent that can be looked at, those that ended a while ago among them. */
export type LiveTargets = () => readonly LiveTarget[];
