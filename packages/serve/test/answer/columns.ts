// How are many objects that are nearly alike written shortly? By columns: a value that is always the same stands once.
// SPDX-License-Identifier: MPL-2.0

type Leaf = string | number | boolean | null | [] | Record<string, never>;
/** What one of the objects does not have. */
const ABSENT = "~";
/** No key of a window or of anything in it has one. */
const DOT = "\t";

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
  const entries = [...Object.entries(same).map(([key, value]) => [key, () => value] as const), ...eachOf(each)];
  return Array.from({ length: count }, (_, place) =>
    grown(
      entries.map(([key, at]) => [key.split(DOT), at(place)] as [string[], Leaf]).filter(([, leaf]) => leaf !== ABSENT),
    ),
  );
}

const eachOf = (each: Columns["each"]) =>
  Object.entries(each).map(([key, values]) => [key, (place: number) => values[place] as Leaf] as const);

/** Members of arrays have their places as names, with a sign before them. */
function flattened(value: unknown, path: string[] = [], found = new Map<string, Leaf>()): Map<string, Leaf> {
  const isLeaf = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isLeaf) return found.set(path.join(DOT), value as Leaf);
  const mark = Array.isArray(value) ? "#" : "";
  for (const [key, one] of Object.entries(value)) if (one !== undefined) flattened(one, [...path, mark + key], found);
  return found;
}

function grown(leaves: [string[], Leaf][]): unknown {
  const [only] = leaves;
  if (only !== undefined && only[0].length === 0) return structuredClone(only[1]);
  const parts = new Map<string, [string[], Leaf][]>();
  for (const [[key = "", ...rest], leaf] of leaves) {
    const part = parts.get(key) ?? [];
    part.push([rest, leaf]);
    parts.set(key, part);
  }
  const members = [...parts].map(([key, part]) => [key, grown(part)] as const);
  if (!members.every(([key]) => key.startsWith("#"))) return Object.fromEntries(members);
  const places = members.map(([key, one]) => [Number(key.slice(1)), one] as const);
  return places.sort(([a], [b]) => a - b).map(([, one]) => one);
}
