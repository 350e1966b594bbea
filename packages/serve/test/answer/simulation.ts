// What do the windows of a pipeline look like when its elements cost this much? Threads, bounded queues and muxers by their times, buffer by buffer.
// SPDX-License-Identifier: MPL-2.0
import type { ElementClass, PipelineWindow, WaitReason } from "@gst-pyroscope/contract/window";
import type { KnownWindow } from "../../src/answer/stall-case.js";
import { add, type Booked, type Facts, type Media, mediaOf, spread, WINDOW, windowOf } from "./bookings.js";

/** Seconds that one buffer costs an element: on a CPU, and blocked. */
export interface Cost {
  cpu: number;
  blocked?: Partial<Record<WaitReason, number>>;
}
export type CostAt = (seconds: number) => Cost;

export interface Part {
  name: string;
  factory: string;
  class: ElementClass;
  cost: CostAt;
}

/** A streaming thread behind a queue: its elements in their order, then what they feed. */
export interface Stage {
  /** An encoder whose own threads do the work: this is its inner queue, and waiting for room in it is its own time. */
  workers?: boolean;
  /** Then: the thread that calls it. */
  thread?: string;
  queue: string;
  capacity: number;
  parts: Part[];
  next: (Stage | Mux)[];
}

export interface Mux {
  name: string;
  queues: string[];
  capacity: number;
  parts: Part[];
  /** When each unit of media left, filled by the run. */
  done: number[];
}

export interface Source {
  name: string;
  /** When the unit can be had. */
  at: (unit: number) => number;
  next: Stage;
}

const BASE = Date.UTC(2026, 10, 1, 12);
export const instant = (seconds: number): number => BASE + Math.round(seconds * 1000);

/** One run of a pipeline; `record.windows` cuts what was booked into windows. */
export class Run {
  readonly #booked = new Map<string, Booked>();
  readonly #facts = new Map<string, Facts>();
  readonly #capacity = new Map<string, number>();
  readonly #free = new Map<Stage | Mux, number>();
  readonly #popped = new Map<Stage | Mux, number[]>();
  readonly #arrived = new Map<Mux, number[]>();
  readonly #sinks: Mux[] = [];
  readonly #pad = new Map<Stage | Mux, string>();

