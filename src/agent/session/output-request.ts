// What do the outputs of one target need to know of it?
// SPDX-License-Identifier: MPL-2.0

import type { Config } from "../../config/config.js";
import type { Log } from "../../log.js";
import type { CellSnapshot, SegmentState } from "../../model/batch.js";
import type { LabelSets } from "../../model/label-sets.js";
import type { Topology } from "../../model/topology.js";

export interface OutputsRequest {
  config: Config;
  topology: Topology;
  labels: LabelSets;
  log: Log;
  version: string;
  state: SegmentState;
  /** Nanoseconds of the target's threads by what they did, of all windows so far. */
  threads: Readonly<Record<string, number>>;
  /** The latest look at the segment, for the metrics. */
  observe: () => { cells: CellSnapshot[]; ended: CellSnapshot[]; state: SegmentState };
  /** These samples were delivered to the server, or given up and counted. */
  settled: (samples: number) => void;
}
