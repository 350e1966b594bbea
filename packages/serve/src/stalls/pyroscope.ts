// Where did an element spend its CPU time, by the profiles that a Pyroscope has? Asked with a limit on time and size.
// SPDX-License-Identifier: MPL-2.0
import type { FlameGraph } from "@gst-pyroscope/contract/stall-views";

const PATIENCE_MS = 5000;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_NODES = 4096;

export interface Asked {
  selector: string;
  /** Whole milliseconds; of profiles that begin in this time. */
  fromMs: number;
  untilMs: number;
}

type Stacks = FlameGraph["stacks"];

/** null: it does not answer, or has none. `server`: its address, with the user in it where it needs one. */
export async function stacksFrom(server: string, asked: Asked, say: (problem: string) => void): Promise<Stacks | null> {
  const { url, headers } = requestOf(server, asked);
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" });
    if (!answer.ok) {
      await answer.body?.cancel();
      if (answer.status !== 404) say(`status ${answer.status}`);
      return null;
    }
    const stacks = stacksIn(JSON.parse(await boundedText(answer)));
    return stacks.length === 0 ? null : stacks;
  } catch (error) {
    say(reasonOf(error as Error));
    return null;
  }
}

function requestOf(server: string, { selector, fromMs, untilMs }: Asked) {
  const url = new URL(server);
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers: Record<string, string> =
    user === ":" ? {} : { Authorization: `Basic ${Buffer.from(user).toString("base64")}` };
  url.username = "";
  url.password = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/pyroscope/render`;
  url.search = new URLSearchParams({
    query: selector,
    from: String(fromMs),
    until: String(untilMs),
    format: "json",
    "max-nodes": String(MOST_NODES),
  }).toString();
  return { url, headers };
}

/** Not its message, which may quote the address. */
function reasonOf({ name, cause }: Error): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : name;
}

async function boundedText(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new RangeError("more than was asked for");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

interface Flamebearer {
  names: string[];
  /** Rows of a flame graph, each box four numbers: distance from the one before it, total, own, index of its name. */
  levels: number[][];
}

interface Box {
  from: number;
  until: number;
  own: number;
  frames: string[];
}

/** Empty: not what the render API answers, or nothing in it. Values are nanoseconds. */
export function stacksIn(json: unknown): Stacks {
  const { names, levels } = ((json as { flamebearer?: unknown } | null)?.flamebearer ?? {}) as Partial<Flamebearer>;
  if (!Array.isArray(names) || !Array.isArray(levels)) return [];
  const stacks: Stacks = [];
  let parents: Box[] = [{ from: 0, until: Number.POSITIVE_INFINITY, own: 0, frames: [] }];
  for (const [depth, level] of levels.entries()) {
    const boxes = Array.isArray(level) ? boxesIn(level, names, parents, depth) : [];
    for (const { own, frames } of boxes) if (own > 0 && frames.length > 0) stacks.push({ frames, ms: own / 1e6 });
    parents = boxes;
  }
  return stacks;
}

/** The first row is the sum of all, and no function. */
function boxesIn(level: number[], names: string[], parents: Box[], depth: number): Box[] {
  const boxes: Box[] = [];
  let at = 0;
  let parent = 0;
  for (let index = 0; index + 3 < level.length; index += 4) {
    const [distance = 0, total = 0, own = 0, name = 0] = level.slice(index, index + 4);
    at += distance;
    while (parent < parents.length - 1 && at >= (parents[parent]?.until ?? 0)) parent++;
    const frames = depth === 0 ? [] : [...(parents[parent]?.frames ?? []), String(names[name] ?? "?")];
    boxes.push({ from: at, until: at + total, own, frames });
    at += total;
  }
  return boxes;
}
