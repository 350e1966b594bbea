// Which call stacks of some elements took most CPU time in a window? As many of the heaviest as the size permits. Pure.
// SPDX-License-Identifier: MPL-2.0

import { elementPath } from "../analysis/paths.js";
import { wellFormed } from "../model/labels.js";
import type { NamedSamples } from "../model/named-samples.js";
import { msOf } from "./element-windows.js";
import { shownPath } from "./identity.js";
import { type WindowStack, windowLimits } from "./pipeline-window.js";

/** `paths`: of elements, as windows name them. */
export function heaviestStacks({ frames, stacks }: NamedSamples, paths: ReadonlySet<string>): WindowStack[] {
  const found = new Map<string, WindowStack & { ns: number }>();
  for (const { owner, stack, ns } of stacks) {
    const path = shownPath(elementPath(owner.path));
    if (owner.blockedOn !== "" || stack.length === 0 || !paths.has(path)) continue;
    const key = `${path}\0${stack.join(" ")}`;
    const known = found.get(key);
    if (known !== undefined) known.ns += ns;
    else found.set(key, { path, frames: namesOf(stack, frames), ns, ms: 0 });
  }
  const heaviest = [...found.values()].sort((a, b) => b.ns - a.ns).slice(0, windowLimits.stacks);
  return withinSize(heaviest.map(({ ns, ...stack }) => ({ ...stack, ms: msOf(ns) })));
}

/** The leaf is what is looked for: of a stack that is too deep the outermost frames go. */
function namesOf(stack: readonly number[], frames: NamedSamples["frames"]): string[] {
  return stack.slice(-windowLimits.frames).map((id) => wellFormed(frames[id]?.name ?? "", windowLimits.name));
}

function withinSize(stacks: WindowStack[]): WindowStack[] {
  let bytes = 2;
  return stacks.filter((stack) => {
    const more = Buffer.byteLength(JSON.stringify(stack)) + 1;
    if (bytes + more > windowLimits.stackBytes) return false;
    bytes += more;
    return true;
  });
}
