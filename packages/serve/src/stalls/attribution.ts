// Why did the viewers of one stream stall? Asks the judge once for all that stalled alike, and keeps and tells the answers.
// SPDX-License-Identifier: MPL-2.0
import { setImmediate } from "node:timers/promises";
import type { StallView } from "@gst-pyroscope/contract/window";
import { lookAt } from "../answer/baseline.js";
import type { Judgement, KnownPipeline, StallCase } from "../answer/stall-case.js";
import type { StallRow, StallStore, WindowRow } from "../store/stall-port.js";
import { Incidents } from "./incidents.js";
import { knownStall, sameness } from "./known-stall.js";
import { type NominalOf, StreamNominals } from "./nominals.js";
import { chainOf, piecesOf } from "./pipelines.js";
import type { ProfileServers } from "./profile-link.js";
import { RECENT_MS, RecentWindows } from "./recent.js";
import type { Stall } from "./stall.js";
import { profileOf, type ViewParts, viewOf } from "./view.js";
import { Wants } from "./wants.js";

export interface AttributionParts {
  store: StallStore;
  judge(input: StallCase): Judgement;
  nominalOf: NominalOf;
  now(): number;
  /** Program times are written by the service itself. */
  ownOrigin: boolean;
  servers: ProfileServers;
  /** Was the segment complete that begins at this program time, at that time? null: not known. */
  segmentWasReady?(programMs: number, atMs: number, targetMs: number): Promise<boolean | null>;
}

export interface Question {
  project: string;
  streamId: string;
  stalls: { stall: Stall; guessed: boolean }[];
  viewers: StallView["viewers"];
}

export class Attribution {
  readonly recent: RecentWindows;
  readonly wants = new Wants();
  /** Since when windows could come in without a break; 0: always. */
  heardSinceMs = 0;
  readonly #parts: AttributionParts;
  readonly #nominals: StreamNominals;
  readonly #incidents: Incidents;
  /** Streams of which there were windows lately: stream → project. */
  readonly #live = new Map<string, Map<string, number>>();

  constructor(parts: AttributionParts) {
    this.#parts = parts;
    this.recent = new RecentWindows(parts.store, parts.now);
    this.#nominals = new StreamNominals(parts.store, parts.nominalOf);
    this.#incidents = new Incidents(parts.store);
  }

  saw(rows: readonly WindowRow[]): void {
    this.recent.put(rows);
    for (const row of rows) {
      lookAt(row);
      const { project, window, receivedMs } = row;
      const live = this.#live.get(project) ?? new Map<string, number>();
      live.set(window.stream_id, receivedMs);
      this.#live.set(project, live);
    }
  }

  /** Stored when it resolves; each stall has its view then. */
  async answer({ project, streamId, stalls, viewers }: Question): Promise<StallView[]> {
    const { now, store } = this.#parts;
    const rows = await this.recent.of(project, streamId);
    const pipelines = await this.#pipelines(project, streamId, rows);
    const troubled = await this.#troubled(project, streamId);
    const offsetMs = this.#parts.ownOrigin ? 0 : (rows.at(-1)?.offsetMs ?? 0);
    const judged = new Map<string, Pick<ViewParts, "judgement" | "profile">>();
    const stored: StallRow[] = [];
    for (const { stall, guessed } of stalls) {
      const known = knownStall(stall, streamId, offsetMs);
      const segmentWasReady = await this.#wasReady(known);
      const { heardSinceMs } = this;
      const input = { stall: known, pipelines, troubled, segmentWasReady, nowMs: now(), heardSinceMs };
      const key = sameness(input);
      const answer = judged.get(key) ?? this.#judge(input, streamId);
      if (!judged.has(key)) await setImmediate(); // others than judging have their turn
      judged.set(key, answer);
      const incidentId = await this.#incidents.of(project, streamId, stall);
      stall.view = viewOf({ ...answer, stall: known, viewers, incidentId, guessed });
      stall.judgedStream = answer.judgement.pipeline?.stream_id ?? streamId;
      if (known.lastedMs === null) this.wants.add(project, stall.judgedStream, stall.view, now());
      stored.push({ project, id: stall.id, atMs: stall.atMs, view: stall.view });
    }
    await store.putStalls(stored);
    return stored.map(({ view }) => view);
  }

  #judge(input: StallCase, streamId: string): Pick<ViewParts, "judgement" | "profile"> {
    const judgement = this.#parts.judge(input);
    return { judgement, profile: profileOf(judgement, streamId, this.#parts.servers) };
  }

  /** As long as a stall goes on. */
  wantStacks({ player, lastedMs, judgedStream, view }: Stall): void {
    if (lastedMs === null && judgedStream !== null && view !== null)
      this.wants.add(player.project, judgedStream, view, this.#parts.now());
  }

  /** Once a minute for each stream: what is usual for it. */
  async takeNominal(project: string, streamId: string): Promise<void> {
    const nowMs = this.#parts.now();
    if (!this.#nominals.isDue(project, streamId, nowMs)) return;
    const rows = await this.recent.of(project, streamId);
    const pipelines = await this.#pipelines(project, streamId, rows);
    await this.#nominals.take(rows, pipelines, await this.#troubled(project, streamId), nowMs);
  }

  /** Answered before now: pairs of project and stream with windows in the last minutes. */
  liveStreams(): [project: string, streamId: string][] {
    const oldestMs = this.#parts.now() - RECENT_MS;
    const found: [string, string][] = [];
    for (const [project, streams] of this.#live)
      for (const [streamId, atMs] of streams) {
        if (atMs >= oldestMs) found.push([project, streamId]);
        else streams.delete(streamId);
      }
    return found;
  }

  async #pipelines(project: string, streamId: string, rows: WindowRow[]): Promise<KnownPipeline[]> {
    const own = piecesOf(rows);
    const others: WindowRow[] = [];
    // Others are looked at only if one of them may feed it.
    for (const [owner, stream] of own.some(({ gets }) => gets.size > 0) ? this.liveStreams() : [])
      if (owner === project && stream !== streamId) others.push(...(await this.recent.of(project, stream)));
    const nominals = await this.#nominals.of(project, streamId);
    return chainOf(own, piecesOf(others), nominals);
  }

  async #troubled(project: string, streamId: string): Promise<StallCase["troubled"]> {
    const fromMs = this.#parts.now() - RECENT_MS;
    const rows = await this.#parts.store.stallsOfStream(project, streamId, { fromMs, limit: 50 });
    const blamed = rows.filter(({ view }) => view.verdict !== "delivery" && view.verdict !== "unknown");
    return blamed.map(({ atMs, view }) => ({
      fromMs: Date.parse(view.interval.from),
      untilMs: atMs + (view.stall.lasted_ms ?? 0),
    }));
  }

  async #wasReady({ bufferEndMs, atMs, targetMs }: StallCase["stall"]): Promise<boolean | null> {
    if (bufferEndMs === null) return null;
    return (await this.#parts.segmentWasReady?.(bufferEndMs, atMs, targetMs ?? 2000)) ?? null;
  }
}
