// Are stalls judged rightly that were recorded with real pipelines and real players, on a machine that was busy with other programs the whole time?
// SPDX-License-Identifier: MPL-2.0
import { describe, expect, test } from "vitest";
import { judge } from "../../src/answer/judge.js";
import type { Judgement, KnownPipeline, StallCase } from "../../src/answer/stall-case.js";
import { recorded } from "./recorded.js";

describe("a recorded stall", () => {
  const expected = [
    // Other programs with a higher priority take the CPU; the machine's pressure was at its highest before, too.
    ["host-burners", "host"],
    ["host-16-burners", "host"],
    ["encoder-lock", "element pipeline0/enc"],
    // Pictures that are hard to encode: its own threads compute all the time, and its function waits for them.
    ["encoder-overload", "element pipeline0/x264"],
    // Of the second process; the first one, in which an element sleeps, is not in the recording.
    ["chain-sleep", "source"],
    ["source-held", "element pipeline0/source"],
    // It gave a few buffers in the window in which it fell silent; the sound's source is held up by its full queue.
    ["source-gap", "source"],
    // 60 ms of CPU per picture, for which it waits 150 ms: other programs want the CPU, too.
    ["burn-under-load", "element pipeline0/pre"],
    ["process-killed", "pipeline_down"],
  ] as const;

  test.each(expected)("%s: %s", (name, expected) => {
    for (const lastedMs of [null, 2400]) {
      const answer = judge(recorded(name, lastedMs));
      expect([shown(answer), answer.sentence]).toEqual([expected, answer.sentence]);
    }
  });

  test.each([
    ["host-burners", []],
    ["host-16-burners", []],
    ["encoder-lock", ["pipeline0/enc"]],
    ["encoder-overload", ["pipeline0/x264"]],
    ["chain-sleep", []],
    ["source-held", ["pipeline0/source"]],
    ["source-gap", []],
    ["burn-under-load", ["pipeline0/pre"]],
    // The process was killed after another fault was over.
    ["process-killed", ["pipeline0/enc"]],
  ])("%s: whenever a viewer had stalled, no other element is named than %j", (name, guilty) => {
    const input = recorded(name);
    const { windows } = input.pipelines[0] as KnownPipeline;
    const answers = windows
      .slice(10)
      .flatMap(({ toMs }) => [null, false].map((ready) => judge(at(input, toMs, ready))));
    expect([...new Set(answers.flatMap(({ element }) => element?.path ?? []))]).toEqual(guilty);
  });

  test.each(expected)("%s: %s, or nothing yet, while its last windows are not here", (name, verdict) => {
    for (const lateS of [0, 1, 2, 3]) {
      const input = recorded(name);
      const { atMs } = input.stall;
      const here = ({ toMs }: { toMs: number }) => toMs <= atMs - 1000 * lateS;
      const pipelines = input.pipelines.map((one) => ({ ...one, windows: one.windows.filter(here) }));
      const answer = judge({ ...input, pipelines, nowMs: atMs + 2500 });
      expect(answer.verdict === "unknown" ? verdict : shown(answer)).toBe(verdict);
    }
  });

  test.each([0, 1, 6])("names what burns, when it gets a CPU only after %i times as long", (waits) => {
    const input = burning(recorded("host-burners"), "pipeline0/post", 60, waits);
    const { verdict, element, ranking } = judge(input);
    expect([verdict, element?.path, ranking[0]?.path]).toEqual(["element", "pipeline0/post", "pipeline0/post"]);
    // 60 ms per picture, 25 pictures per second of media.
    expect(ranking[0]?.demand).toBeGreaterThan(1.3);
    expect(ranking[0]?.demand).toBeLessThan(1.7);
  });
});

const shown = ({ verdict, element }: Judgement) => [verdict, element?.path].filter(Boolean).join(" ");

/** As if the picture had stopped then, with the same delay, and no word of the player for or against the network. */
function at(input: StallCase, atMs: number, segmentWasReady: boolean | null): StallCase {
  const bufferEndMs = (input.stall.bufferEndMs ?? 0) + atMs - input.stall.atMs;
  const stall = { ...input.stall, atMs, bufferEndMs, segmentLoads: [], bufferMs: 0, edgeAgeMs: null };
  const pipelines = input.pipelines.map((one) => ({ ...one, windows: one.windows.filter(({ toMs }) => toMs <= atMs) }));
  return { ...input, stall, pipelines, segmentWasReady, nowMs: atMs + 1500 };
}

/** In the last 30 s an element computes so many milliseconds per buffer more. */
function burning(input: StallCase, path: string, ms: number, waits: number): StallCase {
  for (const { window, fromMs } of input.pipelines.flatMap(({ windows }) => windows))
    for (const one of window.elements)
      if (one.path === path && fromMs > input.stall.atMs - 30_000) {
        const cpu_ms = ms * one.buffers_in;
        Object.assign(one, { cpu_ms, own_ms: cpu_ms * (1 + waits), blocked_ms: { cpu_ready: cpu_ms * waits } });
      }
  return input;
}
