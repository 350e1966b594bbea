// What must be known to make a profile of a window, and how large may it become?
// SPDX-License-Identifier: MPL-2.0

import type { Label } from "../model/labels.js";
import type { FrameName } from "../model/symbol.js";
import type { ModuleInfo as ListedModule } from "../model/topology.js";
import type { NativeAddon } from "../native.js";

export type ModuleInfo = Pick<ListedModule, "path" | "buildId" | "size"> & Partial<Pick<ListedModule, "kind">>;

/** cpu: samples of threads that ran; wall: those, and of threads that were blocked. */
export type ProfileKind = "cpu" | "wall";

export interface ProfileRequest {
  /** The addon's. */
  encode: NativeAddon["encodePprof"];
  kind: ProfileKind;
  /** Unix time of the window's begin. Part n of a split window gets n milliseconds more, see PART_GAP_NS. */
  timeNanos: bigint;
  durationNs: number;
  /** Samples per second, of CPU time or of wall time. */
  sampleRate: number;
  /** Stacks with an inferred caller get a label, for a capture. */
  markInferred?: boolean;
  /** What a thread waits in, by Row.wait. */
  wait: (number: number) => string;
  /** What a label set of the window means. */
  labels: (labelSet: number) => Iterable<Label>;
  /** The resolver's answers. */
  name: (module: number, offset: number) => FrameName;
  module: (id: number) => ModuleInfo | undefined;
  /** Frames without a name travel as addresses, for a server that names them itself. */
  leaveUnnamed?: boolean;
  limits?: ProfileLimits;
}

/** Per profile, before compression. */
export interface ProfileLimits {
  bytes: number;
  samples: number;
}

/** Half of what a server takes by default: above 2 MiB it says "later" for ever, above 16 000 samples "no". */
export const profileLimits: ProfileLimits = { bytes: 1024 * 1024, samples: 8000 };
