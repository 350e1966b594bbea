// How does a stall of a viewer become an answer? Events begin and end it, windows are waited for, judging goes beside ingest and never in its way.
// SPDX-License-Identifier: MPL-2.0
import type { StallView } from "@gst-pyroscope/contract/window";
import type { AcceptedBatch, AppendedBatch, SessionStore } from "../store/port.js";
import type { WindowRow } from "../store/stall-port.js";
import type { Log } from "../telemetry/log.js";
import type { Metrics } from "../telemetry/metrics.js";
import { Attribution, type AttributionParts, type Question } from "./attribution.js";
import { number, type Player } from "./player.js";
import { Players } from "./players.js";
import { resumed } from "./resume.js";
import { beginsStall, endsStall, keyOf, newStall, PATIENCE_MS, type Stall } from "./stall.js";
import { Startups } from "./startups.js";
import { Streams } from "./streams.js";

export interface StallsParts extends Omit<AttributionParts, "store"> {
  store: Pick<SessionStore, "stalls" | "session" | "sessions" | "events">;
  metrics: Pick<Metrics, "add" | "attributed">;
  log: Log;
  /** Tells those who follow the project. */
  announce(project: string, view: StallView): void;
  projects(): readonly string[];
}

/** Stalls that wait to be judged. */
const MOST_WAITING = 2000;
/** How often what waits is looked at. */
export const PUMP_MS = 200;
export const TIDY_MS = 10_000;
/** A player that is silent for so long watches no longer: its stall has ended with its last word. */
const SILENT_MS = 120_000;
/** A pipeline whose windows ended so long ago is not waited for. */
const GONE_MS = 10_000;
const SAME_MS = 5000;
/** After the end of its last window a pipeline that tells nothing is known to be silent. */
const SILENCE_MS = 9500;
/** A stall that is longer has shown what it can. */
const WANTED_MS = 120_000;

type Asked = Omit<Question, "viewers">;
type Begun = Pick<AcceptedBatch["events"][number], "name" | "meta">;

export class Stalls {
  readonly attribution: Attribution;
  readonly streams: Streams;
  readonly #parts: StallsParts;
  readonly players = new Players();
  readonly #startups = new Startups();
  /** Of each session the one that goes on, judged or not. */
  readonly #open = new Map<string, Stall>();
  readonly #waiting = new Set<Stall>();
  #judging: Promise<void> = Promise.resolve();

  constructor(parts: StallsParts) {
    this.#parts = parts;
    this.attribution = new Attribution({ ...parts, store: parts.store.stalls });
    this.streams = new Streams(parts.store.stalls);
  }

  /** Takes up what was going on when the service ended. */
  async resume(): Promise<void> {
    const { store, projects, now } = this.#parts;
    await this.streams.refresh(projects());
    for (const project of projects()) await this.players.resume(project, store);
    const { open, unjudged } = await resumed(store, this.players, now());
    for (const stall of open) this.#open.set(keyOf(stall.player), stall);
    for (const { player, event } of unjudged)
      this.#event(player, event, { id: event.ingest, atMs: event.receivedMs, receivedMs: now() });
  }

  /** After events were stored. */
  observe(batch: AcceptedBatch, appended: AppendedBatch): void {
    const players = this.players.take(batch);
    for (const [index, event] of batch.events.entries()) {
      const player = players.get(event.sessionId);
      const row = appended.events[index];
      if (player === undefined || row === undefined || row.delivery !== "accepted") continue;
      const atMs = player.timeOf(event, batch.receivedMs);
      player.take(event, atMs);
      this.#event(player, event, { id: row.ingest, atMs, receivedMs: batch.receivedMs });
    }
  }

  /** After windows were stored. */
  saw(rows: readonly WindowRow[]): void {
    this.streams.saw(rows);
    this.attribution.saw(rows);
    this.pump();
  }

  forget(project: string, sessionId: string): void {
    const stall = this.#open.get(keyOf({ project, sessionId }));
    if (stall !== undefined) this.#waiting.delete(stall);
    this.#open.delete(keyOf({ project, sessionId }));
    this.players.forget(project, sessionId);
  }

