// Was a stream published in real time? From the windows of its pipelines. Pure.
// SPDX-License-Identifier: MPL-2.0

export const LEAST_PUBLISHED = 0.95;
/** Segments leave a pipeline whole, two seconds at once: in a part of a minute one may be missing that comes in the next. */
const LEAST_OF_A_PART = 0.85;
const PARTS = 3;

/** Seconds of media per second, of the sink that publishes least; null: nothing is known. */
export function publishedIn(windows) {
  const sums = new Map();
  for (const { run_id, sinks, from, to } of windows) {
    for (const { path, media_ms } of sinks) {
      if (media_ms === null) continue;
      const key = `${run_id} ${path}`;
      const { media, wall } = sums.get(key) ?? { media: 0, wall: 0 };
      sums.set(key, { media: media + media_ms, wall: wall + Date.parse(to) - Date.parse(from) });
    }
  }
  const ratios = [...sums.values()].filter(({ wall }) => wall > 0).map(({ media, wall }) => media / wall);
  return ratios.length === 0 ? null : Math.min(...ratios);
}

/** All of that time, with windows from its begin to its end, and no third of it much less than the rest. */
export function isHealthyTime(windows, fromMs, untilMs) {
  const inside = windows.filter(({ from }) => Date.parse(from) >= fromMs && Date.parse(from) < untilMs);
  if (inside.some(({ state }) => state !== "playing")) return false;
  if ((publishedIn(inside) ?? 0) < LEAST_PUBLISHED) return false;
  const length = (untilMs - fromMs) / PARTS;
  return Array.from({ length: PARTS }, (_, part) => fromMs + part * length).every((begin) => {
    const part = inside.filter(({ from }) => Date.parse(from) >= begin && Date.parse(from) < begin + length);
    return (publishedIn(part) ?? 0) >= LEAST_OF_A_PART;
  });
}
