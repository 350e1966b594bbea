// Which processes of a command have pipelines, and what came of them? The agent inside `run`.
// SPDX-License-Identifier: MPL-2.0

import { setTimeout as pause } from "node:timers/promises";
import { hostedBy, withDescendants } from "../attach/processes.js";
import type { SegmentPlace } from "../attach/segments.js";
import { SegmentWatch } from "../attach/watch.js";
import { attempt } from "../model/attempt.js";
import type { FetchState } from "../symbols/debuginfod.js";
import { type HeldSegment, holdSegment } from "./holding.js";
import type { Host, HostParts, HostSummary } from "./host-request.js";
import { type SeenProcess, summaryOf } from "./run-summary.js";
import { Target } from "./session/target.js";

/** After the command's end: a process that still runs then is left to itself … */
const GRACE_MS = 2000;
/** … what is not delivered by then is given up … */
const FINISHED_MS = 9500;
/** … and a host that does not even notice that is ended, with the command's exit code. */
const DEADLINE_MS = 30_000;

export class RunHost implements Host {
  readonly #parts: HostParts;
  readonly #seen: SeenProcess[] = [];
  /** What is not there yet: segments that are not sealed, and those that wait for their turn. */
  readonly #coming = new Set<Promise<void>>();
  #turn: Promise<void> = Promise.resolve();
  #ended: (code: number) => void = () => {};
  readonly #exit = new Promise<number>((resolve) => {
    this.#ended = resolve;
  });
  #watch: SegmentWatch | undefined;
  #root: number | undefined;
  #numbers = 0;
  #late = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  watch(childPid: number): void {
    this.#root = childPid;
    this.#watch = new SegmentWatch({
      root: childPid,
      appeared: (place) => this.#appeared(place),
      waitForExit: (pid, startTicks) => this.#parts.target.native.waitForExit(pid, startTicks),
    });
    this.#watch.start();
  }

  livePage(): Promise<string | undefined> {
    return this.#parts.target.services.page.url();
  }

  profiled(): number {
    return this.#seen.length;
  }

  fetching(): FetchState {
    return this.#parts.target.services.fetching;
  }

  processes(): number[] {
    return this.#root === undefined ? [] : withDescendants(this.#root);
  }

  async finish(code: number): Promise<HostSummary> {
    this.#ended(code);
    this.#watch?.stop();
    this.#boundEnd(code);
    const late = pause(FINISHED_MS, true, { ref: false });
    await Promise.race([this.#delivered(), late]);
    this.#late = true;
    this.#parts.target.services.close();
    const sawGStreamer = this.#seen.length > 0;
    const leftBehind = sawGStreamer ? [] : hostedBy(process.pid);
    return { sawGStreamer, lines: await summaryOf(this.#seen, this.#parts), leftBehind };
  }

  /** All that were seen; who outlives the command is told that we go. */
  async #delivered(): Promise<void> {
    await Promise.all(this.#coming);
    const targets = this.#seen.flatMap(({ target }) => target ?? []);
    const all = Promise.all(targets.map((target) => target.done));
    await Promise.race([all, pause(GRACE_MS, null, { ref: false })]);
    for (const seen of this.#seen) {
      if (seen.target === undefined || seen.target.ending) continue;
      seen.note = "still running; profiled until now";
      void seen.target.leave();
    }
    await all;
  }

  #appeared(place: SegmentPlace): void {
    const seen: SeenProcess = { pid: place.pid };
    this.#seen.push(seen);
    const coming = this.#open(seen, place).catch((error) => {
      seen.note = `not profiled: ${(error as Error).message}`;
    });
    this.#coming.add(coming);
    void coming.then(() => this.#coming.delete(coming));
  }

  async #open(seen: SeenProcess, place: SegmentPlace): Promise<void> {
    const segment = await holdSegment(this.#parts.target.native, place); // at once, not in turn
    seen.number = ++this.#numbers;
    const served = this.#turn.then(() => this.#serve(seen, segment));
    this.#turn = served.catch(() => undefined);
    await served;
  }

  async #serve(seen: SeenProcess, segment: HeldSegment): Promise<void> {
    segment.taken();
    if (this.#late) {
      segment.reader.close();
      throw new Error("its turn did not come before the end");
    }
    const { request, target } = this.#parts;
    const { layers, captureDir, replace } = request;
    const exit = seen.pid === this.#root ? { exit: this.#exit } : {};
    const own = { segment, pid: seen.pid, layers, captureDir, process: seen.number, replace, ...exit };
    const opened = await Target.open({ ...target, ...own, report: pagesComeLast });
    opened.start();
    target.services.door.open(opened.log);
    seen.target = opened;
  }

  /** Only this: a summary of much data may take longer than the delivery. */
  #boundEnd(code: number): void {
    const text = "gst-pyroscope: stopped before everything was delivered\n";
    const { native } = this.#parts.target;
    // Where no thread is left for it the timers must do.
    attempt(() => native.endAfter({ pid: 0, startTicks: 0, ms: DEADLINE_MS, spentMs: 0, code, text }), false);
  }
}

/** Pages are written once all processes have ended: they link to each other, and while one is written no new process would be seen. */
const pagesComeLast = async (): Promise<null> => null;
