// What does an agent hold that gets no CPU for a while, again and again? No more than a ring has, and everything is counted.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { captureFiles } from "../../src/capture/format.js";
import { readCapture } from "../../src/capture/reader.js";
import { cli, pluginEnvironment } from "../helpers/pipelines.js";
import { scratch } from "../helpers/scratch.js";
import { SegmentTarget } from "../helpers/segment-target.js";
import { spanRecord, writeSpans } from "../helpers/spans.js";
import { until } from "../helpers/until.js";

const ROUNDS = 6;
const SPANS = 4000;
/** A round brings four mebibytes, samples and lines of spans. Kept, those of all rounds would be twice as much as this. */
const SLACK_BYTES = 10 << 20;

let target: SegmentTarget;
let agent: ChildProcess | undefined;
beforeEach(async () => {
  target = await SegmentTarget.startWithSpans();
});
afterEach(async () => {
  agent?.kill("SIGCONT");
  agent?.kill("SIGKILL");
  await target.end("SIGKILL");
});

/** Memory that is its own, bytes. */
const held = (pid: number): number =>
  1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

/** Until the ring has no room, a thousand different stacks; resolves to how many found some. */
async function fillRing(element: number, thread: number): Promise<number> {
  let written = 0;
  for (let i = 0; ; i++) {
    const found = Number(await target.send(`samples 500 ${element} ${thread} 1000000 0 ${i % 1000} 2 3 4 5 6 7 8`));
    written += found;
    if (found < 500) return written;
  }
}

it("an agent that is held up while its target fills the rings holds them once, and counts each sample and span", async () => {
  const pipeline = await target.name("pipeline", 0, ["p", "pipeline"]);
  const element = await target.name("element", pipeline, ["e", "identity"]);
  const thread = await target.name("thread", 0, ["e:src"]);
  const dir = scratch();
  const flags = ["--pid", String(target.pid), "--server-url", "none", "--otlp-endpoint", "none", "--capture", dir];
  const words = ["--single-threaded", "--max-semi-space-size=1", cli, "agent", ...flags, "--upload-interval", "1s"];
  agent = spawn(process.execPath, words, { env: pluginEnvironment(), stdio: "ignore" });
  const pid = agent.pid ?? 0;
  const ended = new Promise<number | null>((done) => agent?.once("close", done));
  await until("the agent", async () => (await target.show()).agentPid === pid);
  let [samples, spans] = [0, 0];
  const after: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    agent.kill("SIGSTOP");
    samples += await fillRing(element, thread);
    const record = spanRecord({ pad: 0, thread });
    await writeSpans(target, Array<Buffer>(SPANS).fill(record));
    spans += SPANS;
    agent.kill("SIGCONT");
    await until("all samples in the capture", async () => (await target.show()).settled === samples);
    after.push(held(pid));
  }
  await target.end("SIGTERM");
  expect(await ended).toBe(0);
  console.log(`held after each round: ${after.map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`).join(", ")}`);
  expect(samples).toBeGreaterThan(ROUNDS * 10_000);
  expect(Math.max(...after.slice(1)) - (after[0] ?? 0)).toBeLessThan(SLACK_BYTES);
  const { facts, cpu } = await readCapture(dir);
  expect(cpu?.rows.reduce((sum, row) => sum + row.samples, 0)).toBe(samples);
  expect(facts.losses.ring_full).toBeGreaterThan(0);
  expect(readFileSync(join(dir, captureFiles.spans), "utf8").split("\n").length - 1).toBe(spans);
  expect(facts.losses.span_capture_dropped ?? 0).toBe(0);
});
