// Which trials are left to be run, and in which order? From the committed seeds, what was asked for, and what has a result. Pure.
// SPDX-License-Identifier: MPL-2.0

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled(items, seed) {
  const next = random(seed);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** "2/5" → the second of five parts; each has a like share of everything, as the seeds are in no order. */
export function readPart(text) {
  const [, part, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? [];
  return part !== undefined && Number(part) >= 1 && Number(part) <= Number(of)
    ? { part: Number(part), of: Number(of) }
    : null;
}

/**
 * The trials of this run, those that are done among them. `only`: a part of the id; `without`: parts of ids, with commas between;
 * `limit`: at most so many.
 */
export function chosen(
  trials,
  { load = 0, part = { part: 1, of: 1 }, only = "", without = "", limit = Number.POSITIVE_INFINITY } = {},
) {
  const left = without.split(",").filter((text) => text !== "");
  return trials
    .filter((trial) => trial.load === load && trial.id.includes(only))
    .filter(({ id }) => !left.some((text) => id.includes(text)))
    .filter((_, index) => index % part.of === part.part - 1)
    .slice(0, limit);
}

const environments = ["pipeline", "variant", "viewers", "agent_clock", "player_clock"];
const environmentOf = (trial) => environments.map((key) => trial[key] ?? "").join(" ");

/** What has no result yet, by what the lab and its viewers must be like: these start once for each. A wrong trial stays wrong. */
export function left(trials, results) {
  const done = new Set(results.map(({ id }) => id));
  const groups = new Map();
  for (const trial of trials) {
    if (done.has(trial.id)) continue;
    const key = environmentOf(trial);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()];
}
