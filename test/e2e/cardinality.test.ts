// What if a process offers far more series than anybody can keep? The cap holds, sums stay exact, and a scrape blocks nobody.
// SPDX-License-Identifier: MPL-2.0

import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { findSegments } from "../../src/attach/segments.js";
import { createLog } from "../../src/log.js";
import { labelCaps } from "../../src/model/label-policy.js";
import { LabelSets } from "../../src/model/label-sets.js";
import { Topology } from "../../src/model/topology.js";
import { loadNative, type SegmentReader } from "../../src/native.js";
import { Endpoint } from "../../src/server.js";
import { ended, pluginEnvironment, until } from "../helpers/pipelines.js";
import { parseExposition } from "../helpers/prometheus-text.js";
import { freePort } from "../helpers/real-server.js";

const execute = promisify(execFile);
const CELLS = 512;
const BUFFERS = 3;

/** Plays pipelines of so many hops one after the other, each under names of its own, then waits until its input ends. */
const host = (pipelines: number, hops: number): string => `
import sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
for n in range(${pipelines}):
    chain = " ! ".join("identity name=element-%d-%d" % (n, m) for m in range(${hops - 1}))
    pipeline = Gst.parse_launch("fakesrc num-buffers=${BUFFERS} ! %s ! fakesink name=sink-%d" % (chain, n))
    pipeline.set_name("pipeline-%d" % n)
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
print("ready", flush=True)
sys.stdin.read()`;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function offered(pipelines: number, hops: number): Promise<{ reader: SegmentReader; pid: number }> {
  const env = pluginEnvironment({ GST_TRACERS: "pyroscope(sample-rate=0)", GST_PYROSCOPE_HOST_PID: "2147483647" });
  const child = spawn("/usr/bin/python3", ["-c", host(pipelines, hops)], { env, stdio: ["pipe", "pipe", "ignore"] });
  const end = ended(child);
  open.push(() => {
    child.stdin.end();
    return end;
  });
  await new Promise<void>((ready) => child.stdout.once("data", () => ready()));
  const pid = child.pid ?? -1;
  const place = await until("a segment", () => findSegments(pid).places[0]);
  const reader = loadNative().attach(place);
  open.push(() => reader.close());
  return { reader, pid };
}

/** Bytes of the segment that the target has touched. */
function segmentRss(pid: number): number {
  const maps = readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const own = maps.filter((map) => map.includes("memfd:gst-pyroscope"));
  return own.reduce((sum, map) => sum + 1024 * Number(/^Rss:\s+(\d+)/m.exec(map)?.[1] ?? 0), 0);
}

/** Longest time that the event loop was kept, in ms, while somebody else's process asks so often. */
async function keptBy(reader: SegmentReader, scrapes: number): Promise<{ ms: number; bytes: number }> {
  const port = await freePort();
  const endpoint = Endpoint.open({
    port,
    address: "127.0.0.1",
    named: "port",
    body: () => reader.exposition(),
    state: () => {},
    log: createLog("silent"),
  });
  open.push(() => endpoint.close());
  await until("listening", () => endpoint.port);
  const ask = `let bytes = 0; for (let i = 0; i < ${scrapes}; i++) bytes = (await (await fetch("http://127.0.0.1:${port}/metrics")).arrayBuffer()).byteLength; console.log(bytes)`;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", ask]);
  delay.disable();
  return { ms: delay.max / 1e6, bytes: Number(stdout) };
}

