// How does a profile that was kept in memory become pprof again? By the names that it has; functions without a symbol have their address, too.
// SPDX-License-Identifier: MPL-2.0

import type { LabelName } from "../model/label-policy.js";
import { type Label, sanitizeLabels } from "../model/labels.js";
import type { RecordedProfiles, SampleOwner, StackFrame } from "../model/recorded-profiles.js";
import { PprofBuilder, type ProfileHead } from "./pprof-builder.js";

export function encodeRecorded({ stacks }: RecordedProfiles, head: ProfileHead): Uint8Array {
  const builder = new PprofBuilder(head);
  const locations = new Map<number, number>();
  const modules = new Map<string, number>();
  const locate = (index: number): number => {
    const known = locations.get(index);
    if (known !== undefined) return known;
    const location = addFrame(builder, stacks.frames[index] ?? { name: "[unknown]", module: "" }, modules);
    locations.set(index, location);
    return location;
  };
  const nothing = builder.labels([]);
  for (const sample of stacks.samples) {
    const leafFirst = sample.stack.map(locate).reverse();
    builder.sample(leafFirst, sample.ns, builder.labels(sanitizeLabels(labelsOf(sample))), nothing);
  }
  return builder.encode();
}

function addFrame(builder: PprofBuilder, frame: StackFrame, modules: Map<string, number>): number {
  const { name, module, origin, address = 0 } = frame;
  if (module === "" || module === "[unknown]") return builder.synthetic(name);
  // Without an address nothing can be looked up: no build-id, so that nobody tries.
  const { path, buildId } = frame.image ?? { path: module, buildId: "" };
  const key = `${buildId} ${path}`;
  const id = modules.get(key) ?? modules.size + 1;
  modules.set(key, id);
  const systemName = origin === undefined ? undefined : `${origin} ${name}`;
  const lines = [{ name, file: "", line: 0, systemName }];
  return builder.location(id, address, { lines, module: { path, buildId, size: 0 } });
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
