// What holds of every answer, whatever is known of a stall?
// SPDX-License-Identifier: MPL-2.0
import { confidences, type ElementWindow, verdicts } from "@gst-pyroscope/contract/window";
import { describe, expect, test } from "vitest";
import { nominalOf } from "../../src/answer/baseline.js";
import { judge } from "../../src/answer/judge.js";
import type { StallCase } from "../../src/answer/stall-case.js";
import { kinds, places, type Scenario, seeded, unknowns } from "./costs.js";
import { play } from "./scenario.js";

const random = seeded(2026);
const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

function scenario(): Scenario {
  const unknown = unknowns.filter(() => random() < 0.2);
  const fault = some([
    { place: some(places), kind: some(kinds), factor: some([1.2, 1.5, 3, Infinity]) },
    { load: 4 },
    { source: some([0, 0.5]) },
    { host: 8 },
  ]);
  return { seed: Math.floor(random() * 1e9), fault, unknown, noise: 0.4, load: some([0, 1]) };
}

const inputs = Array.from({ length: 10 }, () => play(scenario()).input);

/** Values that no agent of ours sends. */
const strange = [NaN, Infinity, -Infinity, -1, 0, 1e300, Number.MAX_SAFE_INTEGER, 5e-324];

function spoiled(input: StallCase): StallCase {
  const figure = (value: number): number => (random() < 0.1 ? some(strange) : value);
  const element = (one: ElementWindow): ElementWindow => ({
    ...one,
    ...{ buffers_in: figure(one.buffers_in), buffers_out: figure(one.buffers_out), own_ms: figure(one.own_ms) },
    ...{ driver_ms: figure(one.driver_ms), cpu_ms: random() < 0.1 ? null : figure(one.cpu_ms ?? 0) },
    blocked_ms: random() < 0.1 ? null : { disk: figure(1), cpu_ready: figure(0), lock: figure(3) },
    queue: one.queue && { ...one.queue, level: figure(one.queue.level), capacity: some([null, 0, 8]) },
    feeds: random() < 0.05 ? [one.path, "nowhere/at/all"] : one.feeds,
    threads: random() < 0.1 ? [] : one.threads,
  });
  return {
    ...input,
    stall: {
      ...input.stall,
      atMs: figure(input.stall.atMs),
      bufferEndMs: figure(input.stall.bufferEndMs ?? 0),
      bufferMs: figure(1),
      framesDropped: figure(1),
      targetMs: figure(2000),
      edgeAgeMs: figure(1),
      segmentLoads: [{ ms: figure(9) }],
    },
    pipelines: input.pipelines.map((pipeline) => ({
      ...pipeline,
      windows: pipeline.windows.map((known) => ({
        ...known,
        ...{ fromMs: figure(known.fromMs), toMs: figure(known.toMs), offsetMs: figure(known.offsetMs) },
        window: {
          ...known.window,
          ...{ losses: figure(0), machine: { load: figure(1), cpus: 2, steal: figure(0), pressure: figure(0) } },
          elements: known.window.elements.map(element),
          sinks: known.window.sinks.map((sink) => ({ ...sink, media_ms: figure(2000) })),
        },
      })),
    })),
  };
}

/** All numbers in a value. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

const reordered = (input: StallCase): StallCase => ({
  ...input,
  pipelines: shuffled(input.pipelines).map((pipeline) => ({
    ...pipeline,
    windows: shuffled([...pipeline.windows, ...pipeline.windows.slice(0, 3)]).map((known) => ({
      ...known,
      window: {
        ...known.window,
        elements: shuffled(known.window.elements).map((one) => ({
          ...one,
          threads: shuffled(one.threads),
          feeds: shuffled(one.feeds),
        })),
        sinks: shuffled(known.window.sinks),
      },
    })),
  })),
});

describe("an answer", () => {
  test("is the same in each order of pipelines, windows and elements, and changes nothing", () => {
    for (const input of inputs) {
      const before = structuredClone(input);
      const answer = JSON.stringify(judge(input));
      expect(JSON.stringify(judge(input))).toBe(answer);
      expect(JSON.stringify(judge(reordered(input)))).toBe(answer);
      expect(input).toEqual(before);
    }
  });

  test("has finite numbers and known words only, whatever the figures are", () => {
    for (const input of inputs.flatMap((one) => [one, spoiled(one), spoiled(one)])) {
      const answer = judge(input);
      expect(numbersIn(answer).filter((one) => !Number.isFinite(one))).toEqual([]);
      expect(JSON.stringify(answer)).not.toMatch(/NaN|Infinity|undefined/);
      expect(verdicts).toContain(answer.verdict);
      expect(confidences).toContain(answer.confidence);
      expect(answer.ranking.length).toBeLessThanOrEqual(5);
      expect(answer.element !== null).toBe(answer.verdict === "element");
      for (const pipeline of input.pipelines)
        for (const one of numbersIn(nominalOf(pipeline, [], input.nowMs))) expect(one).not.toBeNaN();
    }
  });

  test("never blames a queue or a muxer, however long they wait for others", () => {
    for (const input of inputs) {
      const waiting = structuredClone(input);
      for (const { window } of waiting.pipelines.flatMap(({ windows }) => windows))
        for (const one of window.elements)
          if (one.class === "wait")
            Object.assign(one, { own_ms: 4000, blocked_ms: one.blocked_ms && { peer: 2000, lock: 900, timer: 800 } });
      expect(judge(waiting).element).toEqual(judge(input).element);
      const waits = waiting.pipelines.flatMap(({ windows }) => windows.at(-1)?.window.elements ?? []);
      const path = judge(waiting).element?.path;
      expect(waits.find((one) => one.path === path)?.class).not.toBe("wait");
    }
  });

  test("is made of what is known until then: windows after the stall do not matter", () => {
    for (const input of inputs) {
      const { atMs } = input.stall;
      const later = structuredClone(input);
      for (const { windows } of later.pipelines) {
        const last = windows.at(-1);
        if (last) windows.push({ ...last, fromMs: atMs + 5000, toMs: atMs + 7000 });
      }
      expect(judge(later)).toEqual(judge(input));
    }
  });
});
