// What is known of one target while it is served: its segment, what was read of it, and the work on it, one piece after the other.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../../input/drain.js";
import type { Log } from "../../log.js";
import type { AgentSelf } from "../../metrics/catalog.js";
import type { SegmentState } from "../../model/batch.js";
import { LabelSets } from "../../model/label-sets.js";
import { SampleWindow } from "../../profile/window.js";
import { wallClock } from "../wall-clock.js";
import { Counts } from "./counts.js";
import { Deliveries } from "./deliveries.js";
import { openParts, type TargetParts, type TargetRequest } from "./opening.js";
import { nextSnapshotDelayMs } from "./snapshot-schedule.js";
import type { SpanStream } from "./spans.js";
import { WindowTimes } from "./window-times.js";

const FLUSH_TIMEOUT_MS = 3000;

export class Session {
  readonly parts: TargetParts;
  spans: SpanStream | undefined;
  readonly #labels: LabelSets;
  readonly #window: SampleWindow;
  readonly #counts: Counts;
  readonly #times = new WindowTimes(wallClock);
  #deliveries: Deliveries | undefined;
  #state: SegmentState;
  #restTaken = false;
  #nextSnapshot = 0;
  #work: Promise<void> = Promise.resolve();

  /** Throws coded errors: a segment that cannot be read, a capture directory that cannot be written, no server's address. */
  static async open(request: TargetRequest): Promise<Session> {
    const parts = await openParts(request);
    try {
      const session = new Session(parts);
      await session.#openDeliveries();
      await session.#openSpans();
      return session;
    } catch (error) {
      parts.reader.detach();
      parts.reader.close();
      throw error;
    }
  }

  private constructor(parts: TargetParts) {
    this.parts = parts;
    this.#state = parts.first.state;
    this.#counts = new Counts(parts.topology);
    this.#labels = new LabelSets(parts.topology);
    this.#window = new SampleWindow(this.#labels);
    this.#keep(parts.first);
  }

  get log(): Log {
    return this.parts.log;
  }

  /** Samples that reached us and no server, by reason. */
  get losses(): Record<string, number> {
    return this.#deliveries?.losses ?? {};
  }

  /** Of this agent, for the metrics. */
  get agent(): AgentSelf | undefined {
    return this.#deliveries?.agent;
  }

  /** What the segment has to say. */
  take(want: { cells: boolean }): Tick {
    return this.#keep(this.parts.input.tick(want));
  }

  /** At the end: everything, for nobody writes any more. */
  takeRest(): void {
    this.#restTaken = true;
    for (let drained = false; !drained; ) {
      const tick = this.take({ cells: true });
      drained = tick.drained || tick.samples === 0;
    }
  }

  /** Ends the window and delivers it, in its turn. */
  cut(): void {
    this.take({ cells: true });
    const { monoNs, ...time } = this.#times.cut();
    const cut = {
      window: this.#window.swap(),
      ...time,
      atNs: this.parts.clock.atNs(monoNs),
      sampleRate: this.#state.sampleRate || this.parts.config.sampleRate,
      wallRate: this.#state.wallRate,
    };
    void this.inTurn((deliveries) => deliveries.deliver(cut));
  }

  /** Delivers what there is now. */
  flush(): Promise<void> {
    this.cut();
    return this.inTurn(async (deliveries) => {
      await Promise.all([deliveries.flush(FLUSH_TIMEOUT_MS), this.spans?.flush(FLUSH_TIMEOUT_MS)]);
    });
  }

  /** What was counted until now, for a capture that tells how it changed. */
  snapshotWhenDue(): void {
    const now = performance.now();
    if (this.parts.capture === null || now < this.#nextSnapshot) return;
    this.take({ cells: true });
    this.#nextSnapshot = now + nextSnapshotDelayMs(this.parts.clock.atNs() / 1e6, this.#counts.cells.length);
    void this.inTurn((deliveries) => deliveries.note());
  }

  /** One after the other; what fails is said and does not stop the next. */
  inTurn(step: (deliveries: Deliveries) => Promise<void> | undefined): Promise<void> {
    const deliveries = this.#deliveries;
    if (deliveries === undefined) return this.#work;
    this.#work = this.#work.then(() => step(deliveries)).catch((error) => this.log.error((error as Error).message));
    return this.#work;
  }

  /** The last step. */
  async close(closePort: () => Promise<void>): Promise<void> {
    this.parts.reader.flushed(this.#state.flushAsked); // the target may wait for this
    await closePort();
    this.parts.reader.close();
  }

  async #openDeliveries(): Promise<void> {
    const seen = () => ({ cells: this.#counts.cells, ended: this.#counts.ended, state: this.#state });
    const observe = () => {
      // At the end all samples are taken; what became of them is still being written into the account.
      if (this.#restTaken) this.#state = this.parts.reader.state();
      else this.take({ cells: true });
      return seen();
    };
    const own = { parts: this.parts, labels: this.#labels, counts: this.#counts };
    this.#deliveries = await Deliveries.open({ ...own, observe, seen });
  }

  /** Only where the tracer takes spans: without, nothing of it is loaded. */
  async #openSpans(): Promise<void> {
    if (!this.parts.reader.hasSpans()) return;
    const { SpanStream } = await import("../collector.js");
    this.spans = await SpanStream.open(this.parts, this.#labels, {
      sent: (n) => this.#deliveries?.sentSpans(n),
      lost: (reason, n) => this.#deliveries?.lost(reason, n),
    });
  }

  #keep(tick: Tick): Tick {
    this.#state = tick.state;
    this.#counts.take(tick);
    this.#deliveries?.gone(tick.gone);
    for (const batch of tick.batches) this.#window.add(batch);
    return tick;
  }
}
