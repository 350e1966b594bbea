// Who follows a project live, and what does a subscriber get that reads too slowly? Frames are left out and counted; ingest never waits.
// SPDX-License-Identifier: MPL-2.0
import type { StreamFrame } from "@gst-pyroscope/contract/wire";
import type { AppendedEvent } from "../store/port.js";

/** Frames of so many milliseconds go out in one write, whose bytes all subscribers share. */
const GATHER_MS = 20;
export const HEARTBEAT_MS = 15_000;
/** One that took nothing for so many heartbeats is closed. */
const PATIENCE_HEARTBEATS = 4;

/** Takes bytes for one client. */
export interface Sink {
  /** Bytes that it would still take; ≤ 0: none. */
  room(): number;
  write(bytes: Uint8Array): void;
  close(): void;
}

interface Subscriber {
  project: string;
  /** Whether it may still read. */
  permitted: () => boolean;
  sink: Sink;
  /** While the past is looked up, what happens meanwhile; null: live. */
  held: AppendedEvent[] | null;
  lost: number;
  stuck: number;
}

export interface Reader {
  project: string;
  /** Asked again after tokens have changed. */
  permitted?: () => boolean;
}

/** More than that in one look-up of the past are left out: the answer says so. */
export const BACKFILL = 1000;
/** While the past is looked up. */
const MOST_HELD = 20_000;

export class Hub {
  readonly #subscribers = new Set<Subscriber>();
  readonly #lost: (frames: number) => void;
  #gathered: AppendedEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #heart: NodeJS.Timeout;

  /** `lost`: is told of frames that a subscriber was too slow for. */
  constructor(lost: (frames: number) => void, heartbeatMs = HEARTBEAT_MS) {
    this.#lost = lost;
    this.#heart = setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  get size(): number {
    return this.#subscribers.size;
  }

  publish(events: AppendedEvent[]): void {
    if (this.#subscribers.size === 0) return;
    this.#gathered.push(...events);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Tells now what has no number, and is not told again: who looks at the past reads it elsewhere. */
  announce(project: string, event: string, data: unknown): void {
    if (this.#subscribers.size === 0) return;
    this.#flush();
    const bytes = bytesOf(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const subscriber of this.#subscribers) if (subscriber.project === project) this.#send(subscriber, bytes, 1);
  }

  /** `past`: what to send first, and from which number on all is new. Answers with what ends it. */
  subscribe(
    { project, permitted = () => true }: Reader,
    sink: Sink,
    past?: Promise<{ text: string; newest: number }>,
  ): () => void {
    const held = past === undefined ? null : [];
    const subscriber: Subscriber = { project, permitted, sink, held, lost: 0, stuck: 0 };
    this.#flush();
    this.#subscribers.add(subscriber);
    sink.write(bytesOf(": open\n\n"));
    const end = (): void => {
      this.#subscribers.delete(subscriber);
    };
    past?.then(
      ({ text, newest }) => this.#goLive(subscriber, text, newest),
      () => {
        end();
        sink.close();
      },
    );
    return end;
  }

  /** Ends the streams of those whose token was removed. */
  review(): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.permitted()) continue;
      this.#subscribers.delete(subscriber);
      subscriber.sink.close();
    }
  }

  close(): void {
    clearInterval(this.#heart);
    this.#flush();
    for (const { sink } of this.#subscribers) sink.close();
    this.#subscribers.clear();
  }

  #goLive(subscriber: Subscriber, text: string, newest: number): void {
    if (!this.#subscribers.has(subscriber)) return;
    if (text !== "") subscriber.sink.write(bytesOf(text));
    const fresh = (subscriber.held ?? []).filter(({ ingest }) => ingest > newest);
    subscriber.held = null;
    if (fresh.length > 0) this.#send(subscriber, bytesOf(framesOf(fresh)), fresh.length);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#gathered;
    this.#gathered = [];
    if (events.length === 0) return;
    const ofProject = grouped(events);
    const bytes = new Map<string, Uint8Array>();
    for (const subscriber of this.#subscribers) {
      const own = ofProject.get(subscriber.project);
      if (own === undefined) continue;
      if (subscriber.held !== null) this.#hold(subscriber, subscriber.held, own);
      else {
        const shared = bytes.get(subscriber.project) ?? bytesOf(framesOf(own));
        bytes.set(subscriber.project, shared);
        this.#send(subscriber, shared, own.length);
      }
    }
  }

  #hold(subscriber: Subscriber, held: AppendedEvent[], events: AppendedEvent[]): void {
    if (held.length + events.length <= MOST_HELD) held.push(...events);
    else this.#lose(subscriber, events.length);
  }

  #send(subscriber: Subscriber, bytes: Uint8Array, frames: number): void {
    if (subscriber.sink.room() <= 0) {
      this.#lose(subscriber, frames);
      return;
    }
    // A comment, which clients may overlook: with the number of the last frame they can ask for what is missing.
    if (subscriber.lost > 0) subscriber.sink.write(bytesOf(`: ${subscriber.lost} frames were left out\n\n`));
    subscriber.lost = 0;
    subscriber.sink.write(bytes);
  }

  #lose(subscriber: Subscriber, frames: number): void {
    subscriber.lost += frames;
    this.#lost(frames);
  }

  #beat(): void {
    const bytes = bytesOf(": heartbeat\n\n");
    for (const subscriber of this.#subscribers) {
      subscriber.stuck = subscriber.sink.room() > 0 ? 0 : subscriber.stuck + 1;
      if (subscriber.stuck === 0) subscriber.sink.write(bytes);
      if (subscriber.stuck < PATIENCE_HEARTBEATS) continue;
      this.#subscribers.delete(subscriber);
      subscriber.sink.close();
    }
  }
}

/** By project. */
function grouped(events: AppendedEvent[]): Map<string, AppendedEvent[]> {
  const groups = new Map<string, AppendedEvent[]>();
  for (const event of events) {
    const group = groups.get(event.projectId);
    if (group === undefined) groups.set(event.projectId, [event]);
    else group.push(event);
  }
  return groups;
}

const encoder = new TextEncoder();
const bytesOf = (text: string): Uint8Array => encoder.encode(text);

export const framesOf = (events: AppendedEvent[]): string => events.map(frameOf).join("");

function frameOf({ projectId, sessionId, ingest, name }: AppendedEvent): string {
  const data: StreamFrame = { project_id: projectId, session_id: sessionId, ingest_sequence: ingest, event_name: name };
  return `id: ${ingest}\nevent: event_appended\ndata: ${JSON.stringify(data)}\n\n`;
}
