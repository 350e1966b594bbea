// What does a recording hold of its profiles? Stacks with their weights and owners, and what pprof has no place for.
// SPDX-License-Identifier: MPL-2.0

import type { NameOrigin } from "./symbol.js";

/** Code of a module that has a build-id: what a symbol can be found by later. */
export interface FrameCode {
  path: string;
  buildId: string;
  address: number;
}

export interface StackFrame {
  name: string;
  /** File name of the module, or "". */
  module: string;
  /** What named it in the place of a symbol. */
  origin?: NameOrigin;
  /** Of a function without a symbol, in memory of an agent: where it begins. */
  code?: FrameCode;
}

/** Equal frames have equal keys: two functions may be called alike, after a class or a role. */
export function keyOfFrame({ name, module, origin, code }: StackFrame): string {
  const place = code === undefined ? "" : `\0${code.buildId} ${code.address}`;
  return `${origin ?? ""} ${module}\0${name}${place}`;
}

/** Whose time it is. */
export interface SampleOwner {
  /** Real path of the element, or "" when the sample fell outside of all. */
  path: string;
  pipeline: string;
  factory: string;
  thread: string;
  /** System call, or "cpu" while it was ready; "" = the thread ran. */
  blockedOn: string;
  /** A caller of generated code or assembly was searched for. */
  inferred: boolean;
  /** Topology's ids of all elements that it fell into, innermost first, the driver of its thread last. */
  chain: number[];
}

export interface StackSample extends SampleOwner {
  ns: number;
  /** Indexes into `frames`, from the thread's first frame to the leaf. */
  readonly stack: number[];
}

/** What its maker knew of one profile; pprof has no place for it. Counts of samples, and of frames in all of them. */
export interface ProfileCounts {
  samples: number;
  reachedRoot: number;
  inferred: number;
  frames: number;
  /** By symbols. */
  framesNamed: number;
  /** Without a symbol, named after a class or a pad, and after what they were seen to do; 0 in older captures. */
  framesByType: number;
  framesByRole: number;
}

/** All profiles of one kind together. */
export interface RecordedProfiles {
  stacks: { readonly frames: readonly StackFrame[]; readonly samples: readonly StackSample[] };
  totalNs: number;
  rows: readonly ProfileCounts[];
}
