// Which frames take more CPU time per buffer than before, and which less? One tree of both recordings. Pure.
// SPDX-License-Identifier: MPL-2.0

import { type FlameNode, flameTree, LOOP, type Place, WORKERS } from "../analysis/flame.js";
import { foldCallers } from "../analysis/fold-callers.js";
import { belowPipeline, elementPath, isDriver, isFactory, isWorker, pipelineOf } from "../analysis/paths.js";
import type { RecordedProfiles, StackSample } from "../model/recorded-profiles.js";

/** CPU profiles of one recording, or of several runs. */
export interface ChangedSide {
  profiles: readonly RecordedProfiles[];
  /** Of all of them: CPU nanoseconds that a sample stands for, and buffers at the sinks. */
  periodNs: number;
  buffers: number;
  /** Path in the second recording, by path in this one; undefined: as it is. */
  shown: ReadonlyMap<string, string>;
}

export interface ChangedNode {
  name: string;
  module: string;
  /** Nanoseconds per buffer at the sinks, of this frame and its callees. */
  before: number;
  after: number;
  /** Logarithm of after / before where samples are enough to tell, else 0. Of what only one has: as much as is drawn. */
  change: number;
  callers: readonly string[];
  children: ChangedNode[];
}

/** Deviations beyond which the time of a frame is another one: some hundred frames are looked at together. */
const SURE = 5;
/** The same where the element that it is in is known to have changed: the question is only where in it. */
const SURE_INSIDE = 2;
/** Between two runs of the same program it differs by so much, as a share. */
const BETWEEN = 0.03;
/** Pipeline, element and thread stand above the frames. */
const THREADS_AT = 3;
export const MOST_CHANGE = Math.log(2);

/** A node of both: `ns` is the sum, so that folding and pruning see either. */
interface Both extends FlameNode {
  sides: [number, number];
  children: Both[];
}

/** `known`: paths of elements whose CPU time changed beyond noise, as all their windows tell; "" = the whole process. */
export function changedTree(
  before: ChangedSide,
  after: ChangedSide,
  known: ReadonlySet<string>,
  most: number,
): ChangedNode {
  const places = new Places(known);
  const root = bothOf({ name: "all", module: "", element: -1 });
  [before, after].forEach((side, i) => {
    for (const profile of side.profiles) addTree(root, treeOf(profile, side, places), i, 1 / Math.max(1, side.buffers));
  });
  const sampled: [number, number] = [
    before.periodNs / Math.max(1, before.buffers),
    after.periodNs / Math.max(1, after.buffers),
  ];
  const folded = { ...root, children: root.children.map((child) => foldCallers(child, THREADS_AT - 1) as Both) };
  return changedOf(pruned(folded, limitOf(folded, most)), sampled, (node) => places.sure(node));
}

/** Elements are numbered, so that frames know theirs. */
class Places {
  readonly #known: ReadonlySet<string>;
  readonly #paths: string[] = [];

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  number(path: string): number {
    const at = this.#paths.indexOf(path);
    return at < 0 ? this.#paths.push(path) - 1 : at;
  }

  sure({ element }: Pick<FlameNode, "element">): number {
    return this.#known.has(this.#paths[element] ?? "") ? SURE_INSIDE : SURE;
  }
}

function treeOf(profile: RecordedProfiles, { shown }: ChangedSide, places: Places): FlameNode {
  const placeOf = ({ path }: StackSample): Place => {
    if (path === "") return { pipeline: "", name: "(outside of elements)", element: -1 };
    if (isFactory(path)) return { pipeline: "", name: `some ${path.slice("(factory:".length, -1)}`, element: -1 };
    const own = shown.get(elementPath(path)) ?? elementPath(path);
    const part = isDriver(path) ? LOOP : isWorker(path) ? WORKERS : undefined;
    const place = { pipeline: pipelineOf(own), name: belowPipeline(own) || own, element: places.number(own) };
    return part === undefined ? place : { ...place, part };
  };
  const frames = profile.stacks.frames.map((frame) => ({ ...frame, module: sameEachTime(frame.module) }));
  return flameTree(profile.stacks.samples, frames, placeOf);
}

/** Code that was made while the program ran lies in a file of another name each time. */
const sameEachTime = (module: string): string => (/^orcexec\./.test(module) ? "orcexec" : module);