  constructor(
    readonly sources: Source[],
    readonly name = "pipeline0",
    readonly media: Media = "none",
  ) {
    for (const source of sources) {
      this.#learn(
        source.name,
        source.name.startsWith("srt") ? "srtsrc" : "videotestsrc",
        "source",
        source.name,
        source.next,
      );
      this.#learnNode(source.next);
    }
  }

  #path = (name: string) => `${this.name}/${name}`;

  #learn(name: string, factory: string, kind: ElementClass, thread: string, ...next: (Stage | Mux | Part)[]): void {
    const path = this.#path(name);
    const feeds = next.map((one) => this.#path("queues" in one ? "" : "queue" in one ? one.queue : one.name));
    const before = this.#facts.get(name);
    const threads = [...new Set([...(before?.threads ?? []), this.#path(thread)])];
    this.#facts.set(name, { path, factory, class: kind, threads, feeds: [...(before?.feeds ?? []), ...feeds] });
    const empty = (): number[] => [];
    this.#booked.set(name, { in: [], out: [], own: [], driver: [], cpu: empty(), blocked: new Map() });
  }

  #learnNode(node: Stage | Mux): void {
    const targets = "queues" in node ? [] : node.next.flatMap((next) => this.#entrance(node, next));
    const thread = "queues" in node ? node.name : (node.thread ?? node.queue);
    if ("queues" in node) {
      if (this.#sinks.includes(node)) return;
      this.#sinks.push(node);
      for (const queue of node.queues) {
        this.#learn(queue, "queue", "wait", queue, { name: node.name } as Part);
        this.#capacity.set(this.#path(queue), node.capacity);
      }
      this.#learn(node.name, "mpegtsmux", "wait", thread, ...node.parts.slice(0, 1));
    } else if (!node.workers) {
      this.#learn(node.queue, "queue", "wait", thread, ...(node.parts[0] ? [node.parts[0]] : targets));
      this.#capacity.set(this.#path(node.queue), node.capacity);
    }
    node.parts.forEach((part, place) => {
      const after = node.parts[place + 1];
      this.#learn(part.name, part.factory, part.class, thread, ...(after ? [after] : targets));
    });
    for (const next of "queues" in node ? [] : node.next) this.#learnNode(next);
  }

  /** By which queue of a muxer this stage comes in: the first that is free. */
  #entrance(from: Stage, next: Stage | Mux): Part[] {
    if (!("queues" in next)) return [{ name: next.workers ? (next.parts[0]?.name ?? "") : next.queue } as Part];
    const taken = [...this.#pad].filter(([, queue]) => next.queues.includes(queue)).length;
    this.#pad.set(from, next.queues[taken] ?? "");
    return [{ name: next.queues[taken] ?? "" } as Part];
  }

  run(until: number): this {
    const free = new Map<Source, number>();
    for (
      let unit = 0;
      this.sources.some((source) => (free.get(source) ?? 0) < until && source.at(unit) < until);
      unit++
    )
      for (const source of this.sources) {
        const before = free.get(source) ?? 0;
        const at = Math.max(before, source.at(unit));
        if (at > until) continue;
        const booked = this.#of(source.name);
        spread(booked.driver, before, at, at - before);
        spread(booked.cpu, at, at, 0.0005);
        add(booked.out, at, 1);
        free.set(source, this.#feed(source.next, unit, at, null));
      }
    return this;
  }

  #of = (name: string) => this.#booked.get(name) as Booked;

  /** When the buffer is in the queue: until then the one who brings it waits. */
  #feed(node: Stage | Mux, unit: number, at: number, from: Stage | null): number {
    const popped = this.#popped.get(node) ?? [];
    this.#popped.set(node, popped);
    const entered = Math.max(at, popped[unit - node.capacity] ?? 0);
    const queue =
      "queues" in node ? (this.#pad.get(from as Stage) ?? "") : node.workers ? node.parts[0]?.name : node.queue;
    const booked = this.#of(queue ?? "");
    add(booked.own, entered, entered - at);
    this.#block(booked, "peer", at, entered);
    add(booked.in, entered, 1);
    if ("queues" in node) return this.#mux(node, unit, entered);
    const start = Math.max(entered, this.#free.get(node) ?? 0);
    popped[unit] = start;
    if (!node.workers) add(booked.out, start, 1);
    let now = this.#work(node.parts, start, node.workers === true);
    for (const next of node.next) now = this.#feed(next, unit, now, node);
    this.#free.set(node, now);
    return entered;
  }

  #mux(mux: Mux, unit: number, entered: number): number {
    const arrived = this.#arrived.get(mux) ?? [];
    this.#arrived.set(mux, [...arrived, entered]);
    if (arrived.length + 1 < mux.queues.length) return entered;
    const start = Math.max(entered, ...arrived, this.#free.get(mux) ?? 0);
    this.#arrived.set(mux, []);
    (this.#popped.get(mux) ?? [])[unit] = start;
    for (const queue of mux.queues) add(this.#of(queue).out, start, 1);
    const own = this.#of(mux.name);
    const before = this.#free.get(mux) ?? start;
    add(own.own, start, start - before + 0.001);
    this.#block(own, "peer", before, start);
    add(own.in, start, mux.queues.length);
    add(own.out, start, 1);
    spread(own.cpu, start, start, 0.001);
    const done = this.#work(mux.parts, start + 0.001, false);
    this.#free.set(mux, done);
    mux.done[unit] = done;
    return entered;
  }

  #work(parts: Part[], start: number, workers: boolean): number {
    let now = start;
    for (const { name, cost } of parts) {
      const booked = this.#of(name);
      const { cpu, blocked = {} } = cost(now);
      const waits = Object.entries(blocked) as [WaitReason, number][];
      const end = now + cpu + waits.reduce((total, [, seconds]) => total + seconds, 0);
      if (!workers) add(booked.in, now, 1);
      add(booked.out, end, 1);
      spread(booked.cpu, now, end, cpu);
      if (!workers) {
        add(booked.own, end, end - now);
        for (const [reason, seconds] of waits) this.#block(booked, reason, now, end, seconds);
      }
      now = end;
    }
    return now;
  }

  #block({ blocked }: Booked, reason: WaitReason, from: number, to: number, seconds = to - from): void {
    if (seconds <= 0) return;
    const series = blocked.get(reason) ?? [];
    blocked.set(reason, series);
    spread(series, from, to, seconds);
  }

  /** Windows until a time, as the service knows them. */
  windows(until: number, change: (window: PipelineWindow, place: number) => PipelineWindow): KnownWindow[] {
    return Array.from({ length: Math.floor(until / WINDOW) }, (_, place) => {
      const [fromMs, toMs] = [instant(place * WINDOW), instant((place + 1) * WINDOW)];
      return { window: change(this.#window(place), place), fromMs, toMs, receivedMs: toMs + 300, offsetMs: 40 };
    });
  }

  #window(place: number): PipelineWindow {
    const elements = [...this.#facts].map(([name, facts]) =>
      windowOf(facts, this.#of(name), place, this.#capacity.get(facts.path)),
    );
    return {
      ...{ stream_id: "demo", stream_source: "tag", pipeline: this.name, service: "lab", host: "encoder-1" },
      ...{ run_id: "run-1", topology: "t1", state: "playing", process_cpu_ms: 400, losses: 0 },
      ...{
        from: new Date(instant(place * WINDOW)).toISOString(),
        to: new Date(instant((place + 1) * WINDOW)).toISOString(),
      },
      machine: { load: 1, cpus: 2, steal: 0, pressure: 0.05 },
      elements,
      sinks: this.#sinks.flatMap(({ parts, done }) => {
        const last = parts.at(-1);
        if (last === undefined) return [];
        const buffers = this.#of(last.name).in[place] ?? 0;
        return [
          {
            path: this.#path(last.name),
            buffers: buffers * (7 + (place % 3)),
            media_ms: mediaOf(done, place, this.media),
          },
        ];
      }),
    };
  }
}
