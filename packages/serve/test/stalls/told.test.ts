// How soon is a stall judged, and how rightly, when the windows of its time come in time, late, or not at all?
// SPDX-License-Identifier: MPL-2.0
import type { PipelineWindow } from "@gst-pyroscope/contract/window";
import { describe, expect, test } from "vitest";
import { toldOf } from "../../src/stalls/told.js";
import { windowOf } from "../helpers/pipeline.js";
import { event, t0 } from "../store/build.js";
import { type Judging, judging, playsAt, stalledAt } from "./judging.js";

const STEP_MS = 200;

/** A pipeline of one element that is too slow since t0, seen over three minutes; all times in milliseconds from t0. */
interface Course {
  /** From a window's end until it is here. */
  lateMs?: number;
  /** What would come in this time comes at its end. */
  cutOff?: [fromMs: number, untilMs: number];
  /** Of the viewer's report. */
  reportMs?: number;
  stallMs?: number;
  lastedMs?: number;
  /** The process is killed. */
  killedMs?: number;
  /** From then until a window says so; undefined: the machine is gone with it, and none does. */
  noticedMs?: number;
}

const slowFrom = (fromMs: number) => (fromMs < 0 ? {} : { pace: 0.6, work: 1980 });

function* windowsOf({ killedMs = Infinity, noticedMs, lateMs = 200, cutOff: [cutMs, backMs] = [0, 0] }: Course) {
  let fromMs = -60_000;
  for (; fromMs + 2000 <= Math.min(killedMs, 60_000); fromMs += 2000) {
    const atMs = fromMs + 2000 + lateMs;
    yield {
      fromMs,
      atMs: atMs >= cutMs ? Math.max(atMs, backMs) : atMs,
      more: windowOf(t0 + fromMs, slowFrom(fromMs)),
    };
  }
  if (noticedMs === undefined || killedMs === Infinity) return;
  const more: Partial<PipelineWindow> = { ...windowOf(t0 + fromMs), state: "ended", end: { signal: "SIGKILL" } };
  yield { fromMs, atMs: killedMs + noticedMs, more };
}

/** What was told, each with how long after the stall. */
async function played(course: Course): Promise<{ one: Judging; told: { afterMs: number; verdict: string }[] }> {
  const { reportMs = 1000, stallMs = 10_000, lastedMs = 20_000, killedMs = Infinity } = course;
  const one = judging();
  const told: { afterMs: number; verdict: string }[] = [];
  const waiting = [...windowsOf(course)];
  const events = [
    { atMs: -1000, event: event("s", { clientMs: t0 - 1000, streamId: "demo" }) }, // by it the clocks are compared
    {
      atMs: stallMs + reportMs,
      event: stalledAt("s", t0 + stallMs, { playing_date: t0 + Math.min(stallMs - 4000, killedMs) }),
    },
    { atMs: stallMs + lastedMs + reportMs, event: playsAt("s", t0 + stallMs + lastedMs, lastedMs) },
  ];
  for (let ms = -1000; ms < 60_000; ms += STEP_MS) {
    one.clock.nowMs = t0 + ms;
    const due = waiting.filter(({ atMs }) => atMs <= ms);
    waiting.splice(0, due.length);
    if (due.length > 0)
      await one.windows(due.map(({ fromMs, atMs, more }) => ({ fromMs: t0 + fromMs, receivedMs: t0 + atMs, more })));
    for (const { atMs, event } of events) if (atMs > ms - STEP_MS && atMs <= ms) await one.send([event]);
    await one.wait(0);
    for (const { verdict } of one.told.slice(told.length)) told.push({ afterMs: ms - stallMs, verdict });
  }
  return { one, told };
}

describe("the first verdict on a stall", () => {
  test.each([0, 1000, 3000, 6000])(
    "with windows that are late by %i ms comes within four seconds, is not wrong, and is made again when they are here",
    async (lateMs) => {
      const { told, one } = await played({ lateMs });
      expect(told[0]?.afterMs).toBeLessThan(4000);
      const { length } = told.filter(({ afterMs }) => afterMs < 20_000);
      expect(length).toBeLessThanOrEqual(2);
      expect(told[length - 1]?.afterMs).toBeGreaterThanOrEqual(lateMs);
      expect(told[length - 1]?.afterMs).toBeLessThanOrEqual(2000 + lateMs + STEP_MS);
      expect(told.map(({ verdict }) => verdict)).toEqual(told.map(() => "element"));
      expect(one.counted).toEqual({ element: 1 });
    },
  );

  test("comes with the report, if that is late itself", async () => {
    const { told } = await played({ reportMs: 5000 });
    expect(told[0]).toEqual({ afterMs: 5000, verdict: "element" });
  });

  test.each([300, 2000])(
    "on a killed process comes with the report, as its end is known after %i ms",
    async (noticedMs) => {
      for (const [stallMs, reportMs] of [[26_000, 1000] as const, [14_000, 1000] as const]) {
        const { told, one } = await played({ killedMs: 13_000, noticedMs, stallMs, reportMs });
        expect(told[0]?.verdict).toBe("pipeline_down");
        expect(told[0]?.afterMs).toBeLessThanOrEqual(Math.max(reportMs, 13_000 + noticedMs - stallMs));
        expect(one.counted).toEqual({ pipeline_down: 1 });
      }
    },
  );

  test.each([14_000, 17_000, 20_000, 26_000])(
    "on a machine that is gone at 13000 ms is that of a pipeline that is down ten seconds later at most, for a stall at %i ms",
    async (stallMs) => {
      const { told, one } = await played({ killedMs: 13_000, stallMs });
      const down = told.find(({ verdict }) => verdict === "pipeline_down");
      expect(told[0]?.afterMs).toBeLessThan(4000);
      expect((down?.afterMs ?? Infinity) + stallMs).toBeLessThanOrEqual(Math.max(23_000, stallMs + 1000));
      expect(told.slice(0, told.indexOf(down as never)).every(({ verdict }) => verdict !== "delivery")).toBe(true);
      expect(one.counted).toEqual({ pipeline_down: 1 });
    },
  );

  test("is taken back, when the windows of a pipeline that seemed silent come after all", async () => {
    const { told } = await played({ cutOff: [5000, 24_000], lastedMs: 40_000 });
    expect(told.map(({ verdict }) => verdict)).toEqual(["pipeline_down", "element", "element"]);
    expect(told[1]?.afterMs).toBe(14_000);
  });
});

describe("a stall's time", () => {
  const now = (toMs: number, ended = false) => ({ toMs, receivedMs: toMs + 300, ended });

  test.each([
    ["one that has told", [now(10_000)], true],
    ["one that has not", [now(9999)], false],
    ["one of two that has not", [now(10_000), now(9000)], false],
    ["one that has ended", [now(2000, true)], true],
    ["one that has ended, and one that has not told", [now(2000, true), now(9000)], false],
    ["another that is gone for long", [now(10_000), now(-1)], true],
    ["one that is gone for long", [now(-1)], false],
    ["none", [], false],
  ])("is told by %s: %j %s", (_, newest, all) => {
    expect(toldOf(newest, 10_000, 0).all).toBe(all);
  });

  test("is known to be silent after the newest of those that have not told, and not before the service could hear", () => {
    expect(toldOf([now(10_000), now(6000), now(4000)], 10_000, 0).silentAtMs).toBe(14_300);
    expect(toldOf([now(6000)], 10_000, 20_000).silentAtMs).toBe(28_000);
  });
});
