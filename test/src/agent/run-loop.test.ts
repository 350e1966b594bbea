// When does the loop poll, drain and say that an interval is over? On a clock that only the test moves.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  DRAIN_EVERY_POLLS,
  FAST_POLL_INTERVAL_MS,
  type LoopWork,
  POLL_INTERVAL_MS,
  RunLoop,
} from "../../../src/agent/run-loop.js";

const INTERVAL_MS = 15_000;

/** Counts what it is asked to do; what it answers can be changed. */
class Diary implements LoopWork {
  polls = 0;
  drains = 0;
  beats = 0;
  intervals = 0;
  isUrgent = false;
  isFast = false;
  left = 0;
  onDrain = (): void => {};

  poll(): void {
    this.polls++;
  }
  urgent(): boolean {
    return this.isUrgent;
  }
  drain(): boolean {
    this.drains++;
    this.onDrain();
    return this.left === 0 || --this.left === 0;
  }
  due(): void {
    this.intervals++;
  }
  beat(): void {
    this.beats++;
  }
  fast(): boolean {
    return this.isFast;
  }
}

describe("the run loop", () => {
  let work: Diary;
  let loop: RunLoop;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    vi.spyOn(Math, "random").mockReturnValue(0); // the first interval is half of one
    work = new Diary();
    loop = new RunLoop(work, INTERVAL_MS);
  });
  afterEach(() => {
    loop.stop();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("polls and drains once before start returns", () => {
    loop.start();
    expect([work.polls, work.drains, work.beats]).toEqual([1, 1, 1]);
  });

  it("polls every 100 ms, and drains every tenth time", () => {
    loop.start();
    vi.advanceTimersByTime(2 * DRAIN_EVERY_POLLS * POLL_INTERVAL_MS);
    expect([work.polls, work.drains, work.beats]).toEqual([2 * DRAIN_EVERY_POLLS + 1, 3, 3]);
  });

  it("drains at the next poll what is urgent, without another beat", () => {
    loop.start();
    work.isUrgent = true;
    vi.advanceTimersByTime(POLL_INTERVAL_MS);
    expect([work.drains, work.beats]).toEqual([2, 1]);
  });

  it("comes back at once while something is left, but lets others have their turn", () => {
    work.isUrgent = true;
    work.left = 4;
    loop.start();
    expect(work.drains).toBe(1);
    vi.advanceTimersByTime(POLL_INTERVAL_MS - 1);
    expect(work.drains).toBe(4);
  });

  it("polls ten times as often while somebody waits for it", () => {
    loop.start();
    work.isFast = true;
    vi.advanceTimersByTime(POLL_INTERVAL_MS + 5 * FAST_POLL_INTERVAL_MS);
    expect(work.polls).toBe(7);
  });

  it("says that an interval is over after it has drained, first after a part of one, then after each", () => {
    const drainedBefore: number[] = [];
    vi.spyOn(work, "due").mockImplementation(() => drainedBefore.push(performance.now()));
    loop.start();
    const began = performance.now();
    vi.advanceTimersByTime(2.5 * INTERVAL_MS + POLL_INTERVAL_MS);
    expect(drainedBefore.map((at) => (at - began) / INTERVAL_MS)).toEqual([0.5, 1.5, 2.5]);
  });

  it("is not due twice for an interval that was ended early while it drained", () => {
    loop.start();
    work.onDrain = () => loop.restartInterval();
    vi.advanceTimersByTime(INTERVAL_MS / 2);
    expect(work.intervals).toBe(0);
    work.onDrain = () => {};
    vi.advanceTimersByTime(INTERVAL_MS + POLL_INTERVAL_MS);
    expect(work.intervals).toBe(1);
  });

  it("does nothing more once it is stopped, also by its own work and in the middle of a poll", () => {
    work.onDrain = () => loop.stop();
    loop.start();
    vi.advanceTimersByTime(10 * INTERVAL_MS);
    expect([work.polls, work.drains, work.beats, work.intervals]).toEqual([1, 1, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
