// What is known of one stall from the event that began it until its last judgement, and which events begin or end one?
// SPDX-License-Identifier: MPL-2.0
import type { StallView } from "@gst-pyroscope/contract/window";
import type { CheckedEvent, Meta } from "@gst-pyroscope/contract/wire";
import { number, type Player } from "./player.js";
import { PATIENCE_MS } from "./told.js";

export interface Stall {
  player: Player;
  /** Ingest number of the event that began it. */
  id: number;
  /** When the picture stopped, by our clock. */
  atMs: number;
  /** null: it goes on. */
  lastedMs: number | null;
  meta: Meta;
  /** What the player knew then; later loads are of later. */
  loads: Player["loads"];
  loadFailed: boolean;
  framesDropped: number | null;
  /** Judged at the latest then, with what is there. */
  dueMs: number;
  /** The judgement so far; null: none. */
  view: StallView | null;
  /** Its verdict is in the metric. */
  counted: boolean;
  /** Stream of the pipeline that it is about, which may feed the viewer's one. */
  judgedStream: string | null;
}

/** Failures and lost frames of this time before it belong to a stall. */
const EVIDENCE_MS = 10_000;

export const keyOf = ({ project, sessionId }: Pick<Player, "project" | "sessionId">): string =>
  `${project}\n${sessionId}`;

export function newStall(player: Player, id: number, atMs: number, meta: Meta | null, receivedMs: number): Stall {
  const failedMs = player.failedMs ?? Number.NEGATIVE_INFINITY;
  const dueMs = Math.max(receivedMs, atMs + PATIENCE_MS);
  return {
    ...{ player, id, atMs, lastedMs: null, meta: meta ?? {}, view: null, dueMs, judgedStream: null, counted: false },
    loads: toldLoads(meta ?? {}, player),
    loadFailed: atMs - failedMs <= EVIDENCE_MS,
    framesDropped: droppedBefore(player, atMs),
  };
}

/** Oldest first. An SDK tells its last three with the stall. */
function toldLoads(meta: Meta, player: Player): Player["loads"] {
  const told = ["_3", "_2", ""].flatMap((end) => {
    const ms = number(meta[`frag_load_ms${end}`]);
    return ms === null ? [] : [{ ms, mediaMs: player.mediaMs }];
  });
  return told.length > 0 ? told : player.loads;
}

function droppedBefore({ frames }: Player, atMs: number): number | null {
  const [before, last] = frames;
  if (before === undefined || last === undefined || atMs - before.atMs > 2 * EVIDENCE_MS) return null;
  return Math.max(0, last.dropped - before.dropped);
}

type Event = Pick<CheckedEvent, "name" | "meta">;

export const beginsStall = ({ name, meta }: Event): boolean =>
  name === "rebuffer_started" || (name === "playback_error" && meta?.fatal === true);

export const endsStall = ({ name, meta }: Event): boolean =>
  name === "rebuffer_ended" || name === "session_ended" || (name === "playback_error" && meta?.fatal === true);
