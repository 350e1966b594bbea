// Has each window what came since the one before, the sum of all what was counted, and a pipeline that goes a last one?
import { describe, expect, test } from "vitest";
import type { PipelineWindow as Contracted } from "../../../packages/contract/src/window.js";
import type { NamedSamples } from "../../../src/model/named-samples.js";
import { MOST_STREAMS } from "../../../src/windows/identity.js";
import type { PipelineWindow } from "../../../src/windows/pipeline-window.js";
import { PipelineWindows, type WindowPiece } from "../../../src/windows/windows.js";
import { ownerOf, samplesOf } from "../../helpers/live.js";
import { Piped } from "../../helpers/piped.js";

const machine = { load: 1, cpus: 2, steal: 0, pressure: 0 };
const T0 = Date.parse("2026-01-01T00:00:00Z");

function windowsOf(piped: Piped, tag = "demo") {
  const request = { topology: piped.topology, tag, service: "svc", host: "box", run: "7-99" };
  const windows = new PipelineWindows(request, { cells: [], processCpuNs: 0, losses: 0 });
  let n = 0;
  const next = (change: Partial<WindowPiece> & Pick<WindowPiece, "cells">): PipelineWindow[] => {
    n++;
    return windows.next({
      ...{
        fromMs: T0 + (n - 1) * 2000,
        toMs: T0 + n * 2000,
        samples: samplesOf([]),
        looked: { cpu: true, wall: true },
      },
      ...{ processCpuNs: n * 5e8, losses: 3 * n, machine, wanted: new Map(), end: null },
      ...change,
    });
  };
  return { next };
}

