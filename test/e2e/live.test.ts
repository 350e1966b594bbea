// Is what the agent shows of a running target the same that its capture says, and can be changed, saved and seen after its end?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import type { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdSegment } from "../../src/agent/holding.js";
import { Services } from "../../src/agent/services.js";
import { Target } from "../../src/agent/session/target.js";
import { summarize } from "../../src/analysis/summary.js";
import { findSegments } from "../../src/attach/segments.js";
import { readCapture } from "../../src/capture/reader.js";
import type { StripEntry, TargetStatus } from "../../src/live/live-target.js";
import { liveRoutes } from "../../src/live/routes.js";
import { createLog } from "../../src/log.js";
import type { Summary } from "../../src/model/summary.js";
import { loadNative } from "../../src/native.js";
import type { PageData } from "../../src/page/page-data.js";
import { element, pluginEnvironment, scratch, summaryOf, until, words } from "../helpers/pipelines.js";

const source = "videotestsrc name=src pattern=snow num-buffers=120";
const caps = "video/x-raw,width=640,height=480,framerate=30/1";
const pipeline = `${source} ! ${caps} ! queue name=q ! jpegenc name=enc ! fakesink name=out sync=true`;

const RATE = 250;
const SAMPLE_NS = 1e9 / RATE;

describe("a target that is looked at while it runs", () => {
  let place: ReturnType<typeof scratch>;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    place = scratch();
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    place.dispose();
  });

  /** The agent is this process. */
  async function served(launched: string, pinned: boolean) {
    const host = { GST_PYROSCOPE_HOST_PID: String(process.pid) };
    const env = pluginEnvironment({ ...host, GST_TRACERS: `pyroscope(sample-rate=${RATE})` });
    child = spawn("gst-launch-1.0", ["-q", ...words(launched)], { env, stdio: "ignore", cwd: place.dir });
    const pid = child.pid ?? -1;
    const native = loadNative();
    const services = new Services(native, "one");
    services.live.pinned = pinned;
    const segment = await holdSegment(native, await until("a segment", () => findSegments(pid).places.at(-1)));
    segment.taken();
    const target = await Target.open({
      ...{ native, services, segment, pid, version: "0.0.0", captureDir: `${place.dir}/c` },
      layers: { flags: { "server-url": "none", "otlp-endpoint": "none" }, environment: {} },
      log: () => createLog("silent"),
      report: async () => null,
    });
    target.start();
    const app = liveRoutes(() => services.live.all(), "0.0.0");
    return { app, target, live: services.live.all()[0], pid };
  }

  const get = async <T>(app: Hono, path: string): Promise<T> => (await (await app.request(path)).json()) as T;
  const post = async <T>(app: Hono, path: string, body: object): Promise<T> => {
    const headers = { "Content-Type": "application/json" };
    return (await (await app.request(path, { method: "POST", body: JSON.stringify(body), headers })).json()) as T;
  };

  it("has from its first to its last instant what its capture has: buffers exactly, CPU to the sample", async () => {
    const { app, target } = await served(pipeline, true);
    await until("some windows", async () => (await get<StripEntry[]>(app, "/api/targets/1/strip")).length >= 3);
    const early = await get<Summary>(app, "/api/targets/1/summary");
    expect(early.complete).toBe(false);
    await target.done;
    const live = await get<Summary>(app, "/api/targets/1/summary");
    const capture = summarize(await readCapture(`${place.dir}/c`));
    expect([live.complete, capture.complete]).toEqual([true, true]);
    for (const name of ["src", "q", "enc", "out"]) {
      const [mine, its] = [element(live, name), element(capture, name)];
      const { buffersIn, buffersOut, bytesIn, flow, inclusive, exclusive, queueLevel, drops } = its;
      expect(mine).toMatchObject({ buffersIn, buffersOut, bytesIn, flow, inclusive, exclusive, queueLevel, drops });
    }
    expect(element(live, "out").buffersIn).toBe(120);
    const { graph } = await get<PageData>(app, "/api/targets/1/page?parts=table");
    const caps = graph.pipelines.flatMap(({ links }) => links.map(([, , , , , text]) => text));
    expect(caps).toContainEqual(
      expect.stringMatching(/^video\/x-raw, format=\w+, width=640, height=480, framerate=30\/1/),
    );
    expect(caps).toContainEqual(expect.stringMatching(/^image\/jpeg, width=640, height=480/));
    expect(live.profile.cpu?.totalNs).toBe(capture.profile.cpu?.totalNs);
    // Whose a thread is that crosses no pad is known better after ten seconds than after one.
    const fewNs = 0.05 * (capture.profile.cpu?.totalNs ?? 0) + 10 * SAMPLE_NS;
    for (const [path, ns] of Object.entries(capture.profile.cpu?.byElement ?? {}))
      expect(Math.abs((live.profile.cpu?.byElement[path] ?? 0) - ns), path).toBeLessThanOrEqual(fewNs);
    expect(live.profile.wall?.blockedOn).toEqual(capture.profile.wall?.blockedOn);
    expect(live.latency).toEqual(capture.latency);
    expect(live.losses).toMatchObject({ ring_full: capture.losses.ring_full });
  });

  it("that was not from the beginning has what came since, of any part of it, and goes on to be seen after its end", async () => {
    const { app, target, live } = await served(pipeline, false);
    expect(live?.strip()).toEqual([]);
    await until(
      "buffers that nobody looked at",
      async () => live?.status().state === "running" && (live?.status().uptimeNs ?? 0) > 1e9,
    );
    const strip = await until("three windows", async () => {
      const kept = await get<StripEntry[]>(app, "/api/targets/1/strip");
      return kept.length >= 3 ? kept : undefined;
    });
    const [first, second] = strip as [StripEntry, StripEntry];
    expect(first.atNs).toBeGreaterThan(1e9);
    expect(second.atNs).toBe(first.atNs + first.durationNs);
    const from = second.atNs / 1e9;
    const part = await get<Summary>(app, `/api/targets/1/summary?from=${from}&to=${from + 0.001}`);
    expect(part.target.durationNs).toBe(second.durationNs);
    const elements = part.pipelines.flatMap((one) => one.elements);
    expect(elements.reduce((sum, { buffersIn }) => sum + buffersIn, 0)).toBe(second.buffers);
    const page = await get<PageData>(app, "/api/targets/1/page?last=60&parts=table");
    expect(page.elements.map(({ name }) => name)).toContain("enc");
    await target.done;
    const { targets } = await get<{ targets: TargetStatus[] }>(app, "/api/status");
    expect(targets).toMatchObject([{ id: 1, state: "ended", pipelines: ["pipeline0"] }]);
    const after = await get<Summary>(app, "/api/targets/1/summary");
    expect(element(after, "out").buffersIn).toBeLessThan(120);
    expect(element(after, "out").buffersIn).toBeGreaterThan(part.target.durationNs > 0 ? 0 : 120);
  });

  it("takes no samples after they were switched off, and is saved as a capture that the report reads", async () => {
    const { app, target, live } = await served(pipeline.replace("num-buffers=120", ""), true);
    await until("samples", () => (live?.recording().cpu?.totalNs ?? 0) > 0);
    const [off] = await post<{ outcome: string; value: string }[]>(app, "/api/targets/1/set", { "sample-rate": "0" });
    expect(off).toMatchObject({ outcome: "changed", value: "0" });
    // The target looks at its settings ten times a second; what was on its way comes with the next window.
    await until("two windows without samples", () =>
      live
        ?.strip()
        .slice(-2)
        .every(({ cpuNs }) => cpuNs === 0),
    );
    expect(live?.strip().at(-1)?.buffers).toBeGreaterThan(0);
    const before = process.cwd();
    process.chdir(place.dir);
    const { path } = await post<{ path: string }>(app, "/api/targets/1/capture", {}).finally(() =>
      process.chdir(before),
    );
    const saved = await summaryOf(path);
    expect([saved.complete, element(saved, "enc").cpuNs > 0, element(saved, "out").buffersIn > 0]).toEqual([
      true,
      true,
      true,
    ]);
    child?.kill("SIGINT");
    await target.done;
  });
});
