// Which stalls were going on, and which were not judged yet, when the service ended, and how long had viewers waited for a first picture?
// SPDX-License-Identifier: MPL-2.0
import type { EventRow, SessionStore } from "../store/port.js";
import { number, Player } from "./player.js";
import type { Players } from "./players.js";
import { newStall, type Stall } from "./stall.js";
import type { Started } from "./startups.js";

/** What happened longer ago is not judged any more: its windows may be gone. */
const JUDGED_MS = 120_000;
/** A player names its manifest at its beginning. */
const FIRST_EVENTS = 50;

type Store = Pick<SessionStore, "stalls" | "session" | "events">;

export interface Resumed {
  open: Stall[];
  unjudged: { player: Player; event: EventRow }[];
  started: Started[];
}

export async function resumed(store: Store, players: Players, nowMs: number): Promise<Resumed> {
  const open: Stall[] = [];
  for (const { project, id, atMs, view } of await store.stalls.openStalls()) {
    const player = await known(players.of(project, view.stall.session_id), store);
    player.streamId ??= view.stall.stream_id;
    open.push({ ...newStall(player, id, atMs, null, nowMs), view, counted: true });
  }
  const unjudged: Resumed["unjudged"] = [];
  const asked = new Set<Player>();
  for (const event of await allUnjudged(store, nowMs - JUDGED_MS)) {
    const player = players.of(event.projectId, event.sessionId);
    if (!asked.has(player)) await known(player, store);
    asked.add(player);
    unjudged.push({ player, event });
  }
  return { open, unjudged, started: await startedBefore(store, nowMs - JUDGED_MS) };
}

/** Sessions whose stream only their first events tell are read one by one. */
const MOST_READ = 300;

async function startedBefore(store: Store, beforeMs: number): Promise<Started[]> {
  const started: Started[] = [];
  const all = await store.stalls.startups(beforeMs);
  const silent = all.filter(({ streamId }) => streamId === null).slice(-MOST_READ);
  for (const one of all) {
    const ms = number(one.meta?.duration_ms);
    if (ms === null || (one.streamId === null && !silent.includes(one))) continue;
    const player = new Player(one.project, one.sessionId);
    player.streamId = one.streamId;
    started.push({ player: one.streamId === null ? await known(player, store) : player, ms });
  }
  return started;
}

/** The store gives the oldest so many: those after them are asked for by the time of the last one. */
async function allUnjudged({ stalls }: Store, sinceMs: number): Promise<EventRow[]> {
  const all = new Map<number, EventRow>();
  for (
    let [fromMs, before] = [sinceMs, -1];
    all.size > before;
    fromMs = [...all.values()].at(-1)?.receivedMs ?? fromMs
  ) {
    before = all.size;
    for (const event of await stalls.unjudged(fromMs)) all.set(event.ingest, event);
  }
  return [...all.values()];
}

/** With what its first events told. */
async function known(player: Player, store: Store): Promise<Player> {
  const { project, sessionId } = player;
  const session = await store.session(project, sessionId);
  player.streamId ??= session?.streamId ?? null;
  player.lastMs = Math.max(player.lastMs, session?.lastSeenMs ?? 0);
  player.ended ||= session?.state === "ended";
  if (player.path !== null || player.streamId !== null) return player;
  for (const { name, meta, receivedMs } of await store.events(project, sessionId, { limit: FIRST_EVENTS }))
    player.take({ name, meta, streamId: null }, receivedMs);
  return player;
}
