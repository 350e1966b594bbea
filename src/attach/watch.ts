// When does a process below ours begin to offer a segment?
// SPDX-License-Identifier: MPL-2.0

import { latestId, startTicks, withDescendants } from "./processes.js";
import { findSegments, type SegmentPlace } from "./segments.js";

export interface WatchRequest {
  /** The process at the top. */
  root: number;
  /** Called once for each segment. */
  appeared: (place: SegmentPlace) => void;
  /** Of the addon. */
  waitForExit: (pid: number, startTicks: number) => Promise<void>;
}

/** While processes are new their segment may come and go within milliseconds. */
const EAGER_MS = 10;
const EAGER_FOR_MS = 2000;
const CALM_MS = 100;
/** All is looked at this often. A target that we miss waits for us for a second. */
const ANYWAY_MS = 500;

/** Engine. Our own process is never looked at: it maps what it reads. */
export class SegmentWatch {
  readonly #request: WatchRequest;
  /** By inode: a forked child holds its parent's segment as well. */
  readonly #seen = new Set<number>();
  readonly #processes = new Set<string>();
  /** Processes with a segment; they have some forty threads, and another segment seldom. */
  readonly #serving = new Set<number>();
  #eagerUntil = 0;
  /** Of the last look. */
  #latestId: string | null = null;
  #lookedAtAll = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(request: WatchRequest) {
    this.#request = request;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Looks at all processes once, now, besides the looks of its own timer. */
  lookNow(): void {
    this.#lookAtAll(() => false);
  }

  #look(): void {
    if (this.#stopped) return;
    const now = performance.now();
    if (now >= this.#lookedAtAll + ANYWAY_MS) {
      this.#lookedAtAll = now;
      this.lookNow();
    } else if (this.#mayBeNew(now)) this.#lookAtAll((pid) => this.#serving.has(pid));
    const eager = now < this.#eagerUntil;
    this.#timer = setTimeout(() => this.#look(), eager ? EAGER_MS : CALM_MS);
  }

  /** Who makes a segment starts a thread with it: without a new one anywhere there is no new segment. */
  #mayBeNew(now: number): boolean {
    const before = this.#latestId;
    this.#latestId = latestId();
    return this.#latestId === null || this.#latestId !== before || now < this.#eagerUntil;
  }

  #lookAtAll(skipped: (pid: number) => boolean): void {
    for (const pid of withDescendants(this.#request.root, skipped)) {
      if (pid !== process.pid && !skipped(pid)) this.#lookAt(pid);
    }
  }

  #lookAt(pid: number): void {
    const ticks = startTicks(pid);
    if (ticks === null) return;
    const who = `${pid} ${ticks}`;
    if (!this.#processes.has(who)) {
      this.#processes.add(who);
      this.#eagerUntil = performance.now() + EAGER_FOR_MS;
    }
    for (const place of findSegments(pid).places) {
      if (this.#seen.has(place.inode)) continue;
      this.#seen.add(place.inode);
      this.#serving.add(pid);
      void this.#follow(place, ticks);
    }
  }

  async #follow(place: SegmentPlace, ticks: number): Promise<void> {
    this.#request.appeared(place);
    await this.#request.waitForExit(place.pid, ticks);
    this.#serving.delete(place.pid);
  }
}
