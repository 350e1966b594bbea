// What is known of one target while it is served: its segment, what was read of it, and the work on it, one piece after the other.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../../input/drain.js";
import type { AgentSelf } from "../../metrics/catalog.js";
import type { SegmentState } from "../../model/segment-state.js";
import { Deliveries } from "./deliveries.js";
import { Losses } from "./losses.js";
import { openParts } from "./opening.js";
import { ProfileEncoder } from "./profile-encoder.js";
import type { SamplePath } from "./sample-path.js";
import type { SessionLive } from "./session-live.js";
import type { Observed } from "./sink.js";
import { nextSnapshotDelayMs } from "./snapshot-schedule.js";
import type { SpanStream } from "./spans.js";
import type { TargetParts, TargetRequest } from "./target-request.js";

const FLUSH_TIMEOUT_MS = 3000;
/** Windows that wait for their names and sinks: each takes some megabytes. Another one does not end, and is longer then. */
const MOST_PENDING = 3;

export class Session {
  readonly parts: TargetParts;
  readonly losses = new Losses();
  readonly live: SessionLive;
  spans: SpanStream | undefined;
  readonly #path: SamplePath;
  #deliveries: Deliveries | undefined;
  #state: SegmentState;
  #restTaken = false;
  #closed = false;
  #nextSnapshot = 0;
  #pending = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #work: Promise<void> = Promise.resolve();

  /** Throws coded errors: a segment that cannot be read, a capture directory that cannot be written, no server's address. */
  static async open(request: TargetRequest): Promise<Session> {
    const { reader } = request.segment;
    try {
      const parts = await openParts(request);
      // Not with the program: modules that are read at once take a descriptor each, and some limits leave few.
      const { SessionLive } = await import("./session-live.js");
      const session = new Session(parts, SessionLive);
      await session.#openDeliveries();
      await session.#openSpans();
      await session.#openLive();
      return session;
    } catch (error) {
      reader.detach();
      reader.close();
      throw error;
    }
  }

  private constructor(parts: TargetParts, Live: typeof SessionLive) {
    this.parts = parts;
    this.#state = parts.first.state;
    this.#path = new ProfileEncoder(parts);
    this.live = new Live({
      ...{ id: parts.request.services.live.nextId(), parts, path: this.#path, losses: this.losses },
      state: () => this.#state,
      look: () => void this.take({ cells: true }),
    });
  }

  /** Of this agent, for the metrics. */
  get agent(): AgentSelf | undefined {
    return this.#deliveries?.self();
  }

  /** What the segment has to say. */
  take(want: { cells: boolean }): Tick {
    const tick = this.parts.input.tick(want);
    if (tick.cells !== null) this.#lookedMs = performance.now();
    this.#state = tick.state;
    this.#path.take(tick);
    this.#deliveries?.gone(tick.gone);
    return tick;
  }

  /** At the end: takes everything, since the target writes no more. */
  takeRest(): void {
    this.#restTaken = true;
    for (let drained = false; !drained; ) {
      const tick = this.take({ cells: true });
      drained = tick.drained || tick.samples === 0;
    }
  }

  /** An interval is over: ends the window, unless so many are not delivered yet, as on a machine that is busy. */
  due(): void {
    if (this.#pending < MOST_PENDING) this.cut();
  }

  /** Ends the window and delivers it, in its turn. */
  cut(): void {
    this.take({ cells: true });
    const { sampleRate, wallRate } = this.#state;
    const slice = this.#path.cut({ sampleRate: sampleRate || this.parts.config.sampleRate, wallRate });
    this.#pending++;
    void this.inTurn((deliveries) => deliveries.deliver(slice)).then(() => this.#pending--);
  }

  /** Delivers what there is now. */
  flush(): Promise<void> {
    this.cut();
    return this.inTurn(async (deliveries) => {
      await Promise.all([deliveries.flush(FLUSH_TIMEOUT_MS), this.spans?.flush(FLUSH_TIMEOUT_MS)]);
    });
  }

  /** About once a second. */
  beat(): void {
    this.#snapshotWhenDue();
    this.live.beat();
    this.#deliveries?.beat();
  }

  /** The target is gone, and its rest is taken. */
  end(): void {
    this.live.end();
    this.#deliveries?.ended();
  }

  /** What was counted until now, for a capture that tells how it changed. */
  #snapshotWhenDue(): void {
    const now = performance.now();
    if (this.parts.capture === null || now < this.#nextSnapshot) return;
    this.take({ cells: true });
    this.#nextSnapshot = now + nextSnapshotDelayMs(this.parts.clock.atNs() / 1e6, this.#path.cells().cells.length);
    void this.inTurn((deliveries) => deliveries.snapshot());
  }

  /** One after the other; what fails is said and does not stop the next. */
  inTurn(step: (deliveries: Deliveries) => Promise<void> | undefined): Promise<void> {
    const deliveries = this.#deliveries;
    if (deliveries === undefined) return this.#work;
    this.#work = this.#work
      .then(() => step(deliveries))
      .catch((error) => this.parts.log.error((error as Error).message));
    return this.#work;
  }

  /** The last step. */
  async close(closePort: () => Promise<void>): Promise<void> {
    this.parts.reader.flushed(this.#state.flushAsked); // the target may wait for this
    await closePort();
    this.#closed = true;
    this.parts.reader.close();
  }

  async #openDeliveries(): Promise<void> {
    const seen = (): Observed => ({ ...this.#path.cells(), state: this.#state });
    const observe = (maxAgeMs = 0): Observed => {
      const isFresh = performance.now() - this.#lookedMs < maxAgeMs;
      // At the end all samples are taken; what became of them is still being written into the account.
      if (this.#restTaken) this.#state = this.parts.reader.state();
      else this.take({ cells: !isFresh });
      return seen();
    };
    // A request that ends after everything was given up must not touch a segment that is closed.
    const acknowledge = (samples: number) => this.#closed || this.parts.reader.settle(samples);
    const { parts, losses } = this;
    this.#deliveries = await Deliveries.open({ parts, path: this.#path, losses, observe, seen, acknowledge });
  }

  /** The last that can fail has not: it may be looked at from now on. */
  async #openLive(): Promise<void> {
    const { config, log, request } = this.parts;
    const { live, page } = request.services;
    page.configure(config, log);
    if (live.pinned || config.livePort !== 0) await this.live.pin();
    live.add(this.live);
  }

  /** Only where the tracer takes spans: without, nothing of it is loaded. */
  async #openSpans(): Promise<void> {
    if (!this.parts.reader.hasSpans()) return;
    const { SpanStream } = await import("../collector.js");
    this.spans = new SpanStream(this.parts, await this.#path.openSpans(), this.losses);
  }
}
