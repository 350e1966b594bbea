// How are a verdict, a confidence, a wait and a rate said to a person?
// SPDX-License-Identifier: MPL-2.0
import type { Confidence, RankedElement, StallView, Verdict, WaitReason } from "@gst-pyroscope/contract/window";
import { durationText } from "./format.js";

/** A sign for the eye, and the word that says the same. */
export const verdictWords: Record<Verdict, [sign: string, word: string]> = {
  element: ["▲", "slow element"],
  host: ["■", "machine overloaded"],
  source: ["▽", "source too slow"],
  delivery: ["→", "delivery"],
  pipeline_down: ["✕", "pipeline down"],
  unknown: ["?", "cause not known"],
};

const deliveryWords = { network: "slow delivery to the viewer", player: "player did not keep up" };

export function verdictWord({ verdict, delivery }: { verdict: Verdict; delivery?: StallView["delivery"] }): string {
  return verdict === "delivery" && delivery ? deliveryWords[delivery] : verdictWords[verdict][1];
}

export const confidenceWords: Record<Confidence, [sign: string, text: string]> = {
  high: ["●●●", "high: the figures agree"],
  medium: ["●●○", "medium: probable, but another cause is possible"],
  low: ["●○○", "low: a hint, look at the evidence"],
};

const waits: Record<WaitReason, string> = {
  timer: "a timer",
  disk: "the disk",
  network: "the network",
  lock: "a lock",
  peer: "another thread",
  cpu_ready: "a free CPU",
  unknown: "not known what",
};

/** What an element's time went to: computing, or waiting for what. */
export function waitText({ blocked_on, cpu_share }: RankedElement): string {
  const share = cpu_share === null ? "" : `CPU ${percentText(cpu_share)}`;
  if (blocked_on === null) return share === "" ? "–" : share;
  return share === "" ? waits[blocked_on] : `${waits[blocked_on]}, ${share}`;
}

export const percentText = (share: number): string => `${Math.round(share * 100)}\u00a0%`;

/** Seconds of work per second of media; null: not known. */
export function workText(seconds: number | null): string {
  if (seconds === null) return "not known";
  return seconds > 0 && seconds < 0.005 ? "<0.01 s" : `${seconds.toFixed(2)} s`;
}

/** How long a picture stood still: to a tenth of a second, as long as that matters. */
export const stillText = (ms: number): string => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : durationText(ms));

export const ratioText = (ratio: number): string => ratio.toFixed(2);

/** Of a name in a sentence. */
const LONGEST_SAID = 80;

/** Names that may stand in what is said of a stall. */
export const namesIn = ({ element, ranking = [] }: Partial<Pick<StallView, "element" | "ranking">>): string[] =>
  [...(element ? [element] : []), ...ranking].flatMap(({ path, factory }) => {
    const { name } = elementName(path);
    return [name, name.slice(0, LONGEST_SAID), path, factory];
  });

/** An element is known by its path; its own name comes first, the way to it after. */
export function elementName(path: string): { name: string; within: string } {
  const cut = path.lastIndexOf("/");
  return { name: path.slice(cut + 1), within: path.slice(0, Math.max(0, cut)) };
}
