// What does a recording hold of its profiles? Stacks with their weights and owners, and what pprof has no place for.
// SPDX-License-Identifier: MPL-2.0

import type { NameOrigin } from "./symbol.js";

export interface StackFrame {
  name: string;
  /** File name of the module, or "". */
  module: string;
  /** What named it in the place of a symbol. */
  origin?: NameOrigin;
  /** In memory of an agent, of a function without a symbol: where it begins, so that it can get one later. */
  address?: number;
  /** Of one with an address: the module, which has a build-id. All frames of a module share it. */
  image?: { readonly path: string; readonly buildId: string };
}

/**
 * Equal frames have equal keys. Several functions may be called alike after a class or a role; a name of neither tells them
 * apart already.
 */
export function keyOfFrame({ name, module, origin, address }: StackFrame): string {
  if (address === undefined || origin === undefined) return `${origin ?? ""} ${module}\0${name}`;
  return `${origin}${address} ${module}\0${name}`;
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
