// How does a profile that was kept in memory become pprof again? By the names that it has; functions without a symbol have their address, too.
// SPDX-License-Identifier: MPL-2.0

import type { LabelName } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";
import type { RecordedProfiles, SampleOwner, StackFrame } from "../model/recorded-profiles.js";
import type { PprofRows } from "../native.js";
import { byNothing, NameColumns } from "./name-columns.js";
import { joined, times } from "./pprof.js";
import type { ProfileRequest } from "./request.js";
import { ON_CPU } from "./window.js";

export type RecordedHead = Pick<ProfileRequest, "encode" | "kind" | "timeNanos" | "durationNs" | "sampleRate">;

/** A person saves it, no server limits it. */
const NO_LIMITS = { partGapNs: 0, mostBytes: Number.MAX_SAFE_INTEGER, mostSamples: 2 ** 32 - 1 };

export function encodeRecorded({ stacks }: RecordedProfiles, head: RecordedHead): Uint8Array {
  const { kind, timeNanos, durationNs, sampleRate } = head;
  const names = new NameColumns();
  const rows = rowsOf(stacks, names);
  const whole = {
    ...{ wall: kind === "wall", timeNanos, ...times(durationNs, sampleRate), markInferred: false },
    ...NO_LIMITS,
  };
  return head.encode(whole, rows, names.columns(byNothing))[0]?.bytes ?? new Uint8Array();
}

/** All are labels of the set that a sample has here, what it waited in among them. */
function rowsOf({ frames, samples }: RecordedProfiles["stacks"], names: NameColumns): PprofRows {
  const modules = new Map<string, number>();
  const locations = new Map<number, number>();
  const locate = (index: number): number => {
    const known = locations.get(index);
    if (known !== undefined) return known;
    const location = addFrame(names, frames[index] ?? { name: "[unknown]", module: "" }, modules);
    locations.set(index, location);
    return location;
  };
  const none = () => new Float64Array(samples.length);
  return {
    ...joined(samples.map(({ stack }) => stack.map(locate).reverse())),
    labelSet: Uint32Array.from(samples, (sample) => names.labelSet(sanitizeLabels(labelsOf(sample)))),
    span: new BigUint64Array(samples.length),
    wait: new Int32Array(samples.length).fill(ON_CPU),
    waitedIn: new Uint32Array(samples.length),
    weightNs: Float64Array.from(samples, ({ ns }) => ns),
    ...{ samples: none(), reachedRoot: none(), inferred: none() },
  };
}

function addFrame(names: NameColumns, frame: StackFrame, modules: Map<string, number>): number {
  const { name, module, origin, address = 0 } = frame;
  if (module === "" || module === "[unknown]") return names.synthetic(name);
  // Without an address nothing can be looked up: no build-id, so that nobody tries.
  const { path, buildId } = frame.image ?? { path: module, buildId: "" };
  const key = `${buildId} ${path}`;
  const id = modules.get(key) ?? modules.size + 1;
  modules.set(key, id);
  const systemName = origin === undefined ? undefined : `${origin} ${name}`;
  const lines = [{ name, file: "", line: 0, systemName }];
  return names.location(id, address, { lines, module: { path, buildId, size: 0 } });
}

function labelsOf(owner: SampleOwner): Label[] {
  const labels: (Label & readonly [LabelName, string])[] = [
    ["path", owner.path],
    ["pipeline", owner.pipeline],
    ["factory", owner.factory],
    ["thread_name", owner.thread],
    ["chain", owner.chain.join(" ")],
    ["blocked_on", owner.blockedOn],
    ["inferred", owner.inferred ? "1" : ""],
  ];
  return labels;
}
