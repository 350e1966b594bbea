// What does the live page ask of the agent? Routes of its own origin; an answer that is none is an error with a sentence.
// SPDX-License-Identifier: MPL-2.0

import type { GraphLayout } from "../../graph/shape.js";
import type { PageData } from "../../page/page-data.js";
import type { LiveRange, StripEntry, TargetStatus } from "../live-target.js";

export interface AgentStatus {
  version: string;
  pid: number;
  targets: TargetStatus[];
}

/** What the page shows: the last seconds, again and again; all that is kept (null); or a range that stays. */
export type Shown = { lastS: number | null } | LiveRange;

export class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

/** An agent that is busy answers late; one that does not within this is as good as gone. */
const PATIENCE_MS = 15_000;

const unreached = "the agent does not answer any more. It ends with the process that it profiles.";

async function ask(path: string, method = "GET"): Promise<unknown> {
  const { ok, status, text } = await send(path, method).catch(() => Promise.reject(new Error(unreached)));
  if (!ok) throw new Refused(status, sentence(text));
  return status === 204 ? null : JSON.parse(text);
}

/** Rejects in the browser's own words. */
async function send(path: string, method: string): Promise<{ ok: boolean; status: number; text: string }> {
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const post = method === "POST" && { headers };
  const answer = await fetch(path, { method, credentials: "same-origin", signal, ...post });
  return { ok: answer.ok, status: answer.status, text: await answer.text() };
}

/** Of an error: plain text, or an object with one. */
function sentence(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: unknown }).error ?? text);
  } catch {
    return text.trim();
  }
}

/** To the nanosecond: a window's begin that was rounded down would bring in the window before. */
const seconds = (ns: number): string => (ns / 1e9).toFixed(9);

export function query(shown: Shown): string {
  if ("fromNs" in shown) return `from=${seconds(shown.fromNs)}&to=${seconds(shown.toNs)}`;
  return shown.lastS === null ? "" : `last=${shown.lastS}`;
}

export const askStatus = async (): Promise<AgentStatus> => (await ask("/api/status")) as AgentStatus;

export const askStrip = async (id: number): Promise<StripEntry[]> =>
  (await ask(`/api/targets/${id}/strip`)) as StripEntry[];

/** "table" leaves out the flame graphs; "due": nothing (null), the table or all, as often as the agent can afford it. */
export type Parts = "table" | "due" | "all";

/** `stacks`: where all comes, with those. */
export const askPage = async (id: number, shown: Shown, parts: Parts, stacks: boolean): Promise<PageData | null> =>
  (await ask(`/api/targets/${id}/page?${query(shown)}&parts=${parts}${stacks ? "&stacks=1" : ""}`)) as PageData | null;

/** null: the pipeline has changed since, or Graphviz could not do it. */
export async function askLayout(id: number, shown: Shown, key: string): Promise<GraphLayout | null> {
  const answer = (await ask(`/api/targets/${id}/layout?${query(shown)}&key=${encodeURIComponent(key)}`)) as {
    layout?: GraphLayout;
  };
  return answer.layout ?? null;
}

/** Writes what is shown as a capture. */
export const askCapture = async (id: number, shown: Shown): Promise<{ path: string }> =>
  (await ask(`/api/targets/${id}/capture?${query(shown)}`, "POST")) as { path: string };

export interface Events {
  window(entry: StripEntry): void;
  ended(): void;
  /** The agent does not answer any more. */
  lost(): void;
}

/** Hears of each new window of a target. Returns the way to stop. */
export function listen(id: number, events: Events): () => void {
  const source = new EventSource(`/api/targets/${id}/events`);
  source.addEventListener("window", ({ data }) => events.window(JSON.parse(data) as StripEntry));
  source.addEventListener("ended", () => {
    source.close(); // else the browser would connect again
    events.ended();
  });
  source.addEventListener("error", () => {
    source.close();
    events.lost();
  });
  return () => source.close();
}