const bothOf = ({ name, module, element }: Pick<FlameNode, "name" | "module" | "element">): Both => ({
  ...{ name, module, element, ns: 0, callers: [], children: [], sides: [0, 0] },
});

function addTree(into: Both, from: FlameNode, side: number, scale: number): void {
  const ns = from.ns * scale;
  into.ns += ns;
  into.sides[side === 0 ? 0 : 1] += ns;
  const known = new Map(into.children.map((child) => [keyOf(child), child]));
  for (const child of from.children) {
    let same = known.get(keyOf(child));
    if (same === undefined) {
      same = bothOf(child);
      into.children.push(same);
      known.set(keyOf(child), same);
    }
    addTree(same, child, side, scale);
  }
}

const keyOf = ({ name, module }: Pick<FlameNode, "name" | "module">): string => `${module}\0${name}`;

/** Nodes that are no larger are left out, so that at most `most` are left. */
function limitOf(root: Both, most: number): number {
  const sizes: number[] = [];
  const note = (node: Both): void => {
    sizes.push(node.ns);
    for (const child of node.children) note(child);
  };
  note(root);
  // Each that loses children has one more, which stands for them.
  return sizes.sort((a, b) => b - a)[Math.floor(most / 2)] ?? 0;
}

function pruned(node: Both, limit: number): Both {
  const kept = node.children.filter(({ ns }) => ns > limit);
  const gone = node.children.filter(({ ns }) => ns <= limit);
  const children = kept.map((child) => pruned(child, limit));
  if (gone.length > 0) {
    const other = bothOf({ name: `(other: ${gone.length} smaller)`, module: "", element: -1 });
    for (const { ns, sides } of gone) {
      other.ns += ns;
      other.sides[0] += sides[0];
      other.sides[1] += sides[1];
    }
    children.push(other);
  }
  return { ...node, children };
}

function changedOf(node: Both, sampled: readonly [number, number], sure: (node: Both) => number): ChangedNode {
  const { name, module, callers, sides, children } = node;
  const [before, after] = sides;
  return {
    ...{ name, module, callers, before, after, change: changeOf(before, after, sampled, sure(node)) },
    children: children.map((child) => changedOf(child, sampled, sure)),
  };
}

/** Samples come as often as chance lets them: the deviation of their number is its root. */
export function changeOf(
  before: number,
  after: number,
  [ofBefore, ofAfter]: readonly [number, number],
  sure: number,
): number {
  const mean = (before + after) / 2;
  const deviation = Math.sqrt(before * ofBefore + after * ofAfter + 2 * (BETWEEN * mean) ** 2);
  if (Math.abs(after - before) <= sure * deviation) return 0;
  if (before === 0 || after === 0) return before === 0 ? MOST_CHANGE : -MOST_CHANGE;
  return Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, Math.log(after / before)));
}

/** A function's own time, wherever it was called from. */
export interface Mover {
  name: string;
  module: string;
  before: number;
  after: number;
  change: number;
}

/** Functions whose own time changed beyond the noise of their samples, those that weigh most first. */
export function movers(before: ChangedSide, after: ChangedSide, most: number): Mover[] {
  const found = new Map<string, Mover>();
  [before, after].forEach((side, i) => {
    for (const { stacks } of side.profiles)
      for (const { stack, ns } of stacks.samples) {
        const leaf = stacks.frames[stack.at(-1) ?? -1];
        if (leaf === undefined) continue;
        const frame = { name: leaf.name, module: sameEachTime(leaf.module) };
        const known = found.get(keyOf(frame)) ?? {
          name: frame.name,
          module: frame.module,
          before: 0,
          after: 0,
          change: 0,
        };
        known[i === 0 ? "before" : "after"] += ns / Math.max(1, side.buffers);
        found.set(keyOf(frame), known);
      }
  });
  const sampled: [number, number] = [
    before.periodNs / Math.max(1, before.buffers),
    after.periodNs / Math.max(1, after.buffers),
  ];
  return [...found.values()]
    .map((one) => ({ ...one, change: changeOf(one.before, one.after, sampled, SURE) }))
    .filter(({ change }) => change !== 0)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, most);
}
