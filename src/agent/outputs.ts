// Where do profiles and metrics go besides the capture, and what was lost on the way?
// SPDX-License-Identifier: MPL-2.0

import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { CellSnapshot, SegmentState } from "../model/batch.js";
import type { LabelSets } from "../model/label-sets.js";
import type { Topology } from "../model/topology.js";
import { PyroscopeOutput } from "../output/pyroscope.js";
import type { EncodedProfile } from "../profile/pprof.js";

export interface OutputsRequest {
  config: Config;
  topology: Topology;
  labels: LabelSets;
  log: Log;
  version: string;
  state: SegmentState;
  /** The latest look at the segment, for the metrics. */
  observe: () => { cells: CellSnapshot[]; state: SegmentState };
  /** These samples were delivered to the server, or given up and counted. */
  settled: (samples: number) => void;
}

export interface Outputs {
  readonly wantsProfiles: boolean;
  send(profiles: EncodedProfile[]): void;
  /** Something was lost before it came here. */
  lost(reason: string, n: number): void;
  losses(): Record<string, number>;
  flush(ms: number): Promise<void>;
  close(ms: number): Promise<void>;
}
