// Which players are there, and how many watch a stream?
// SPDX-License-Identifier: MPL-2.0
import type { AcceptedBatch, SessionStore } from "../store/port.js";
import { Player } from "./player.js";

/** The longest silent ones are forgotten. */
const MOST_PLAYERS = 50_000;
/** As sessions, which end after that time of silence. */
const FAILED_MS = 300_000;
const MOST_FAILED = 100;
/** As sessions: without an event for so long nobody watches. */
const WATCHES_MS = 60_000;

export class Players {
  readonly #players = new Map<string, Player>();

  /** The players of a batch's events, whose clocks are compared first. */
  take(batch: Pick<AcceptedBatch, "project" | "receivedMs" | "events">): Map<string, Player> {
    const own = new Map<string, AcceptedBatch["events"]>();
    for (const event of batch.events) {
      const events = own.get(event.sessionId);
      if (events) events.push(event);
      else own.set(event.sessionId, [event]);
    }
    const players = new Map<string, Player>();
    for (const [sessionId, events] of own) {
      const player = this.of(batch.project, sessionId);
      player.compareClock(events, batch.receivedMs);
      player.lastMs = batch.receivedMs;
      players.set(sessionId, player);
    }
    return players;
  }

  /** Makes it when it is new. */
  of(project: string, sessionId: string): Player {
    const key = `${project}\n${sessionId}`;
    const player = this.#players.get(key) ?? new Player(project, sessionId);
    this.#players.delete(key);
    this.#players.set(key, player);
    const [oldest] = this.#players.keys();
    if (this.#players.size > MOST_PLAYERS && oldest !== undefined) this.#players.delete(oldest);
    return player;
  }

  forget(project: string, sessionId: string): void {
    this.#players.delete(`${project}\n${sessionId}`);
  }

  /** By stream; `streamOf`: what a player watches. */
  watching(project: string, nowMs: number, streamOf: (player: Player) => string | null): Map<string, number> {
    const counts = new Map<string, number>();
    for (const player of this.#players.values()) {
      if (player.project !== project || player.ended || nowMs - player.lastMs > WATCHES_MS) continue;
      const stream = streamOf(player);
      if (stream !== null) counts.set(stream, (counts.get(stream) ?? 0) + 1);
    }
    return counts;
  }

  /** Those whose playback failed in the last minutes and has not begun again, newest first. */
  failed(project: string, nowMs: number): Player[] {
    const all = [...this.#players.values()].filter((one) => one.project === project && !one.ended);
    const recent = all.filter(({ broken }) => broken !== null && nowMs - broken.atMs <= FAILED_MS);
    return recent.sort((a, b) => (b.broken?.atMs ?? 0) - (a.broken?.atMs ?? 0)).slice(0, MOST_FAILED);
  }

  /** After a start: those that were active before. */
  async resume(project: string, store: Pick<SessionStore, "sessions">): Promise<void> {
    for (const row of await store.sessions(project, { limit: 1000, state: "active" })) {
      const player = this.of(project, row.sessionId);
      player.streamId ??= row.streamId;
      player.lastMs = Math.max(player.lastMs, row.lastSeenMs);
    }
  }
}