describe("ten thousand hops, each under names of its own", () => {
  it("become a series a cell and one that has the rest; not one buffer is lost, and the counters say what happened", async () => {
    const { reader, pid } = await offered(200, 50);
    const cells = reader.cells();
    const hops = cells.filter(({ kind }) => kind === "chain" || kind === "overflow");
    const buffers = (of: typeof cells) => of.reduce((sum, cell) => sum + cell.buffers, 0);
    const rest = cells.filter(({ kind }) => kind === "overflow");
    const counters = reader.state().counters;
    expect(cells.length).toBe(CELLS);
    expect(buffers(hops)).toBe(10_000 * BUFFERS);
    const own = hops.length - rest.length;
    expect(buffers(rest)).toBe((10_000 - own) * BUFFERS);
    expect(counters).toMatchObject({ cells_full: 10_000 - own, frame_imbalance: 0, frame_overflow: 0 });
    expect(counters.side_cells_full).toBeGreaterThan(0);
    expect(counters.directory_full).toBeGreaterThan(0);

    const { samples } = parseExposition(reader.exposition());
    const text = samples.filter(({ name }) => name === "gst_pad_buffers_total");
    expect(text.length).toBeLessThanOrEqual(own + 1);
    expect(text.reduce((sum, { value }) => sum + value, 0)).toBe(10_000 * BUFFERS);
    const losses = samples.filter(({ name }) => name === "gst_pyroscope_losses_total");
    expect(losses.find(({ labels }) => labels.reason === "cells_full")?.value).toBe(10_000 - own);
    for (const label of ["pipeline", "element", "factory", "path", "pad"] as const) {
      const values = new Set(text.map(({ labels }) => labels[label]));
      expect([label, values.size <= labelCaps[label] + 2]).toEqual([label, true]); // "" and (other)
    }
    const touched = segmentRss(pid);
    console.log(`${CELLS} cells in use: ${(touched / 1e6).toFixed(2)} MB of the segment are touched`);
    expect(touched).toBeLessThan(3.2e6); // without the ring: no sample was taken
  });

  it("have no more label values at a collector than the policy allows, and it counts those beyond", () => {
    const topology = new Topology();
    const entry = { texts: [""], value0: 0, value1: 0 };
    for (let n = 0; n < 10_000; n++) {
      const [pipeline, element, pad] = [3 * n + 1, 3 * n + 2, 3 * n + 3];
      topology.add([
        { ...entry, id: pipeline, kind: "pipeline", parent: 0, texts: [`pipeline-${n}`, ""] },
        { ...entry, id: element, kind: "element", parent: pipeline, texts: [`element-${n}`, `factory-${n}`, "", ""] },
        { ...entry, id: pad, kind: "pad", parent: element, texts: [`pad-${n}`, ""] },
      ]);
    }
    const sets = new LabelSets(topology);
    const seen = { pipeline: new Set(), element: new Set(), factory: new Set(), pad: new Set() };
    for (let n = 0; n < 10_000; n++) {
      const { pipeline, element, factory } = sets.labels(sets.numberOf(3 * n + 2, 0));
      const shown = { pipeline, element, factory, pad: sets.shown("pad", topology.pads.get(3 * n + 3)?.label ?? "") };
      for (const [label, value] of Object.entries(shown)) seen[label as keyof typeof seen].add(value);
    }
    for (const label of ["pipeline", "element", "factory", "pad"] as const) {
      expect([label, seen[label].size]).toEqual([label, labelCaps[label] + 1]);
      expect([label, sets.overflowed[label]]).toEqual([label, 10_000 - labelCaps[label]]);
    }
  });
});

describe("a scrape", () => {
  it("of 2000 series keeps the agent's event loop for less than 20 ms", async () => {
    const { reader } = await offered(1, 28);
    expect(parseExposition(reader.exposition()).samples.length).toBeGreaterThanOrEqual(2000);
    // The machine is shared: the best of some tries says what a scrape needs.
    const tries: number[] = [];
    for (let i = 0; i < 2 || (i < 20 && Math.min(...tries) >= 20); i++) tries.push((await keptBy(reader, 5)).ms);
    console.log(`2000 series, 5 scrapes: the loop is kept ${tries.map((ms) => ms.toFixed(1)).join(", ")} ms at most`);
    expect(Math.min(...tries)).toBeLessThan(20);
  });

  it("of all 512 cells is some tens of thousands of series, and still answered", async () => {
    const { reader } = await offered(11, 50);
    const series = parseExposition(reader.exposition()).samples.length;
    const { ms, bytes } = await keptBy(reader, 5);
    console.log(`${series} series, ${(bytes / 1e6).toFixed(1)} MB: the loop is kept ${ms.toFixed(1)} ms at most`);
    expect(series).toBeGreaterThan(30_000);
    expect(bytes).toBeGreaterThan(1e6);
  });
});
