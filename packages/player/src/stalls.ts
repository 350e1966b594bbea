// When has the picture stopped because data was missing, and for how long?
//
// A stall is `waiting` while the video neither seeks nor is paused, after its first picture, for at least 100 ms; another one
// within 250 ms is the same. A jump by which hls.js leaves a hole does not end it.
// SPDX-License-Identifier: MIT
import type { Meta } from "./types.js";

const LEAST_MS = 100;
const SAME_WITHIN_MS = 250;
/** Seconds: two positions that are nearer are the same. */
const SAME_POSITION = 0.05;

export interface StallReport {
  started(meta: Meta, atMs: number): void;
  ended(meta: Meta, atMs: number): void;
}

interface Stall {
  began: number;
  /** The player's figures when the picture stopped. */
  figures: Meta;
  waitingSince: number | undefined;
  /** Sum of its waits that are over. */
  waitedMs: number;
  lastEnd: number;
  waits: number;
  told: boolean;
}

export class Stalls {
  #stall: Stall | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #totalMs = 0;
  /** Where hls.js put the video last, in seconds. */
  #nudgedTo = Number.NaN;
  #nudges = 0;
  readonly #report: StallReport;
  readonly #figures: () => Meta;
  readonly #position: () => number;

  /** `position`: of the video, in seconds. */
  constructor(report: StallReport, figures: () => Meta, position: () => number) {
    this.#report = report;
    this.#figures = figures;
    this.#position = position;
  }

  waiting(): void {
    const now = Date.now();
    this.#stall ??= {
      began: now,
      figures: this.#figures(),
      waitingSince: undefined,
      waitedMs: 0,
      lastEnd: now,
      waits: 0,
      told: false,
    };
    const stall = this.#stall;
    if (stall.waitingSince !== undefined) return;
    stall.waitingSince = now;
    stall.waits++;
    if (stall.told) clearTimeout(this.#timer);
    else this.#after(LEAST_MS - stall.waitedMs, () => this.#tell(stall));
  }

  playing(): void {
    const stall = this.#stall;
    if (stall?.waitingSince === undefined) return;
    this.#endWait(stall, stall.waitingSince);
    this.#after(SAME_WITHIN_MS, () => this.#over("playing"));
  }

  /** hls.js jumped over a hole or pushed the video on. */
  nudged(): void {
    this.#nudgedTo = this.#position();
    if (this.#stall) this.#nudges++;
  }

  /** Whether a jump that the video reports now is the work of hls.js: told by where it led, for a busy page reports it late. */
  get isNudge(): boolean {
    return Math.abs(this.#position() - this.#nudgedTo) <= SAME_POSITION;
  }

  /** By the viewer, or because nothing plays any more: what lasts, ends. */
  interrupted(why: string): void {
    const stall = this.#stall;
    if (stall === undefined) return;
    if (stall.waitingSince !== undefined) this.#endWait(stall, stall.waitingSince);
    this.#over(why);
  }

  /** A busy page runs timers late: what has lasted long enough is a stall, also when its end was faster than the timer. */
  #endWait(stall: Stall, since: number): void {
    stall.lastEnd = Date.now();
    stall.waitedMs += stall.lastEnd - since;
    stall.waitingSince = undefined;
    if (!stall.told && stall.waitedMs >= LEAST_MS) this.#tell(stall);
  }

  #tell(stall: Stall): void {
    stall.told = true;
    this.#count++;
    this.#report.started({ ...stall.figures, rebuffer_count: this.#count }, stall.began);
  }

  #over(why: string): void {
    clearTimeout(this.#timer);
    const stall = this.#stall;
    this.#stall = undefined;
    if (!stall?.told) return;
    const duration = Math.round(stall.lastEnd - stall.began);
    this.#totalMs += duration;
    const meta: Meta = {
      duration_ms: duration,
      rebuffer_count: this.#count,
      total_rebuffer_duration_ms: this.#totalMs,
      waits: stall.waits,
      nudges: this.#nudges,
      ended_by: why,
    };
    this.#nudges = 0;
    this.#report.ended(meta, stall.lastEnd);
  }

  #after(ms: number, work: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, Math.max(0, ms));
  }
}
