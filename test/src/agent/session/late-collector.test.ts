// Is OpenTelemetry loaded for the first export and no sooner, and is nothing lost that came before?
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LateCollector } from "../../../../src/agent/session/late-collector.js";
import type { Sink } from "../../../../src/agent/session/sink.js";
import type { CellSnapshot } from "../../../../src/model/batch.js";

const cells = (...slots: number[]) => slots.map((slot) => ({ slot }) as unknown as CellSnapshot);

function collector(load?: () => Promise<Sink>) {
  const calls: unknown[][] = [];
  const sink: Sink = {
    gone: (gone) => void calls.push(["gone", gone.length]),
    flush: async (ms) => void calls.push(["flush", ms > 0]),
    close: async (ms) => void calls.push(["close", ms > 0]),
  };
  const failed: string[] = [];
  const opened = vi.fn(load ?? (async () => sink));
  return { calls, failed, opened, late: new LateCollector(opened, 10_000, (error) => failed.push(error.message)) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the collector", () => {
  test("is opened after one interval, and exports then", async () => {
    const { calls, opened } = collector();
    await vi.advanceTimersByTimeAsync(9999);
    expect(opened).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toEqual([["flush", true]]);
  });

  test("gets what ended before it was there, first and in order, and the rest at once", async () => {
    const { calls, late, opened } = collector();
    late.gone(cells(1, 2));
    late.gone(cells());
    late.gone(cells(3));
    expect(opened).not.toHaveBeenCalled();
    await late.flush(100);
    late.gone(cells(4, 5, 6));
    expect(calls).toEqual([
      ["gone", 2],
      ["gone", 1],
      ["flush", true],
      ["gone", 3],
    ]);
    expect(opened).toHaveBeenCalledOnce();
  });

  test("is opened for the last export of a target that ended sooner, and not a second time by the clock", async () => {
    const { calls, late, opened } = collector();
    late.gone(cells(1));
    await late.close(100);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([
      ["gone", 1],
      ["close", true],
    ]);
    expect(opened).toHaveBeenCalledOnce();
  });

  test("is opened sooner where very much ends: it is not kept without bound", () => {
    const { late, opened } = collector();
    for (let i = 0; i < 11; i++) late.gone(cells(...Array.from({ length: 100 }, (_, slot) => slot)));
    expect(opened).toHaveBeenCalledOnce();
  });

  test("that cannot be opened is said, and no reason for anything else to fail", async () => {
    const { failed, late } = collector(async () => {
      throw new Error("no such module");
    });
    await expect(late.flush(10)).resolves.toBeUndefined();
    expect(failed).toEqual(["no such module"]);
  });
});
