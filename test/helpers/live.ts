// How does a test say what a second brought, or play a target that is looked at? Stacks as paths of names; all else is nothing.
// SPDX-License-Identifier: MPL-2.0

import type { LivePiece } from "../../src/live/live-recording.js";
import type {
  LiveDetail,
  LiveRange,
  LiveTarget,
  SettingResult,
  StripEntry,
  TargetStatus,
} from "../../src/live/live-target.js";
import type { NamedSamples } from "../../src/model/named-samples.js";
import { noCounts } from "../../src/model/profile-counts.js";
import type { ProfileCounts, SampleOwner, StackFrame } from "../../src/model/recorded-profiles.js";
import type { Recording, RecordingFacts } from "../../src/model/recording.js";
import { recordingOf } from "./recordings.js";

export const ownerOf = (path: string, change: Partial<SampleOwner> = {}): SampleOwner => ({
  ...{ path, pipeline: "p", factory: "x", thread: "t", blockedOn: "", inferred: false, chain: [] },
  ...change,
});

/** "main;work" is a stack, its first frame first. */
export interface Burned {
  owner: SampleOwner;
  stack: string;
  ns: number;
}

const counted = (samples: number): ProfileCounts => ({ ...noCounts(), samples, reachedRoot: samples });

export function samplesOf(burned: readonly Burned[]): NamedSamples {
  const frames: StackFrame[] = [];
  const numbers = new Map<string, number>();
  const number = (name: string): number => {
    const known = numbers.get(name) ?? frames.push({ name, module: "libx.so" }) - 1;
    numbers.set(name, known);
    return known;
  };
  const stacks = burned.map(({ owner, stack, ns }) => ({ owner, ns, stack: stack.split(";").map(number) }));
  const ran = burned.filter(({ owner }) => owner.blockedOn === "").length;
  return { frames, stacks, running: counted(ran), blocked: counted(burned.length - ran) };
}

/** The n-th second; facts are those of a target whose CPU is its time. */
export function secondOf(n: number, burned: readonly Burned[], change: Partial<LivePiece> = {}): LivePiece {
  return {
    ...{ atNs: n * 1e9, durationNs: 1e9, samples: samplesOf(burned), cells: [] },
    facts: factsAt(n + 1),
    ...change,
  };
}

/** After so many seconds. */
export function factsAt(seconds: number, losses: Record<string, number> = {}): RecordingFacts {
  const { facts } = recordingOf();
  const target = { ...facts.target, startTime: "2026-01-02T03:04:05.000Z", processCpuNs: seconds * 1e9 };
  return { ...facts, target, losses: { ring_full: 0, ...losses } };
}

export const noParts = { topology: () => recordingOf().topology, modules: () => [] };

/** Does what its test says. */
export class FakeLive implements LiveTarget {
  readonly id: number;
  windows: StripEntry[] = [];
  state: TargetStatus["state"] = "running";
  watching = 0;
  ranges: (LiveRange | undefined)[] = [];
  details: LiveDetail[] = [];
  asked: Record<string, string>[] = [];
  saved: () => Promise<string> = async () => "/captures/one";
  answer: Recording = recordingOf({ complete: false });
  readonly listeners = new Set<() => void>();

  constructor(id: number) {
    this.id = id;
  }

  status(): TargetStatus {
    return {
      ...{ id: this.id, pid: 4711, service: "svc", command: "gst-launch-1.0", pipelines: ["pipeline0"] },
      ...{ startTime: "2026-01-02T03:04:05.000Z", uptimeNs: 5e9, state: this.state, samples: 3, losses: {} },
      settings: { enabled: true, sampleRate: 100, wallRate: 20, timing: "wrap" },
    };
  }

  watch(): () => void {
    this.watching++;
    return () => void this.watching--;
  }

  recording(range?: LiveRange, detail: LiveDetail = "all"): Recording {
    this.ranges.push(range);
    this.details.push(detail);
    return this.answer;
  }

  get ended(): boolean {
    return this.state === "ended";
  }

  strip = (): StripEntry[] => this.windows;
  newest = (): StripEntry | undefined => this.strip().at(-1);

  onWindow(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  set(changes: Record<string, string>): SettingResult[] {
    this.asked.push(changes);
    return Object.entries(changes).map(([name, value]) => ({
      name,
      value,
      outcome: "changed",
      text: `${name}: ${value}`,
    }));
  }

  save = (): Promise<string> => this.saved();

  /** One more second. */
  second(): void {
    const atNs = this.windows.length * 1e9;
    this.windows = [...this.windows, { atNs, durationNs: 1e9, cpuNs: 5e8, buffers: 30 }];
    for (const listener of this.listeners) listener();
  }

  end(): void {
    this.state = "ended";
    for (const listener of this.listeners) listener();
  }
}
