// Does a pause end when its time is over or a signal comes, whichever is first, and leave nothing behind?
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { pause } from "../../../src/delivery/pause.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watched(promise: Promise<void>) {
  const seen = { over: false };
  void promise.then(() => {
    seen.over = true;
  });
  return seen;
}
const listeners = (...controllers: AbortController[]) =>
  controllers.map(({ signal }) => getEventListeners(signal, "abort").length);

it("ends after its time, and not before", async () => {
  const seen = watched(pause(1000));
  await vi.advanceTimersByTimeAsync(999);
  expect(seen.over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.over).toBe(true);
});

it("ends with the first of several signals; then neither listener nor timer is left", async () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const seen = watched(pause(1000, a.signal, b.signal));
  expect(listeners(a, b)).toEqual([1, 1]);
  b.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.over).toBe(true);
  expect(listeners(a, b)).toEqual([0, 0]);
  expect(vi.getTimerCount()).toBe(0);
});

it("does not begin when a signal was aborted before", async () => {
  const aborted = AbortSignal.abort();
  const other = new AbortController();
  const seen = watched(pause(1000, other.signal, aborted));
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.over).toBe(true);
  expect(listeners(other)).toEqual([0]);
});

it("leaves no listener behind when its time is over", async () => {
  const end = new AbortController();
  for (let i = 0; i < 100; i++) {
    const seen = watched(pause(10, end.signal));
    await vi.advanceTimersByTimeAsync(10);
    expect(seen.over).toBe(true);
  }
  expect(listeners(end)).toEqual([0]);
});
