// Where do the samples and counts of one target go? What every destination can, and what it is opened with.
// SPDX-License-Identifier: MPL-2.0

import type { AgentSelf } from "../../metrics/catalog.js";
import type { CellSnapshot } from "../../model/batch.js";
import type { SegmentState } from "../../model/segment-state.js";
import type { Losses } from "./losses.js";
import type { SamplePath, WindowSlice } from "./sample-path.js";
import type { TargetParts } from "./target-request.js";

export interface Sink {
  /** A window whose names are known. */
  send?(slice: WindowSlice): Promise<void> | void;
  /** Cells as they were last, before they were given to others. */
  gone?(cells: readonly CellSnapshot[]): void;
  /** About once a second. */
  beat?(): void;
  /** The target is gone, and all that it left is taken; what is sent from now on is the last. */
  ended?(): void;
  /** Delivers what there is now, within `ms`. */
  flush(ms: number): Promise<unknown>;
  /** The same for the last time; what cannot be delivered within `ms` is given up and counted. */
  close(ms: number): Promise<unknown>;
}

/** What the segment said when it was last looked at. */
export type Observed = ReturnType<SamplePath["cells"]> & { state: SegmentState };

export interface SinksRequest {
  parts: TargetParts;
  path: SamplePath;
  losses: Losses;
  /** Looks again, unless what was counted was looked at so lately; what was seen last once the target is gone. */
  observe: (maxAgeMs?: number) => Observed;
  /** What was seen last. */
  seen: () => Observed;
  /** So many samples were delivered, or given up and counted. */
  acknowledge: (samples: number) => void;
}

/** What the metrics say of the agent, wherever they go. */
export type SelfFigures = () => AgentSelf;
