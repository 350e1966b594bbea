// How does a test run a real pipeline whose agent sends to servers, and compare what they got with the capture?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import type { ProfileSummary, Summary } from "../../src/model/summary.js";
import { FakeCollector, type Point } from "./fake-collector.js";
import { FakePyroscope } from "./fake-pyroscope.js";
import { agentsOf, type Ended, ended, pluginEnvironment, scratch, summaryOf, until, words } from "./pipelines.js";

/** Two servers and a folder for each test; all gone after it. */
export interface Place {
  dir: string;
  pyroscope: FakePyroscope;
  collector: FakeCollector;
}

export function placeOfEachTest(): () => Place {
  let place: Place & { dispose: () => void };
  beforeEach(async () => {
    const { dir, dispose } = scratch();
    place = {
      dir: join(dir, "capture"),
      dispose,
      pyroscope: await FakePyroscope.start(),
      collector: await FakeCollector.start(),
    };
  });
  afterEach(async () => {
    await Promise.all([place.pyroscope.stop(), place.collector.stop()]);
    place.dispose();
  });
  return () => place;
}

/** Variables that lead to the servers; one second between two uploads, two between two exports. */
export function serversIn({ pyroscope, collector }: { pyroscope: { url: string }; collector: { url: string } }) {
  return {
    GST_PYROSCOPE_SERVER_URL: pyroscope.url,
    GST_PYROSCOPE_OTLP_ENDPOINT: collector.url,
    GST_PYROSCOPE_UPLOAD_INTERVAL: "1s",
    GST_PYROSCOPE_OTLP_INTERVAL: "2s",
  };
}

/** A pipeline whose tracer starts its own agent. */
export function start(pipeline: string, tracer: string, variables: Record<string, string>) {
  const env = pluginEnvironment({ ...variables, GST_TRACERS: tracer });
  const child = spawn("gst-launch-1.0", ["-q", ...words(pipeline)], { env, stdio: ["ignore", "pipe", "pipe"] });
  return { child, pid: child.pid ?? -1, end: ended(child) as Promise<Ended> };
}

export const agentOf = (pid: number): Promise<number> => until("an agent", async () => (await agentsOf(pid))[0]);

/** What a finished capture says. */
export function finished(dir: string, timeoutMs = 60_000): Promise<Summary> {
  const look = async () => {
    const summary = await summaryOf(dir).catch(() => undefined);
    return summary?.complete ? summary : undefined;
  };
  return until(`a finished capture in ${dir}`, look, timeoutMs);
}

/** The capture's nanoseconds by the name of an element in one flat pipeline; the time of its driver is its own, "" is none. */
export function nsByName({ byElement }: ProfileSummary): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [path, ns] of Object.entries(byElement)) {
    const name = path === "(none)" ? "" : (/([^/)]+)\)?$/.exec(path)?.[1] ?? path);
    sums[name] = (sums[name] ?? 0) + ns;
  }
  return sums;
}

/** The collector's metrics say, element by element, what the capture says. */
export function expectSameTimes(
  summary: Summary,
  points: (metric: string) => Pick<Point, "attributes" | "count" | "sum">[],
) {
  const timed = summary.pipelines.flatMap((pipeline) => pipeline.elements).filter((one) => one.exclusive !== null);
  expect(timed.length).toBeGreaterThan(0);
  const said = points("gstreamer.element.exclusive").map(({ attributes, count, sum }) => [
    attributes.element,
    count,
    Math.round(sum * 1e9),
  ]);
  const known = timed.map(({ name, exclusive }) => [name, exclusive?.count, exclusive?.sumNs]);
  expect(said.sort()).toEqual(known.sort());
  const held = points("gstreamer.pad.latency.ns").map(({ attributes, count, sum }) => [attributes.element, count, sum]);
  const inclusive = timed.map(({ name, inclusive: h }) => [name, h?.count, h?.sumNs]);
  expect(held.sort()).toEqual(inclusive.sort());
}

/** The value of each series of a metric by the value of one attribute. */
export function amounts(points: Point[], attribute: string): Record<string, number> {
  return Object.fromEntries(points.map((point) => [String(point.attributes[attribute]), point.value]));
}