const element = (window: PipelineWindow | undefined, path: string) => {
  const found = window?.elements.find((one) => one.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
};

test("a window has its own counts and times, and says whose it is", () => {
  const piped = new Piped();
  const { next } = windowsOf(piped);
  const [first] = next({ cells: piped.after(10) });
  const [second] = next({ cells: piped.after(25) });
  expect(second).toMatchObject({
    ...{ stream_id: "demo", stream_source: "tag", pipeline: "p", service: "svc", host: "box", state: "playing" },
    ...{ run_id: `7-99-${piped.pipeline}`, from: "2026-01-01T00:00:02.000Z", to: "2026-01-01T00:00:04.000Z" },
    ...{ process_cpu_ms: 500, losses: 3, machine },
  });
  expect(second).not.toHaveProperty("end");
  expect(second?.topology).toBe(first?.topology);
  expect(element(first, "p/enc")).toMatchObject({ buffers_in: 10, buffers_out: 10, bytes_in: 1000, own_ms: 10 });
  expect(element(second, "p/enc")).toMatchObject({
    buffers_in: 15,
    bytes_in: 1500,
    own_ms: 15,
    drops: 0,
    flow_errors: 0,
  });
  expect(element(second, "p/src")).toMatchObject({ buffers_in: 0, buffers_out: 15, driver_ms: 30, queue: null });
  expect(element(second, "p/q").queue).toEqual({ level: 0, highest: 0, capacity: null, wait_ms: 75 });
  expect(second?.sinks).toEqual([{ path: "p/out", buffers: 105, media_ms: null }]);
});

test("an element that did nothing is in the window with nothing, and keeps its place", () => {
  const piped = new Piped();
  const { next } = windowsOf(piped);
  const [first] = next({ cells: piped.after(10) });
  const [second] = next({ cells: piped.after(10) });
  expect(second?.elements.map(({ path, threads, feeds }) => [path, threads, feeds])).toEqual(
    first?.elements.map(({ path, threads, feeds }) => [path, threads, feeds]),
  );
  for (const e of second?.elements ?? []) expect([e.buffers_in, e.own_ms, e.driver_ms]).toEqual([0, 0, 0]);
});

test("CPU time is that of its functions, loop and workers; waits are by reason, and not those of workers", () => {
  const piped = new Piped();
  const samples: NamedSamples = samplesOf([
    { owner: ownerOf("p/enc"), stack: "a", ns: 10e6 },
    { owner: ownerOf("(worker:p/enc)"), stack: "b", ns: 30e6 },
    { owner: ownerOf("(worker:p/enc)", { blockedOn: "futex" }), stack: "b", ns: 90e6 },
    { owner: ownerOf("p/enc", { blockedOn: "futex" }), stack: "c", ns: 4e6 },
    { owner: ownerOf("p/out", { blockedOn: "write" }), stack: "d", ns: 7e6 },
    { owner: ownerOf("(driver:p/q)", { blockedOn: "futex" }), stack: "e", ns: 8e6 },
    { owner: ownerOf("(driver:p/src)", { blockedOn: "cpu" }), stack: "f", ns: 2e6 },
  ]);
  const [window] = windowsOf(piped).next({ cells: piped.after(10), samples });
  expect(element(window, "p/enc")).toMatchObject({ cpu_ms: 40, blocked_ms: { peer: 4 } });
  expect(element(window, "p/out").blocked_ms).toEqual({ disk: 7 });
  expect(element(window, "p/q").blocked_ms).toEqual({ peer: 8 });
  expect(element(window, "p/src").blocked_ms).toEqual({ cpu_ready: 2 });
});

test("a window of ours is one of the contract", () => {
  const piped = new Piped();
  const [window] = windowsOf(piped).next({ cells: piped.after(1) });
  const sent = (one: PipelineWindow): Contracted => one;
  const taken = (one: Contracted): PipelineWindow => one;
  expect(taken(sent(window as PipelineWindow))).toBe(window);
});

test("what was not looked at is null, not 0", () => {
  const piped = new Piped();
  const looked = { cpu: false, wall: false };
  const [window] = windowsOf(piped).next({ cells: piped.after(1), looked, processCpuNs: null });
  expect(element(window, "p/enc")).toMatchObject({ cpu_ms: null, blocked_ms: null });
  expect(window?.process_cpu_ms).toBeNull();
});

test("the end has the last flow return that was not ok, and is told once", () => {
  const piped = new Piped();
  const { next } = windowsOf(piped);
  const failed = piped.hop("q", "enc", [5], { flow: { ...piped.hop("q", "enc", []).flow, error: 1, flushing: 2 } });
  const [first] = next({ cells: [...piped.after(10), failed] });
  expect(element(first, "p/enc").flow_errors).toBe(3);
  const [last] = next({ cells: [...piped.after(10), failed], end: { signal: "SIGKILL" } });
  expect(last).toMatchObject({ state: "ended", end: { flow: "error", signal: "SIGKILL" } });
  expect(element(last, "p/enc").flow_errors).toBe(0);
});

test("a pipeline that goes while its process lives has a last window, and the others go on", () => {
  const piped = new Piped();
  const { next } = windowsOf(piped);
  expect(next({ cells: piped.after(10) })).toHaveLength(1);
  const other = piped.entries.pipeline("other");
  piped.told();
  piped.topology.add([
    { id: 500_000, kind: "fact", parent: 0, texts: ["a", "b"], value0: 0, value1: 0, replaces: piped.pipeline },
  ]);
  const [last] = next({ cells: piped.after(12) });
  expect(last).toMatchObject({ pipeline: "p", state: "ended", end: {} });
  expect(element(last, "p/enc").buffers_in).toBe(2);
  expect(next({ cells: piped.after(12) })).toEqual([]);
  expect(other).toBeGreaterThan(0);
});

test("what was counted before the first window is in none", () => {
  const piped = new Piped();
  const request = { topology: piped.topology, tag: "", service: "svc", host: "box", run: "7-99" };
  const windows = new PipelineWindows(request, { cells: piped.after(100), processCpuNs: 9e9, losses: 50 });
  const [window] = windows.next({
    ...{
      fromMs: T0,
      toMs: T0 + 2000,
      samples: samplesOf([]),
      looked: { cpu: true, wall: true },
      cells: piped.after(101),
    },
    ...{ processCpuNs: 9.1e9, losses: 51, machine, wanted: new Map(), end: null },
  });
  expect(window).toMatchObject({ stream_id: "p", stream_source: "pipeline", process_cpu_ms: 100, losses: 1 });
  expect(element(window, "p/enc").buffers_in).toBe(1);
});

test("stacks are there for the stream that they are wanted of, and only then", () => {
  const piped = new Piped();
  const samples = samplesOf([{ owner: ownerOf("p/enc"), stack: "main;encode", ns: 5e6 }]);
  const { next } = windowsOf(piped);
  const [wanted] = next({ cells: piped.after(1), samples, wanted: new Map([["demo", new Set(["p/enc"])]]) });
  expect(wanted?.stacks).toEqual([{ path: "p/enc", frames: ["main", "encode"], ms: 5 }]);
  const [other] = next({ cells: piped.after(2), samples, wanted: new Map([["other", new Set(["p/enc"])]]) });
  expect(other).not.toHaveProperty("stacks");
});

describe("a pipeline whose sinks publish several streams", () => {
  function ladder(names: readonly string[]) {
    const piped = new Piped();
    for (const [i, name] of names.entries()) piped.publisher(`hls${i}`, name);
    piped.told();
    const hops = (n: number) => names.map((_, i) => piped.hop("mux", `hls${i}-sink`, Array(n * (i + 1)).fill(5)));
    return { piped, counted: (n: number) => [...piped.after(n), ...hops(n)] };
  }

  test("has a window of each, with all elements, the stream's own sinks, and the stacks that are wanted of it", () => {
    const { piped, counted } = ladder(["high", "low"]);
    const { next } = windowsOf(piped, "");
    next({ cells: counted(10) });
    const samples = samplesOf([{ owner: ownerOf("p/enc"), stack: "main;encode", ns: 5e6 }]);
    const [high, low, ...more] = next({
      ...{ cells: counted(15), samples, wanted: new Map([["low", new Set(["p/enc"])]]) },
      end: { exit_code: 1 },
    });
    expect(more).toEqual([]);
    expect(high).toMatchObject({ stream_id: "high", stream_source: "sink", pipeline: "p", losses: 3, state: "ended" });
    expect(high?.sinks).toEqual([{ path: "p/hls0/hls0-sink", buffers: 5, media_ms: null }]);
    expect(low?.sinks).toEqual([{ path: "p/hls1/hls1-sink", buffers: 10, media_ms: null }]);
    const shared = ({ stream_id, sinks, stacks, ...rest }: PipelineWindow) => rest;
    expect(shared(low as PipelineWindow)).toEqual(shared(high as PipelineWindow));
    expect(high?.elements.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["p/enc", "p/hls0/hls0-sink", "p/hls1/hls1-sink"]),
    );
    expect([high?.stacks, low?.stacks?.length]).toEqual([undefined, 1]);
  });

  test("has one of the stream that the tag names, with all sinks", () => {
    const { piped, counted } = ladder(["high", "low"]);
    const [window, ...more] = windowsOf(piped, "all").next({ cells: counted(10) });
    expect([window?.stream_id, window?.stream_source, more]).toEqual(["all", "tag", []]);
    expect(window?.sinks.map(({ path }) => path)).toEqual(["p/out", "p/hls0/hls0-sink", "p/hls1/hls1-sink"]);
  });

  test("has no more than that, and counts those that are left out", () => {
    const { piped, counted } = ladder(Array.from({ length: MOST_STREAMS + 4 }, (_, i) => `s${i}`));
    const windows = windowsOf(piped, "").next({ cells: counted(1) });
    expect(windows.map(({ stream_id }) => stream_id)).toEqual(Array.from({ length: MOST_STREAMS }, (_, i) => `s${i}`));
    expect(new Set(windows.map(({ losses }) => losses))).toEqual(new Set([3 + 4]));
  });
});
