// When do the waiting events go to the service, what happens when it does not answer, and what when the page goes away?
// SPDX-License-Identifier: MIT
import { type Batch, type Boundary, lastBatch, MOST_BYTES, MOST_LAST_BYTES, nextBatch } from "./batch.js";
import type { Settings } from "./options.js";
import { EventQueue, type WaitingEvent } from "./queue.js";
import { attempt } from "./request.js";

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5000;
/** After all attempts of a batch have failed; doubles up to the second figure. */
const REST_MS = 5000;
const MOST_REST_MS = 60_000;
const MOST_BOUNDARIES = 20;
/** A viewer is stopped: the cause is looked for as long as it lasts. What comes right after it goes along. */
const SOON_MS = 500;

export class Sender {
  readonly queue: EventQueue;
  sent = 0;
  readonly #settings: Settings;
  #boundaries: Boundary[] = [];
  /** Handed to the service, without an answer yet. */
  #underWay: Batch | undefined;
  #draining: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #notBefore = 0;
  #failedRounds = 0;
  #closing = false;
  #warned = new Set<number>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.queue = new EventQueue(settings.maxQueueEvents);
  }

  get queued(): number {
    return this.queue.length + (this.#underWay?.events.length ?? 0);
  }

  push(event: WaitingEvent): void {
    this.queue.push(event);
    if (this.queue.length >= this.#settings.batchSize) this.#dueIn(0);
    else if (this.#settings.flushIntervalMs > 0)
      this.#dueIn(Math.min(this.#settings.flushIntervalMs, stopsViewer(event) ? SOON_MS : Number.POSITIVE_INFINITY));
  }

  /** Goes with the next events: the service wants its session to be in the same batch. */
  pushBoundary(boundary: Boundary): void {
    if (this.#boundaries.length < MOST_BOUNDARIES) this.#boundaries.push(boundary);
  }

  flush(): Promise<void> {
    this.#stopTimer();
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.queue.length > 0 && !this.#closing) this.#dueIn(this.#settings.flushIntervalMs || REST_MS);
    });
    return this.#draining;
  }

  /** What cannot be sent now is lost, and counted. */
  async finish(): Promise<void> {
    this.#closing = true;
    await this.flush();
    if (this.queue.length > 0) await this.flush(); // came while the round before was at its end
    this.queue.dropped += this.queue.takeAll().length;
  }

  /** One request that outlives the page, with what is under way too: the browser may give that up. */
  leave(forEver: boolean): void {
    const waiting = [...(this.#underWay?.events ?? []), ...this.queue.takeAll()];
    const boundaries = [...(this.#underWay?.boundaries ?? []), ...this.#boundaries.splice(0)];
    this.#underWay = undefined;
    if (waiting.length === 0) return;
    const batch = lastBatch(waiting, boundaries.slice(0, MOST_BOUNDARIES), this.queue.dropped);
    const rest = waiting.slice(0, waiting.length - batch.events.length);
    if (forEver) this.queue.dropped += rest.length;
    else this.queue.putBack(rest);
    void this.#sendLast(batch, forEver);
  }

  async #sendLast(batch: Batch, forEver: boolean): Promise<void> {
    const outcome = await attempt(this.#settings, batch.body, true);
    if (outcome.kind === "sent") this.sent += batch.events.length;
    else if (outcome.kind === "again" && !forEver) this.#keep(batch);
    else this.queue.dropped += batch.events.length;
  }

  /** Not at once, even when it is due: the event may have come in the middle of the player's own work. */
  #dueIn(ms: number): void {
    if (this.#draining || this.#closing) return;
    const at = Math.max(Date.now() + ms, this.#notBefore);
    if (at >= this.#timerAt) return;
    this.#stopTimer();
    this.#timerAt = at;
    this.#timer = setTimeout(() => void this.flush(), Math.max(0, at - Date.now()));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  async #drain(): Promise<void> {
    let more = true;
    while (more) {
      const most = this.#closing ? MOST_LAST_BYTES : MOST_BYTES;
      const batch = nextBatch(this.queue, this.#boundaries, most);
      if (batch === undefined) return;
      this.#boundaries = [];
      more = await this.#deliver(batch);
    }
  }

  /** Whether to go on with the next one. */
  async #deliver(batch: Batch): Promise<boolean> {
    this.#underWay = batch;
    for (let round = 0; round < ATTEMPTS; round++) {
      const keepalive = this.#closing && round === 0;
      const outcome = await attempt(this.#settings, batch.body, keepalive);
      if (this.#underWay !== batch) return true; // the page went away meanwhile, and took it along
      if (outcome.kind === "sent") return this.#delivered(batch);
      if (outcome.kind === "never") return this.#refused(batch, outcome.status);
      const pause = Math.max(outcome.afterMs, Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** round));
      if (round === ATTEMPTS - 1) this.#rest(outcome.afterMs);
      else await sleep(pause);
      if (this.#underWay !== batch) return true;
    }
    this.#underWay = undefined;
    this.#keep(batch);
    return false;
  }

  #delivered(batch: Batch): true {
    this.#underWay = undefined;
    this.#failedRounds = 0;
    this.#notBefore = 0;
    this.sent += batch.events.length;
    return true;
  }

  #refused(batch: Batch, status: number): true {
    this.#underWay = undefined;
    this.queue.dropped += batch.events.length;
    if (!this.#warned.has(status)) warn(status, batch.events.length);
    this.#warned.add(status);
    return true;
  }

  #keep(batch: Batch): void {
    this.queue.putBack(batch.events);
    this.#boundaries = [...batch.boundaries, ...this.#boundaries].slice(0, MOST_BOUNDARIES);
  }

  /** A little longer for some than for others, so that a thousand viewers do not return in the same instant. */
  #rest(atLeastMs: number): void {
    const pause = Math.min(MOST_REST_MS, REST_MS * 2 ** this.#failedRounds++);
    this.#notBefore = Date.now() + Math.max(atLeastMs, pause) * (1 + Math.random() / 4);
  }
}

const stopsViewer = ({ event_name: name, meta }: WaitingEvent): boolean =>
  name === "rebuffer_started" || (name === "playback_error" && meta?.fatal === true);

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function warn(status: number, events: number): void {
  const what = `the session service refused ${events} events with status ${status}`;
  console.warn(
    `gst-pyroscope-player: ${what}. Check endpoint, token, projectId, and that the service permits this origin.`,
  );
}
