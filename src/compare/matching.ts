// Which element of one recording is which of the other? By path, or as a person maps them. Pure.
// SPDX-License-Identifier: MPL-2.0

import { belowPipeline, pathParts } from "../analysis/paths.js";

/** A path, or what a person may call it: without its pipeline, or its name alone. All that are called so. */
export function named(paths: Iterable<string>, what: string): string[] {
  const all = [...paths];
  for (const nameOf of [same, belowPipeline, last]) {
    const found = all.filter((path) => nameOf(path) === what);
    if (found.length > 0) return found;
  }
  return [];
}

const same = (path: string): string => path;
const last = (path: string): string => pathParts(path).at(-1) ?? path;

export interface Matching {
  /** Path in the second recording, by path in the first. */
  pairs: ReadonlyMap<string, string>;
  onlyA: string[];
  onlyB: string[];
}

/** `maps`: "old=new". Throws a sentence where one of them names no element, or several. */
export function match(a: ReadonlySet<string>, b: ReadonlySet<string>, maps: readonly string[]): Matching {
  const pairs = new Map<string, string>();
  for (const map of maps) {
    const [old, as] = meant(a, b, map);
    const [from, to] = [one(a, old, map, "first"), one(b, as, map, "second")];
    if (pairs.has(from)) throw new Error(`--map ${map}: ${old} of the first recording is mapped already`);
    if ([...pairs.values()].includes(to))
      throw new Error(`--map ${map}: another element is mapped to ${as} of the second recording already`);
    pairs.set(from, to);
  }
  const taken = new Set(pairs.values());
  for (const path of a) if (!pairs.has(path) && b.has(path) && !taken.has(path)) pairs.set(path, path);
  const matched = new Set(pairs.values());
  return {
    pairs,
    onlyA: [...a].filter((path) => !pairs.has(path)),
    onlyB: [...b].filter((path) => !matched.has(path)),
  };
}

/** A name may have equals signs: where there are several, the one that parts two elements. */
function meant(a: ReadonlySet<string>, b: ReadonlySet<string>, map: string): [from: string, to: string] {
  const parts = map.split("=");
  const ways = parts
    .slice(1)
    .map((_, i): [string, string] => [parts.slice(0, i + 1).join("="), parts.slice(i + 1).join("=")]);
  const [way, ...others] =
    ways.length === 1 ? ways : ways.filter(([from, to]) => named(a, from).length > 0 && named(b, to).length > 0);
  if (way === undefined || way.includes("") || others.length > 0) throw new Error(`--map ${map}: old=new is meant`);
  return way;
}

function one(paths: ReadonlySet<string>, what: string, map: string, side: string): string {
  const [found, ...others] = named(paths, what);
  if (found === undefined) throw new Error(`--map ${map}: the ${side} recording has no element ${what}`);
  if (others.length > 0)
    throw new Error(
      `--map ${map}: the ${side} recording has several elements ${what}: ${[found, ...others].join(", ")}`,
    );
  return found;
}
