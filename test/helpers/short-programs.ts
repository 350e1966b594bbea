// What is left of a program that lived for an instant? Programs of every combination, ended in six ways, each watched to its last trace.
// SPDX-License-Identifier: MPL-2.0

import { spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:net";
import { expect } from "vitest";
import { FakeCollector } from "./fake-collector.js";
import { FakePyroscope } from "./fake-pyroscope.js";
import { markedWith, processesMarked, segmentsHeldBy } from "./marked.js";
import { ended, pluginEnvironment, until } from "./pipelines.js";
import { freePort } from "./real-server.js";

export const hasPython = spawnSync("/usr/bin/python3", ["-c", "import gi"]).status === 0;

const ends = ["eos", "exit", "_exit", "abort", "SIGTERM", "SIGKILL"] as const;
const servers = ["none", "dead", "silent", "good"] as const;

export interface ShortProgram {
  end: (typeof ends)[number];
  servers: (typeof servers)[number];
  port: boolean;
  capture: boolean;
  spans: boolean;
  seconds: number;
}

/** Each combination before any comes again, in an order that the seed decides; the first of each four ends before its agent is up. */
export function shortPrograms(count: number, seed: number): ShortProgram[] {
  const random = randomOf(seed);
  const flags = [false, true];
  const all = ends.flatMap((end) =>
    servers.flatMap((server) =>
      flags.flatMap((port) =>
        flags.flatMap((capture) => flags.map((spans) => ({ end, servers: server, port, capture, spans }))),
      ),
    ),
  );
  const shuffled: typeof all = [];
  while (shuffled.length < count) {
    const round = all.map((one) => [random(), one] as const).sort(([a], [b]) => a - b);
    shuffled.push(...round.map(([, one]) => one));
  }
  return shuffled.slice(0, count).map((one, n) => ({ ...one, seconds: n % 4 === 0 ? 0.02 : 0.02 + 1.48 * random() }));
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const script = `
import os, resource, sys, threading, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
Gst.init(None)
how, seconds = sys.argv[1], float(sys.argv[2])
pipeline = Gst.parse_launch(f"fakesrc num-buffers={int(seconds * 200) if how == 'eos' else -1} ! identity sleep-time=5000 ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
if how == "eos":
    pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    del pipeline
    Gst.deinit()
else:
    threading.Event().wait(seconds)
    signals = {"SIGTERM": 15, "SIGKILL": 9}
    if how in signals: os.kill(os.getpid(), signals[how])
    {"exit": lambda: sys.exit(0), "_exit": lambda: os._exit(0), "abort": os.abort}.get(how, threading.Event().wait)()
`;

/** Two that take everything, and one that takes every connection and never answers. */
export class ShortProgramServers {
  private constructor(
    readonly pyroscope: FakePyroscope,
    readonly collector: FakeCollector,
    readonly silent: Server,
  ) {}

  static async start(): Promise<ShortProgramServers> {
    const silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    return new ShortProgramServers(await FakePyroscope.start(), await FakeCollector.start(), silent);
  }

  urls(kind: ShortProgram["servers"]): [profiles: string, metrics: string] {
    if (kind === "good") return [this.pyroscope.url, this.collector.url];
    const { port } = this.silent.address() as { port: number };
    const url = { none: "none", dead: "http://127.0.0.1:9", silent: `http://127.0.0.1:${port}` }[kind];
    return [url, url];
  }

  async stop(): Promise<void> {
    this.silent.close();
    await Promise.all([this.pyroscope.stop(), this.collector.stop()]);
  }
}

/** The bound is ten seconds; the rest is for a machine that does something else as well. */
const GONE_WITHIN_MS = 15_000;
const LOOK_MS = 100;

/** Seconds from its end to the last trace of it. Fails when a process, a descriptor, a segment or the port is left. */
export async function lastTraceOf(program: ShortProgram, folder: string, to: ShortProgramServers): Promise<number> {
  const port = program.port ? await freePort() : 0;
  const [profiles, metrics] = to.urls(program.servers);
  const capture = program.capture ? `,capture=${folder}` : "";
  const tracer = `pyroscope(port=${port},server-url="${profiles}",otlp-endpoint="${metrics}",span-ratio=${program.spans ? 1 : 0}${capture})`;
  const env = pluginEnvironment({ ...markedWith(folder), GST_TRACERS: tracer });
  const args = ["-c", script, program.end, `${program.seconds}`];
  const { code, signal } = await ended(spawn("/usr/bin/python3", args, { env, stdio: "ignore" }));
  expect(signal ?? code).toBe(
    { abort: "SIGABRT", SIGTERM: "SIGTERM", SIGKILL: "SIGKILL" }[program.end as "abort"] ?? 0,
  );
  const begin = performance.now();
  const name = JSON.stringify(program);
  const left = () => processesMarked(folder);
  try {
    const gone = async () => {
      if (left().length === 0) return true;
      await new Promise((wait) => setTimeout(wait, LOOK_MS));
      return undefined;
    };
    await until(`the end of the agent of ${name}`, gone, GONE_WITHIN_MS);
  } catch (error) {
    const segments = left().map((pid) => `${pid} holds ${segmentsHeldBy(pid)}`);
    throw new Error(`${(error as Error).message}: ${segments}`);
  }
  const after = (performance.now() - begin) / 1000;
  if (port > 0) await expect(fetch(`http://127.0.0.1:${port}/metrics`), name).rejects.toThrow();
  return after;
}
