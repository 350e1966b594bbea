// How is one process served from its first buffer to its last window? Ticks, windows, deliveries, in this order.
// SPDX-License-Identifier: MPL-2.0

import type { Tick } from "../input/drain.js";
import type { SegmentState } from "../model/batch.js";
import { LabelSets } from "../model/label-sets.js";
import { SampleWindow } from "../profile/window.js";
import type { Endpoint } from "../server.js";
import { Counts } from "./counts.js";
import { Deliveries } from "./deliveries.js";
import { keepPort, timeLeft } from "./ending.js";
import { openEndpoint } from "./endpoint.js";
import { openParts, type TargetParts, type TargetRequest } from "./opening.js";
import { RunLoop } from "./run-loop.js";
import { startSelfProfile } from "./self-profile.js";
import { nextSnapshotDelayMs } from "./snapshot-schedule.js";
import type { SpanStream } from "./spans.js";
import { wallClock } from "./wall-clock.js";
import { WindowTimes } from "./window-times.js";

export type { TargetRequest } from "./opening.js";

const FLUSH_TIMEOUT_MS = 3000;
/** At the end: of servers for profiles and metrics, and of those for spans. */
const SHUTDOWN_TIMEOUT_MS = 6000;
const SPANS_SHUTDOWN_TIMEOUT_MS = 2500;

export class Target {
  /** Resolves when the last window is delivered or given up. */
  readonly done: Promise<void>;
  ending = false;
  readonly #parts: TargetParts;
  readonly #labels: LabelSets;
  readonly #window: SampleWindow;
  #deliveries: Deliveries | undefined;
  #spans: SpanStream | undefined;
  #endpoint: Endpoint | undefined;
  #endSelfProfile: () => Promise<void> = async () => {};
  #state: SegmentState;
  readonly #counts: Counts;
  #present = performance.now(); // the target was last seen to have its segment
  #flushed = 0;
  readonly #times = new WindowTimes(wallClock);
  readonly #loop: RunLoop;
  #nextSnapshot = 0;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #resolveDone: () => void = () => {};

  /** Throws coded errors: a segment that cannot be read, a capture directory that cannot be written, no server's address. */
  static async open(request: TargetRequest): Promise<Target> {
    const parts = await openParts(request);
    try {
      const target = new Target(parts);
      await target.#openDeliveries();
      await target.#openSpans();
      return target;
    } catch (error) {
      parts.reader.detach();
      parts.reader.close();
      throw error;
    }
  }

