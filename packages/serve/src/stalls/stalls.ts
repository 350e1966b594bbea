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
import { beginsStall, endsStall, keyOf, newStall, type Stall } from "./stall.js";
import { Startups } from "./startups.js";
import { Streams } from "./streams.js";
import { PATIENCE_MS, RETURN_MS, type Told, toldOf } from "./told.js";

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
const SAME_MS = 5000;
/** Windows that come later than this change no answer any more. */
const LATE_MS = 60_000;
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
  /** Judged, but their pipelines fell silent: if windows of their time come all the same, they are judged once more. */
  readonly #untold = new Set<Stall>();
  /** One after the other; what is usual is taken beside it, so that no answer waits for that. */
  #judging: Promise<void> = Promise.resolve();
  #tidying: Promise<void> = Promise.resolve();

  constructor(parts: StallsParts) {
    this.#parts = parts;
    this.attribution = new Attribution({ ...parts, store: parts.store.stalls });
    this.streams = new Streams(parts.store.stalls);
  }

  /** Takes up what was going on when the service ended. */
  async resume(): Promise<void> {
    const { store, projects, now } = this.#parts;
    this.attribution.heardSinceMs = now() + RETURN_MS;
    await this.streams.refresh(projects());
    for (const project of projects()) await this.players.resume(project, store);
    const { open, unjudged, started } = await resumed(store, this.players, now());
    this.#startups.remember(started, this.streams);
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
    for (const stall of this.#untold) if (this.#told(stall).all) this.#wait(stall, this.#parts.now());
    this.pump();
  }

  forget(project: string, sessionId: string): void {
    const stall = this.#open.get(keyOf({ project, sessionId }));
    if (stall !== undefined) for (const some of [this.#waiting, this.#untold]) some.delete(stall);
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
      const { all, silentAtMs } = this.#told(stall);
      if (found === null || !this.streams.isJudged(stall.player.project, found.streamId)) {
        if (nowMs >= stall.dueMs) this.#giveUp(stall, found !== null);
      } else if (all || nowMs >= Math.min(stall.dueMs, silentAtMs)) {
        this.#waiting.delete(stall);
        const key = `${stall.player.project}\n${found.streamId}`;
        const question = due.get(key) ?? { project: stall.player.project, streamId: found.streamId, stalls: [] };
        question.stalls.push({ stall, guessed: found.guessed });
        due.set(key, question);
      }
    }
    for (const question of due.values())
      this.#judging = this.#judging
        .then(() => this.#judge(question))
        .catch((error: Error) => {
          for (const { stall } of question.stalls) this.#giveUp(stall);
          this.#failed(error);
        });
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
    for (const stall of this.#untold) if (nowMs - stall.atMs > LATE_MS) this.#untold.delete(stall);
    for (const [project, streamId] of this.attribution.liveStreams())
      this.#tidying = this.#tidying.then(() => this.attribution.takeNominal(project, streamId)).catch(this.#failed);
  }

  /** Resolves when nothing is being judged any more. */
  async settled(): Promise<void> {
    await Promise.all([this.#judging, this.#tidying]);
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
    if (!this.#waiting.has(stall)) this.#wait(stall, Math.max(nowMs, endMs + PATIENCE_MS));
  }

  #wait(stall: Stall, dueMs: number): void {
    stall.dueMs = dueMs;
    this.#waiting.add(stall);
    this.#untold.delete(stall);
  }

  /** One that goes on is tried again at its end. */
  #giveUp(stall: Stall, isLost = false): void {
    if (this.#waiting.delete(stall) && isLost) this.#parts.metrics.add("mtrace_stalls_dropped_total");
    if (stall.lastedMs !== null && this.#open.get(keyOf(stall.player)) === stall)
      this.#open.delete(keyOf(stall.player));
  }

  #told({ player, atMs, lastedMs }: Stall): Told {
    const { recent, heardSinceMs } = this.attribution;
    const newest = recent.newest(player.project, this.streams.of(player)?.streamId ?? "");
    return toldOf(newest, atMs + (lastedMs ?? 0), heardSinceMs);
  }

  readonly #failed = (error: Error): void => this.#parts.log.warn("a stall was not judged", { problem: error.message });

  async #judge(question: Asked): Promise<void> {
    const { project, streamId, stalls } = question;
    const { watching, stalled } = this.viewers(project);
    const now = Math.max(stalled.get(streamId) ?? 0, new Set(stalls.map(({ stall }) => stall.player.sessionId)).size);
    const viewers = { stalled: now, watching: Math.max(now, watching.get(streamId) ?? 0) };
    const views = await this.attribution.answer({ ...question, viewers });
    for (const view of views) this.#parts.announce(project, view);
    for (const { stall } of stalls) {
      this.#close(stall);
      const { all, silentAtMs } = this.#told(stall);
      const isKnown = all || this.#parts.now() >= silentAtMs;
      if (isKnown) this.#count(stall);
      if (this.#waiting.has(stall)) continue;
      // Whether the windows of its time are late, or the pipeline has ended, is known a little later.
      if (!isKnown) this.#wait(stall, silentAtMs);
      else if (!all && this.#untold.size < MOST_WAITING) this.#untold.add(stall);
    }
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
