// What did an element do in some seconds: call stacks from Pyroscope, else those that the agent sent with its windows, else none?
// SPDX-License-Identifier: MPL-2.0
import type { FlameGraph } from "@gst-pyroscope/contract/stall-views";
import type { StallStore, WindowRow } from "../store/stall-port.js";
import type { Log } from "../telemetry/log.js";
import { isUnique, selectorOf } from "./profile-labels.js";
import { profileRange } from "./profile-link.js";
import { stacksFrom } from "./pyroscope.js";

export interface FlameParts {
  store: Pick<StallStore, "windows">;
  /** Address of Pyroscope; "": none. */
  pyroscope: string;
  log: Log;
}

export interface FlameRequest {
  project: string;
  streamId: string;
  fromMs: number;
  untilMs: number;
  /** null: the whole pipeline. */
  element: string | null;
}

const MOST_WINDOWS = 900;
const MOST_STACKS = 2000;
const MOST_SELECTORS = 4;
/** Stacks are asked for when a stall is known, and come with the windows after it. */
const LATER_MS = 40_000;
const NONE: FlameGraph = { source: "none", unit: "ms", stacks: [] };

export async function flameGraph(asked: FlameRequest, { store, pyroscope, log }: FlameParts): Promise<FlameGraph> {
  const { project, streamId, fromMs, untilMs, element } = asked;
  const rows = await store.windows(project, streamId, { fromMs, untilMs: untilMs + LATER_MS, limit: MOST_WINDOWS });
  for (const selector of pyroscope === "" ? [] : selectorsOf(rows, element)) {
    const say = (problem: string): void => log.warn("Pyroscope gave no profile", { problem });
    const stacks = await stacksFrom(pyroscope, { selector, ...profileRange(fromMs, untilMs) }, say);
    if (stacks !== null) return { source: "pyroscope", unit: "ms", stacks: heaviest(stacks) };
  }
  const inside = stacksOf(
    rows.filter((row) => row.fromMs < untilMs),
    element,
  );
  const stacks = inside.length > 0 ? inside : stacksOf(rows, element);
  return stacks.length === 0 ? NONE : { source: "agent", unit: "ms", stacks: heaviest(stacks) };
}

/** Of the processes that have such an element, and whose profiles tell it from all others. */
function selectorsOf(rows: readonly WindowRow[], path: string | null): string[] {
  const selectors = rows.flatMap(({ window: { service, elements } }) => {
    if (path === null) return [selectorOf(service, null)];
    const element = elements.find((one) => one.path === path);
    return element !== undefined && isUnique(element, elements) ? [selectorOf(service, element)] : [];
  });
  return [...new Set(selectors)].slice(0, MOST_SELECTORS);
}

/** Equal ones added up. */
function stacksOf(rows: readonly WindowRow[], element: string | null): FlameGraph["stacks"] {
  const sums = new Map<string, { frames: string[]; ms: number }>();
  for (const { window } of rows)
    for (const { path, frames, ms } of window.stacks ?? []) {
      if (element !== null && path !== element) continue;
      const key = frames.join("\n");
      const sum = sums.get(key);
      if (sum) sum.ms += ms;
      else sums.set(key, { frames, ms });
    }
  return [...sums.values()];
}

const heaviest = (stacks: FlameGraph["stacks"]): FlameGraph["stacks"] =>
  stacks.toSorted((a, b) => b.ms - a.ms).slice(0, MOST_STACKS);
