// After which waits does a page connect again, and when does it begin to ask at intervals?
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { asksAtIntervals, type Outcome, persist, waitMs } from "../../src/ui/backoff.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("5 s, doubling to 30 s; at intervals after three failures", () => {
  expect([1, 2, 3, 4, 5, 50].map(waitMs)).toEqual([5000, 10_000, 20_000, 30_000, 30_000, 30_000]);
  expect([0, 1, 2, 3, 4].map(asksAtIntervals)).toEqual([false, false, false, true, true]);
});

test("a connection that had begun starts the waits anew; a final answer ends them", async () => {
  const outcomes: Outcome[] = ["failed", "failed", "failed", "lived", "failed", "final"];
  const begun = Date.now();
  const attempts: number[] = [];
  const failures: number[] = [];
  const attempt = async (): Promise<Outcome> => {
    attempts.push((Date.now() - begun) / 1000);
    return outcomes[attempts.length - 1] ?? "final";
  };
  const persisting = persist(attempt, (count) => failures.push(count));
  await vi.runAllTimersAsync();
  await persisting;
  expect(attempts).toEqual([0, 5, 15, 35, 40, 50]);
  expect(failures).toEqual([1, 2, 3, 1, 2]);
});