  private constructor(parts: TargetParts) {
    this.#parts = parts;
    this.#state = parts.first.state;
    this.#counts = new Counts(parts.topology);
    this.#labels = new LabelSets(parts.topology);
    this.#window = new SampleWindow(this.#labels);
    this.#loop = new RunLoop(
      {
        poll: () => this.#spans?.pump(),
        urgent: () => parts.reader.urgent(),
        drain: () => this.#drain(),
        due: () => this.#cut(),
        beat: () => this.#beat(),
        fast: () => parts.reader.isReuseDue(),
      },
      parts.config.uploadInterval,
    );
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    this.#take(parts.first);
  }

  /** Directory of the capture, null without one. */
  get captureDir(): string | null {
    return this.#parts.capture?.dir ?? null;
  }

  /** As the process says it itself, redacted. */
  get command(): string {
    return this.#parts.topology.facts.get("command") ?? "";
  }

  /** Samples that reached us and no server, by reason. */
  get losses(): Record<string, number> {
    return this.#deliveries?.losses ?? {};
  }

  start(): void {
    // Before the first look: it may see the end already, and what is open then is closed.
    this.#endpoint = openEndpoint(this.#parts, () => this.#deliveries?.agent);
    this.#endSelfProfile = startSelfProfile(this.#parts.config, this.#parts.log);
    const { request, pid } = this.#parts;
    this.#loop.start();
    void request.native.waitForExit(pid, request.segment.startTicks).then(() => this.#end());
  }

  /** Delivers what there is now. */
  flush(): Promise<void> {
    this.#loop.restartInterval();
    this.#cut();
    return this.#then(async (deliveries) => {
      await Promise.all([deliveries.flush(FLUSH_TIMEOUT_MS), this.#spans?.flush(FLUSH_TIMEOUT_MS)]);
    });
  }

  /** The target is gone, or we leave on purpose: the last window, then nothing more. */
  leave(): Promise<void> {
    if (!this.ending) this.#parts.reader.detach();
    this.#end();
    return this.done;
  }

  async #openDeliveries(): Promise<void> {
    const seen = () => ({ cells: this.#counts.cells, ended: this.#counts.ended, state: this.#state });
    const observe = () => {
      // At the end all samples are taken; what became of them is still being written into the account.
      if (this.ending) this.#state = this.#parts.reader.state();
      else this.#take(this.#parts.input.tick({ cells: true }));
      return seen();
    };
    const own = { parts: this.#parts, labels: this.#labels, counts: this.#counts };
    this.#deliveries = await Deliveries.open({ ...own, observe, seen });
  }

  /** Only where the tracer takes spans: without, nothing of it is loaded. */
  async #openSpans(): Promise<void> {
    if (!this.#parts.reader.hasSpans()) return;
    const { SpanStream } = await import("./collector.js");
    this.#spans = await SpanStream.open(this.#parts, this.#labels, {
      sent: (n) => this.#deliveries?.sentSpans(n),
      lost: (reason, n) => this.#deliveries?.lost(reason, n),
    });
  }

  /** Says that we live, and looks whether the target does. */
  #beat(): void {
    this.#parts.reader.heartbeat(Number(this.#parts.request.segment.shiftNs));
    if (this.#parts.presence.gone()) this.#end(performance.now() - this.#present);
    else if (this.captureDir !== null) this.#snapshot(performance.now());
    this.#present = performance.now();
  }

  /** What was counted until now, for a capture that tells how it changed. */
  #snapshot(now: number): void {
    if (now < this.#nextSnapshot) return;
    this.#take(this.#parts.input.tick({ cells: true }));
    this.#nextSnapshot = now + nextSnapshotDelayMs(this.#parts.clock.atNs() / 1e6, this.#counts.cells.length);
    void this.#then((deliveries) => deliveries.note());
  }

  /** False: there is more. */
  #drain(): boolean {
    const tick = this.#take(this.#parts.input.tick({ cells: false }));
    const { targetState, flushAsked } = tick.state;
    if (flushAsked === this.#flushed) return tick.drained;
    // A target that ends and asks may take us along (PID 1 of a container): everything must be done before we answer.
    if (targetState === "running") this.#answerFlush(flushAsked);
    else this.#end();
    return tick.drained;
  }

  #take(tick: Tick): Tick {
    this.#state = tick.state;
    this.#counts.take(tick);
    this.#deliveries?.gone(tick.gone);
    for (const batch of tick.batches) this.#window.add(batch);
    return tick;
  }

  #answerFlush(asked: number): void {
    this.#flushed = asked;
    void this.flush().then(() => this.#parts.reader.flushed(asked));
  }

  #cut(): void {
    this.#take(this.#parts.input.tick({ cells: true }));
    const { monoNs, ...time } = this.#times.cut();
    const cut = {
      window: this.#window.swap(),
      ...time,
      atNs: this.#parts.clock.atNs(monoNs),
      sampleRate: this.#state.sampleRate || this.#parts.config.sampleRate,
      wallRate: this.#state.wallRate,
    };
    void this.#then((deliveries) => deliveries.deliver(cut));
  }

  /** One after the other; what fails is said and does not stop the next. */
  #then(step: (deliveries: Deliveries) => Promise<void>): Promise<void> {
    const deliveries = this.#deliveries;
    if (deliveries === undefined) return this.#work;
    this.#work = this.#work
      .then(() => step(deliveries))
      .catch((error) => this.#parts.log.error((error as Error).message));
    return this.#work;
  }

  #end(late = this.#parts.request.late ?? 0): void {
    if (this.ending) return;
    this.ending = true;
    this.#loop.stop();
    this.#parts.request.ending?.(late);
    const left = timeLeft(late);
    this.#timer = setTimeout(() => this.#giveUp(), left.giveUpMs);
    const closePort = keepPort(this.#endpoint);
    for (let drained = false; !drained; ) {
      const tick = this.#take(this.#parts.input.tick({ cells: true }));
      drained = tick.drained || tick.samples === 0;
    }
    this.#cut();
    void this.#then(() => this.#spans?.close(left.of(SPANS_SHUTDOWN_TIMEOUT_MS)) ?? Promise.resolve());
    void this.#then((deliveries) => deliveries.close(left.of(SHUTDOWN_TIMEOUT_MS)));
    void this.#then(() => this.#endSelfProfile()).then(() => this.#close(closePort));
  }

  #giveUp(): void {
    this.#parts.log.error("not everything was delivered within 9 s of the end of the process");
    this.#resolveDone();
  }

  async #close(closePort: () => Promise<void>): Promise<void> {
    this.#parts.reader.flushed(this.#state.flushAsked); // the target may wait for this
    await closePort();
    clearTimeout(this.#timer);
    this.#parts.reader.close();
    this.#resolveDone();
  }
}
