// Where does a test get a profile from? Made by the code under test, from samples whose sums the test knows.

import { type EncodedProfile, encodeProfiles } from "../../src/profile/pprof.js";
import { byElement, encode, Folding } from "./folding.js";

export const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

let lastMs = 0;

/** About now, and no other call's millisecond: servers keep one profile a series and instant. */
export function instant(): bigint {
  lastMs = Math.max(lastMs + 1, Date.now());
  return BigInt(lastMs) * 1_000_000n;
}

/** `nsByElement`: CPU time by element name; every element gets `stacks` different stacks that share it. */
export function profileOf(
  nsByElement: Record<string, number>,
  change: { timeNanos?: bigint; stacks?: number } = {},
): EncodedProfile {
  const { timeNanos = instant(), stacks = 1 } = change;
  const names = Object.keys(nsByElement);
  const folding = new Folding(byElement, { bytes: 1e9, labelSets: 1e4 });
  for (const [element, name] of names.entries()) {
    const weightNs = (nsByElement[name] ?? 0) / stacks;
    const rows = Array.from({ length: stacks }, (_, i) => ({
      element,
      weightNs,
      frames: [
        [2, i],
        [3, 7],
      ] as const,
    }));
    folding.add(rows.map((row) => ({ ...row, frames: [...row.frames] })));
  }
  const parts = encodeProfiles(folding.window.swap(), {
    encode,
    kind: "cpu",
    wait: String,
    timeNanos,
    durationNs: 10e9,
    sampleRate: 100,
    labels: (set) => [
      ["pipeline", "p0"],
      ["element", names[set] ?? "?"],
      ["factory", "identity"],
      ["thread", "src0:src"],
    ],
    name: (module, offset) => ({ name: `f${module}_${offset}`, named: true }),
    module: (id) => ({ path: `/usr/lib/lib${id}.so`, buildId: `ab${id}`, size: 4096 }),
  });
  if (parts.length !== 1 || parts[0] === undefined) throw new Error(`${parts.length} profiles instead of one`);
  return parts[0];
}
