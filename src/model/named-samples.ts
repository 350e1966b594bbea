// What are the samples of one window once they have their names? Stacks with their owners and weights, and what was counted of them.
// SPDX-License-Identifier: MPL-2.0

import type { ProfileCounts, SampleOwner, StackFrame } from "./recorded-profiles.js";

export interface NamedStack {
  /** Shared by all stacks of the window that have the same. */
  owner: SampleOwner;
  /** Indexes into `frames`, from the thread's first frame to the leaf. */
  stack: number[];
  ns: number;
}

export interface NamedSamples {
  frames: readonly StackFrame[];
  stacks: readonly NamedStack[];
  /** Of samples whose thread ran, and of those that were blocked or ready. */
  running: ProfileCounts;
  blocked: ProfileCounts;
}
