// Does anything of a profile suffer while strangers do their worst to the port that serves the metrics?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { describe, expect, it } from "vitest";
import { element, ended, root, until } from "../helpers/pipelines.js";
import { valuesBy } from "../helpers/prometheus-text.js";
import { freePort } from "../helpers/real-server.js";
import { agentOf, finished, placeOfEachTest, start } from "../helpers/served.js";

const place = placeOfEachTest();
const BUFFERS = 10_000;
const PIPELINE = `fakesrc num-buffers=${BUFFERS} ! cpuburn name=hot ns=1000000 ! queue ! fakesink name=last`;
/** As Prometheus waits by default. */
const PATIENCE_MS = 10_000;
/** What all the attackers together may make the agent hold besides what it holds anyway. */
const MOST_MORE_BYTES = 100e6;

/** By a connection of its own, as a Prometheus that has just come. */
function scrape(port: number): Promise<{ text: string; ms: number }> {
  const begin = performance.now();
  return new Promise((done, fail) => {
    const asked = get({ port, host: "127.0.0.1", path: "/metrics", agent: false, timeout: PATIENCE_MS }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (data) => {
        text += data;
      });
      answer.once("end", () => done({ text, ms: performance.now() - begin }));
      answer.once("error", fail);
    });
    asked.once("timeout", () => asked.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    asked.once("error", fail);
  });
}

const memory = (pid: number, which: "VmHWM" | "VmRSS"): number =>
  1024 * Number(new RegExp(`^${which}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

function attackersOf(port: number) {
  const child = spawn(process.execPath, [`${root}test/fixtures/attackers.mjs`, `${port}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const end = ended(child, 120_000);
  return {
    stop: async (): Promise<Record<string, Record<string, number>>> => {
      child.stdin.end();
      return JSON.parse((await end).stdout);
    },
  };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

describe("strangers at the port of a pipeline that is profiled", () => {
  it("change no count, lose no sample, take bounded memory, and a scrape that means well is answered", async () => {
    const port = await freePort();
    const tracer = `pyroscope(server-url=none,otlp-endpoint=none,capture=${place().dir},port=${port})`;
    const { pid, end } = start(PIPELINE, tracer, {});
    let running = true;
    void end.then(() => {
      running = false;
    });
    const agent = await agentOf(pid);
    await until("metrics", async () => (await scrape(port).catch(() => undefined))?.text.includes("last") || undefined);
    const calm: number[] = [];
    for (let i = 0; i < 5; i++) calm.push((await scrape(port)).ms);
    const before = memory(agent, "VmHWM");

    const attackers = attackersOf(port);
    const scrapes: Awaited<ReturnType<typeof scrape>>[] = [];
    while (running) {
      const answer = scrape(port);
      // The process ends between two looks.
      const one = await (running ? answer.catch((error) => (running ? Promise.reject(error) : undefined)) : undefined);
      if (one !== undefined && running) scrapes.push(one);
      if (running) await new Promise((next) => setTimeout(next, 200));
    }
    const peak = memory(agent, "VmHWM");
    const tally = await attackers.stop();
    expect((await end).code).toBe(0);
    console.log(
      `scrapes ${calm.length} calm ${median(calm).toFixed(1)} ms, ${scrapes.length} attacked ${median(scrapes.map(({ ms }) => ms)).toFixed(1)} ms, at most ${Math.max(...scrapes.map(({ ms }) => ms)).toFixed(0)}; agent ${(before / 1e6).toFixed(0)} -> ${(peak / 1e6).toFixed(0)} MB; ${JSON.stringify(tally)}`,
    );

    expect(scrapes.length).toBeGreaterThan(10);
    for (const { text } of scrapes) expect(valuesBy(text, "gst_pad_buffers_total", "element").last).toBeGreaterThan(0);
    expect(peak - before).toBeLessThan(MOST_MORE_BYTES);
    for (const [what, status] of Object.entries({
      host: "421",
      headers: "431",
      path: "431",
      body: "413",
      noise: "400",
    }))
      expect([what, Object.keys(tally[what] ?? {})]).toEqual([what, expect.arrayContaining([status])]);
    for (const what of ["half sent", "half sent here"]) expect(tally[what]?.cut).toBeGreaterThan(0);

    const summary = await finished(place().dir);
    for (const name of ["hot", "last"]) expect(element(summary, name).buffersIn).toBe(BUFFERS);
    expect(element(summary, "fakesrc0").buffersOut).toBe(BUFFERS);
    const { samples_written = 0, wall_written = 0, agent_restarts = 0 } = summary.counters;
    const losses: Record<string, number> = { ...summary.losses, agent_restarts };
    expect(samples_written).toBeGreaterThan(500);
    expect(summary.profile.cpu?.samples).toBe(samples_written);
    expect(summary.profile.wall?.samples).toBe(samples_written + wall_written);
    for (const reason of ["ring_full", "wall_ring_full", "agent_lost", "agent_restarts", "window_refused"])
      expect([reason, losses[reason] ?? 0]).toEqual([reason, 0]);
  });
});
