// Is the line on the terminal true while a command runs, and does the command end when its time is over?
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drawOnTerminal, type MeanwhileRequest, meanwhile } from "../../../src/commands/meanwhile.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Signals go to numbers that the system never gives to a process. */
function begin(change: Partial<MeanwhileRequest> = {}, processes = [2 ** 22 + 1, 2 ** 22 + 2]) {
  const drawn: string[] = [];
  const said: string[] = [];
  const sent: [number, unknown][] = [];
  vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
    sent.push([pid, signal]);
    throw new Error("ESRCH"); // as for one that has ended
  });
  const seen = { profiled: 0, fetching: { asked: 0, ended: 0, bytes: 0, module: "" } };
  const host = { profiled: () => seen.profiled, processes: () => processes, fetching: () => seen.fetching };
  const { stop } = meanwhile({
    host,
    durationMs: undefined,
    draw: (line) => drawn.push(line),
    say: (line) => said.push(line),
    ...change,
  });
  return { drawn, said, sent, seen, stop };
}

describe("the line", () => {
  it("says each second how long it takes, and what is profiled", () => {
    const { drawn, seen, stop } = begin();
    vi.advanceTimersByTime(1000);
    seen.profiled = 1;
    vi.advanceTimersByTime(64_000);
    seen.profiled = 3;
    vi.advanceTimersByTime(3_540_000);
    expect(drawn).toHaveLength(3605);
    expect([drawn[0], drawn[64], drawn[3604]]).toEqual([
      "gst-pyroscope: 0:01, no pipeline yet",
      "gst-pyroscope: 1:05, profiling one process",
      "gst-pyroscope: 1:00:05, profiling 3 processes",
    ]);
    stop();
  });

  it("says which debug file is fetched, until all are here", () => {
    const { drawn, seen, stop } = begin();
    Object.assign(seen, {
      profiled: 1,
      fetching: { asked: 14, ended: 3, bytes: 12_300_000, module: "libx264.so.164" },
    });
    vi.advanceTimersByTime(1000);
    seen.fetching.ended = 14;
    vi.advanceTimersByTime(1000);
    expect(drawn).toEqual([
      "gst-pyroscope: 0:01, profiling one process, debuginfod: 3 of 14 files, 12.3 MB, libx264.so.164",
      "gst-pyroscope: 0:02, profiling one process",
    ]);
    stop();
  });

  it("says how long it will take where that was asked for", () => {
    const { drawn, stop } = begin({ durationMs: 90_000 });
    vi.advanceTimersByTime(2000);
    expect(drawn.at(-1)).toBe("gst-pyroscope: 0:02 of 1:30, no pipeline yet");
    stop();
  });

  it("is wiped at the end, and none comes after it", () => {
    const { drawn, stop } = begin();
    vi.advanceTimersByTime(1000);
    expect(stop()).toEqual({ asked: false });
    expect(drawn.at(-1)).toBe("");
    vi.advanceTimersByTime(60_000);
    expect([drawn.length, vi.getTimerCount()]).toEqual([2, 0]);
  });
});

describe("a duration", () => {
  it("that is over interrupts each process, and 5 s later terminates it", () => {
    const { said, sent, stop } = begin({ durationMs: 30_000 });
    vi.advanceTimersByTime(29_999);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([2 ** 22 + 1, 2 ** 22 + 2].map((pid) => [pid, "SIGINT"]));
    vi.advanceTimersByTime(5000);
    expect(sent.slice(2)).toEqual([2 ** 22 + 1, 2 ** 22 + 2].map((pid) => [pid, "SIGTERM"]));
    expect(said).toEqual([
      "gst-pyroscope: --duration is over: the command is interrupted",
      "gst-pyroscope: it does not end: it is terminated",
    ]);
    expect(stop()).toEqual({ asked: true });
  });

  it("has no line drawn over its message", () => {
    const { drawn, stop } = begin({ durationMs: 3500 });
    vi.advanceTimersByTime(20_000);
    expect(drawn).toEqual([
      expect.stringContaining("0:01"),
      expect.stringContaining("0:02"),
      expect.stringContaining("0:03"),
      "",
      "",
    ]);
    stop();
  });

  it("of a command that ends before it sends nothing", () => {
    const { sent, stop } = begin({ durationMs: 30_000, draw: undefined });
    vi.advanceTimersByTime(29_000);
    expect(stop()).toEqual({ asked: false });
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
  });
});

it("nothing is drawn where nobody looks, or on a terminal that cannot go back", () => {
  expect(drawOnTerminal({ TERM: "dumb" })).toBeUndefined();
  expect(drawOnTerminal({})).toBeUndefined();
});
