// How are many objects that are nearly alike written shortly? By columns: a value that is always the same stands once.
// SPDX-License-Identifier: MPL-2.0

type Leaf = string | number | boolean | null | [] | Record<string, never>;
/** What one of the objects does not have. */
const ABSENT = "~";
/** No key of a window or of anything in it has one. */
const DOT = "\t";
/** Before the place of a member of an array. */
const PLACE = "#";

/** By the path of a value: the only value, or one for each object. */
export interface Columns {
  count: number;
  same: Record<string, Leaf>;
  each: Record<string, Leaf[]>;
}

export function toColumns(objects: object[]): Columns {
  const flat = objects.map((one) => flattened(one));
  const keys = new Set(flat.flatMap((one) => [...one.keys()]));
  const columns: Columns = { count: objects.length, same: {}, each: {} };
  for (const key of keys) {
    const values = flat.map((one) => (one.has(key) ? (one.get(key) as Leaf) : ABSENT));
    const isSame = values.every((value) => JSON.stringify(value) === JSON.stringify(values[0]));
    if (isSame) columns.same[key] = values[0] as Leaf;
    else columns.each[key] = values;
  }
  return columns;
}

export function fromColumns({ count, same, each }: Columns): unknown[] {
  const tree: Tree = { members: new Map() };
  for (const [key, value] of Object.entries(same)) leafOf(tree, key).at = () => value;
  for (const [key, values] of Object.entries(each)) leafOf(tree, key).at = (place) => values[place] as Leaf;
  return Array.from({ length: count }, (_, place) => grown(tree, place));
}

/** A value, members, or in some of the objects the one and in others the other. */
interface Tree {
  at?: (place: number) => Leaf;
  members: Map<string, Tree>;
}

function leafOf(tree: Tree, key: string): Tree {
  let at = tree;
  for (const part of key.split(DOT)) {
    const member: Tree = at.members.get(part) ?? { members: new Map() };
    at.members.set(part, member);
    at = member;
  }
  return at;
}

/** undefined: this object has nothing there. */
function grown({ at, members }: Tree, place: number): unknown {
  const leaf = at?.(place) ?? (at === undefined ? ABSENT : null);
  if (leaf !== ABSENT) return typeof leaf === "object" && leaf !== null ? structuredClone(leaf) : leaf;
  const array: unknown[] = [];
  const object: Record<string, unknown> = {};
  for (const [key, tree] of members) {
    const value = grown(tree, place);
    if (value === undefined) continue;
    if (key.startsWith(PLACE)) array[Number(key.slice(1))] = value;
    else object[key] = value;
  }
  if (array.length > 0) return array;
  return Object.keys(object).length > 0 ? object : undefined;
}

/** Members of arrays have their places as names, with a sign before them. */
function flattened(value: unknown, path: string[] = [], found = new Map<string, Leaf>()): Map<string, Leaf> {
  const isLeaf = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isLeaf) return found.set(path.join(DOT), value as Leaf);
  const mark = Array.isArray(value) ? PLACE : "";
  for (const [key, one] of Object.entries(value)) if (one !== undefined) flattened(one, [...path, mark + key], found);
  return found;
}
