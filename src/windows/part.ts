// How does analysis read what the agent has in memory of one part of the time? Cells and owners of samples as a recording. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Booked } from "../analysis/elements.js";
import type { CellSnapshot } from "../model/batch.js";
import type { NamedSamples } from "../model/named-samples.js";
import type { RecordedProfiles } from "../model/recorded-profiles.js";
import type { RecordedTopology } from "../model/recording.js";

/** `samples`: null where none are wanted. */
export function partOf(
  topology: RecordedTopology,
  cells: readonly CellSnapshot[],
  samples: NamedSamples | null,
): Booked {
  const stacks = samples?.stacks ?? [];
  // What contains what is not asked for: without chains nobody looks.
  const all = stacks.map(({ owner, stack, ns }) => ({ ...owner, chain: [], stack, ns }));
  const profile = (some: typeof all): RecordedProfiles => ({
    stacks: { frames: samples?.frames ?? [], samples: some },
    ...{ totalNs: 0, rows: [] },
  });
  return {
    complete: false,
    topology,
    cells: [...cells],
    cpu: samples === null ? null : profile(all.filter(({ blockedOn }) => blockedOn === "")),
    wall: samples === null ? null : profile(all),
  };
}
