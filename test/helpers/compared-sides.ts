// How does a test get two sides to compare? Windows of a pipeline that works as it is told, with noise that lasts for seconds.

import type { Run, Side } from "../../src/compare/sides.js";
import type { RecordedElement, RecordedWindow } from "../../src/model/recorded-windows.js";
import { elementOf, windowAt } from "./recorded-windows.js";
import { random } from "./sample-capture.js";

export interface Behaviour {
  seconds?: number;
  /** Nanoseconds of CPU time for each buffer, by element; "out" is the sink. */
  cpuNs?: Record<string, number>;
  buffers?: number;
  /** Of one second, as a share; half of it is still there a second later. */
  noise?: number;
  /** Share of the time in which threads could run and did not. */
  ready?: number;
  seed?: number;
  /** Bucket of most calls. */
  bucket?: number;
}

export const PERIOD_NS = 10_000_000;
export const usualCpu = { conv: 1_000_000, h264: 3_000_000, out: 20_000 };

export function runOf(dir: string, behaviour: Behaviour = {}): Run {
  const { seconds = 40, seed = 1 } = behaviour;
  const next = random(seed);
  let drift = 0;
  const windows = Array.from({ length: seconds }, (_, second): RecordedWindow => {
    drift = 0.5 * drift + (next() + next() + next() - 1.5) * (behaviour.noise ?? 0.05);
    return secondOf(second, behaviour, 1 + drift, next);
  });
  return { dir, windows, periodNs: PERIOD_NS, hasReady: true };
}

function secondOf(second: number, behaviour: Behaviour, factor: number, next: () => number): RecordedWindow {
  const { cpuNs = usualCpu, buffers = 100, ready = 0.02, bucket = 150 } = behaviour;
  const sampled = (ns: number): number => Math.floor(ns / PERIOD_NS + next()) * PERIOD_NS;
  const elements = Object.entries(cpuNs).map(([name, ns]): RecordedElement => {
    const cpu = sampled(ns * buffers * factor);
    const own = [
      bucket - 1,
      Math.round(buffers * 0.2),
      bucket,
      Math.round(buffers * 0.7),
      bucket + 20,
      Math.round(buffers * 0.1),
    ];
    const readyNs = (cpu * ready) / (1 - ready);
    return elementOf(`p/${name}`, {
      cpuNs: cpu,
      readyNs,
      own,
      buffersIn: buffers,
      buffersOut: name === "out" ? 0 : buffers,
    });
  });
  const all = Object.values(cpuNs).reduce((sum, ns) => sum + ns, 0);
  const latency = [{ source: "p/conv", sink: "p/out", sumNs: 1, times: [180, buffers] }];
  return windowAt(second, { elements, processCpuNs: all * buffers * factor, latency });
}

export const sideOf = (dir: string, ...runs: Behaviour[]): Side => ({
  dir,
  runs: (runs.length === 0 ? [{}] : runs).map((run, i) => runOf(`${dir}/run-${i + 1}`, { seed: i + 1, ...run })),
});
