// How does a test run a real pipeline whose element "enc" burns CPU time on request, profiled as an installed one, and a viewer who stalls by it?
// SPDX-License-Identifier: MPL-2.0
import { type ChildProcess, spawn } from "node:child_process";
import type { FlameGraph } from "@gst-pyroscope/contract/stall-views";
import type { PipelineWindow, StallView } from "@gst-pyroscope/contract/window";
import { host, makeHost, tracer } from "../../../../scripts/lab/host.mjs";
import { iso, stallEvent, stallsOf } from "./pipeline.js";
import { batch, type Started, until } from "./service.js";

export interface Burning {
  service: Started;
  child: ChildProcess;
  /** Milliseconds since 1970. */
  burnsSinceMs: number;
  /** Ends the pipeline and waits. */
  stop(): Promise<void>;
}

/** Its pictures are some work each, so that there are samples of its healthy time. */
const GRAPH = [
  "videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=320,height=180,framerate=25/1",
  "! queue name=qenc max-size-buffers=8 ! identity name=enc ! fakesink name=out",
].join(" ");
/** Of a picture that lasts 40 ms. */
const BURN = "burn enc 2x\n";
const HEALTHY_MS = 8000;
const SLOW_MS = 12_000;

/** Healthy first, and slow for long enough to be judged when it resolves. `env`: of the pipeline, where its profiles go. */
export async function burningPipeline(service: Started, env: Record<string, string> = {}): Promise<Burning> {
  makeHost();
  const own = { ...tracer({ stream: "demo", service: service.url }), ...env };
  const child = spawn(host, [GRAPH], { env: { ...process.env, ...own }, stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = (): Promise<void> => {
    child.stdin?.write("quit\n");
    return ended;
  };
  try {
    await until("windows of its health", async () => coveredMs(await windowsOf(service, 0)) >= HEALTHY_MS);
    child.stdin?.write(BURN);
    const burnsSinceMs = Date.now();
    await until("windows of its slowness", async () => coveredMs(await windowsOf(service, burnsSinceMs)) >= SLOW_MS);
    return { service, child, burnsSinceMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function windowsOf(service: Started, fromMs: number, untilMs = Date.now() + 1000): Promise<PipelineWindow[]> {
  const query = new URLSearchParams({ from: iso(fromMs), until: iso(untilMs) });
  const { windows } = await (await service.get(`/api/streams/demo/pipeline?${query}`)).json();
  return windows;
}

const coveredMs = (windows: PipelineWindow[]): number =>
  windows.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);

/** CPU time of the named element in the time that was judged, by the windows. */
export async function cpuMsOf(service: Started, { element, interval }: StallView): Promise<number> {
  const windows = await windowsOf(service, Date.parse(interval.from), Date.parse(interval.until));
  const own = windows.flatMap(({ elements }) => elements.filter(({ path }) => path === element?.path));
  return own.reduce((sum, { cpu_ms }) => sum + (cpu_ms ?? 0), 0);
}

/** The viewer tells it, and goes on to wait. */
export async function stallOf(service: Started, sessionId: string): Promise<StallView> {
  await service.post(batch([stallEvent(sessionId, Date.now())]));
  await until("the stall is judged", async () => (await stallsOf(service, sessionId)).length > 0);
  const [view] = await stallsOf(service, sessionId);
  if (view === undefined) throw new Error("it has gone");
  return view;
}

export const flamesAt = async (service: Started, address: string): Promise<FlameGraph> =>
  (await (await service.get(address)).json()) as FlameGraph;

/** What the host does in a handoff of the element; a compiler may put one of them into the other. */
export const BURNS = /^(burn|on_handoff)$/;

/** Own time by function, the hottest first. */
export function hottest(stacks: FlameGraph["stacks"]): { name: string; ms: number }[] {
  const sums = new Map<string, number>();
  for (const { frames, ms } of stacks) {
    const leaf = frames.at(-1) ?? "";
    sums.set(leaf, (sums.get(leaf) ?? 0) + ms);
  }
  return [...sums].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}

export const sumMs = (stacks: FlameGraph["stacks"]): number => stacks.reduce((sum, { ms }) => sum + ms, 0);