  /** Viewers by stream. */
  viewers(project: string): { watching: Map<string, number>; stalled: Map<string, number> } {
    const streamOf = (player: Player): string | null => this.streams.of(player)?.streamId ?? null;
    const stalled = new Map<string, number>();
    for (const { player, lastedMs } of this.#open.values()) {
      const stream = player.project === project && lastedMs === null ? streamOf(player) : null;
      if (stream !== null) stalled.set(stream, (stalled.get(stream) ?? 0) + 1);
    }
    return { watching: this.players.watching(project, this.#parts.now(), streamOf), stalled };
  }

  /** Judges what is due; others wait for their windows. */
  pump(): void {
    const nowMs = this.#parts.now();
    const due = new Map<string, Asked>();
    for (const stall of this.#waiting) {
      const found = this.streams.of(stall.player);
      const late = nowMs >= stall.dueMs;
      if (found === null || !this.streams.isJudged(stall.player.project, found.streamId)) {
        if (late) this.#giveUp(stall, found !== null);
      } else if (late || this.#isCovered(stall, found.streamId)) {
        this.#waiting.delete(stall);
        const key = `${stall.player.project}\n${found.streamId}`;
        const question = due.get(key) ?? { project: stall.player.project, streamId: found.streamId, stalls: [] };
        question.stalls.push({ stall, guessed: found.guessed });
        due.set(key, question);
      }
    }
    for (const question of due.values())
      this.#after(
        () => this.#judge(question),
        () => {
          for (const { stall } of question.stalls) this.#giveUp(stall);
        },
      );
  }

  /** Ends stalls of players that have gone, and takes what is usual. */
  tidy(): void {
    const nowMs = this.#parts.now();
    for (const stall of this.#open.values()) {
      if (nowMs - stall.atMs < WANTED_MS) this.attribution.wantStacks(stall);
      const { lastMs, ended } = stall.player;
      if (stall.lastedMs === null && (ended || nowMs - lastMs > SILENT_MS))
        this.#end(stall, Math.max(lastMs, stall.atMs), nowMs);
    }
    for (const [project, streamId] of this.attribution.liveStreams())
      this.#after(() => this.attribution.takeNominal(project, streamId));
  }

  /** Resolves when nothing is being judged any more. */
  async settled(): Promise<void> {
    await this.#judging;
  }

  #event(player: Player, event: Begun, at: { id: number; atMs: number; receivedMs: number }): void {
    const open = this.#open.get(keyOf(player));
    if (open !== undefined && open.lastedMs === null && at.id > open.id && endsStall(event)) {
      const told = event.name === "rebuffer_ended" ? number(event.meta?.duration_ms) : null;
      this.#end(open, open.atMs + (told ?? at.atMs - open.atMs), at.receivedMs);
    } else if (beginsStall(event)) {
      if (open !== undefined && open.lastedMs === null) this.#end(open, at.atMs, at.receivedMs);
      const stall = newStall(player, at.id, at.atMs, event.meta, at.receivedMs);
      if (event.name === "playback_error") stall.lastedMs = 0;
      // An error that ends a stall is told beside the stall's end.
      if (event.name !== "playback_error" || at.atMs - player.stalledUntilMs > SAME_MS) this.#begin(stall);
    } else if (event.name === "startup_time_measured") this.#startup(player, event, at);
  }

  #startup(player: Player, { meta }: Begun, at: { id: number; atMs: number; receivedMs: number }): void {
    const ms = number(meta?.duration_ms);
    const stream = this.streams.of(player);
    if (ms === null || ms < 0 || stream === null) return;
    if (!this.#startups.isLong(`${player.project}\n${stream.streamId}`, ms)) return;
    this.#begin({ ...newStall(player, at.id, at.atMs - ms, meta, at.receivedMs), lastedMs: ms });
  }

  #begin(stall: Stall): void {
    if (this.#waiting.size >= MOST_WAITING) {
      this.#parts.metrics.add("mtrace_stalls_dropped_total");
      return;
    }
    this.#open.set(keyOf(stall.player), stall);
    this.#waiting.add(stall);
  }

  #end(stall: Stall, endMs: number, nowMs: number): void {
    stall.lastedMs = Math.max(0, endMs - stall.atMs);
    stall.player.stalledUntilMs = endMs;
    if (this.#waiting.has(stall)) return;
    stall.dueMs = nowMs + PATIENCE_MS;
    this.#waiting.add(stall);
  }

  /** One that goes on is tried again at its end. */
  #giveUp(stall: Stall, isLost = false): void {
    if (this.#waiting.delete(stall) && isLost) this.#parts.metrics.add("mtrace_stalls_dropped_total");
    if (stall.lastedMs !== null && this.#open.get(keyOf(stall.player)) === stall)
      this.#open.delete(keyOf(stall.player));
  }

  #isCovered({ player, atMs, lastedMs }: Stall, streamId: string): boolean {
    const untilMs = atMs + (lastedMs ?? 0);
    const ends = this.attribution.recent.ends(player.project, streamId);
    return ends.some((end) => end >= untilMs) && ends.every((end) => end >= untilMs || end < untilMs - GONE_MS);
  }

  #after(work: () => Promise<void>, failed: () => void = () => {}): void {
    this.#judging = this.#judging.then(work).catch((error: Error) => {
      failed();
      this.#parts.log.warn("a stall was not judged", { problem: error.message });
    });
  }

  async #judge(question: Asked): Promise<void> {
    const { project, streamId, stalls } = question;
    const { watching, stalled } = this.viewers(project);
    const now = Math.max(stalled.get(streamId) ?? 0, new Set(stalls.map(({ stall }) => stall.player.sessionId)).size);
    const viewers = { stalled: now, watching: Math.max(now, watching.get(streamId) ?? 0) };
    const views = await this.attribution.answer({ ...question, viewers });
    for (const view of views) this.#parts.announce(project, view);
    for (const { stall } of stalls) {
      this.#close(stall);
      if (!this.#isAskedAgain(stall, streamId)) this.#count(stall);
    }
  }

  /** Without the windows of its time nobody knows whether they are late or the pipeline has ended: a little later it is known. */
  #isAskedAgain(stall: Stall, streamId: string): boolean {
    if (stall.judgedLate || this.#isCovered(stall, streamId)) return false;
    stall.judgedLate = true;
    const newestMs = Math.max(0, ...this.attribution.recent.ends(stall.player.project, streamId));
    if (newestMs + SILENCE_MS <= this.#parts.now()) return false;
    stall.dueMs = newestMs + SILENCE_MS;
    this.#waiting.add(stall);
    return true;
  }

  #count(stall: Stall): void {
    if (stall.counted || stall.view === null) return;
    stall.counted = true;
    this.#parts.metrics.attributed(stall.view.verdict);
  }

  /** Its end may have come while it was judged: then it is judged once more. */
  #close(stall: Stall): void {
    if (stall.lastedMs === null || this.#waiting.has(stall)) return;
    const told = stall.view?.stall.lasted_ms ?? null;
    if (told === null) this.#end(stall, stall.atMs + stall.lastedMs, this.#parts.now());
    else if (this.#open.get(keyOf(stall.player)) === stall) this.#open.delete(keyOf(stall.player));
  }
}
