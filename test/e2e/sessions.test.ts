// What of a server that makes a pipeline for each session, or a branch of a tee? The living have names, and nothing grows.
// PYRO_SESSIONS: how many of them; npm test -- sessions makes 10 000 of each kind.
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { ElementSummary } from "../../src/model/element-summary.js";
import type { Summary } from "../../src/model/summary.js";
import { cli, pluginEnvironment, root, runToEnd, scratch } from "../helpers/pipelines.js";
import { parseExposition, type Sample } from "../helpers/prometheus-text.js";
import { freePort } from "../helpers/real-server.js";

const whole = process.env.PYRO_SESSIONS !== undefined;
const SESSIONS = Number(process.env.PYRO_SESSIONS ?? 150);
const TIMEOUT = whole ? 3_600_000 : 240_000;
/** Of the program: what GStreamer and Python keep of their own. Of the agent: what its garbage collector leaves. */
const TARGET_GROWTH_KB = 6 * 1024 + SESSIONS / 10;
const AGENT_MOST_KB = 300 * 1024;

interface Told {
  sessions: number;
  rss: number;
  living: number;
  buffers: number;
}
interface Run {
  early: Told;
  late: Told;
  agentKb: number;
  /** The same while the sessions came and went, in order. */
  agentOverTimeKb: number[];
  /** Buffers, as the program counted them, once for each hop. */
  counted: number;
  scrapes: Sample[][];
  summary: Summary;
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const rssKb = (child: ChildProcess): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0);

/** `hops`: of each session, that its buffers go through. Looks at the metrics again and again while the program runs, at last when it has done everything and still lives. */
async function run(kind: string, atOnce: number, hops: number): Promise<Run> {
  const { dir, dispose } = scratch();
  open.push(dispose);
  const port = await freePort();
  const program = ["/usr/bin/python3", `${root}test/fixtures/sessions.py`, kind, String(SESSIONS), String(atOnce)];
  const env = pluginEnvironment({ GST_PYROSCOPE_PORT: String(port) });
  const agent = spawn(process.execPath, [cli, "run", "--capture", dir, "--replace", "--", ...program], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => agent.once("exit", resolve));
  open.push(() => {
    agent.kill("SIGKILL");
    return ended;
  });
  const told: Told[] = [];
  createInterface(agent.stdout).on("line", (line) => line.startsWith("{") && told.push(JSON.parse(line)));
  const scrapes: Sample[][] = [];
  const scrape = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
    if (answer?.ok) scrapes.push(parseExposition(await answer.text()).samples);
  };
  const agentOverTimeKb: number[] = [];
  while (told.length < 2 && agent.exitCode === null) {
    await scrape();
    if (told.length === 1) agentOverTimeKb.push(rssKb(agent));
    await setTimeout(100);
  }
  const [early, late] = told as [Told, Told];
  const counted = 3 * late.living + hops * late.buffers * SESSIONS + 2 * 77;
  // The text is rendered once a second at most.
  for (let tries = 0; tries < 100 && textTotal(scrapes) !== counted; tries++) {
    await setTimeout(100);
    await scrape();
  }
  const agentKb = rssKb(agent);
  agent.stdin.end();
  expect(await ended).toBe(0);
  const { stdout } = await runToEnd(process.execPath, [cli, "report", "--json", dir]);
  return { early, late, agentKb, agentOverTimeKb, counted, scrapes, summary: JSON.parse(stdout) as Summary };
}

const elementsOf = (summary: Summary): ElementSummary[] => summary.pipelines.flatMap(({ elements }) => elements);
const at = (summary: Summary, path: string): number | undefined =>
  elementsOf(summary).find((element) => element.path === path)?.buffersIn;
const textTotal = (scrapes: Sample[][]): number =>
  (scrapes.at(-1) ?? [])
    .filter(({ name }) => name === "gst_pad_buffers_total" || name === "gst_ended_buffers_total")
    .reduce((sum, { value }) => sum + value, 0);
const seriesOf = (samples: Sample[]): Map<string, number> =>
  new Map(
    samples
      .filter(({ name }) => /^gst_(pad|ended)_.*_total$/.test(name))
      .map((s) => [s.name + JSON.stringify(s.labels), s.value]),
  );

/** What is true whatever the sessions are called. */
function expectTruth({ early, late, agentKb, agentOverTimeKb, counted, scrapes, summary }: Run): void {
  const rows = elementsOf(summary);
  expect(rows.reduce((sum, { buffersIn }) => sum + buffersIn, 0)).toBe(counted);
  for (const name of ["t", "q", "s"]) expect([name, at(summary, `living/${name}`)]).toEqual([name, late.living]);
  const lastOne = summary.pipelines.find(({ name }) => name === "last");
  expect(lastOne?.elements.map(({ buffersIn }) => buffersIn).sort()).toEqual([0, 77, 77]);
  expect(rows.some(({ path }) => path === "(overflow)")).toBe(false);
  expect(summary.losses).toMatchObject({ cells_full: 0, directory_full: 0, frame_imbalance: 0, malformed: 0 });
  const text = scrapes.at(-1) ?? [];
  expect(textTotal(scrapes)).toBe(counted);
  expect(text.filter(({ name }) => name === "gst_pad_buffers_total").length).toBeLessThan(512);
  expect(text.some(({ labels }) => Object.values(labels).includes("(overflow)"))).toBe(false);
  expect(late.rss - early.rss).toBeLessThan(TARGET_GROWTH_KB);
  expect(agentKb).toBeLessThan(AGENT_MOST_KB);
  // Once its caches are full and its collector has found its pace, what comes and goes leaves nothing.
  const third = Math.ceil(agentOverTimeKb.length / 3);
  const [middle, last] = [third, 2 * third].map((from) => Math.max(...agentOverTimeKb.slice(from, from + third)));
  if (SESSIONS >= 5000) expect(last).toBeLessThan(1.15 * (middle ?? 0));
  const figures = `target ${early.rss} -> ${late.rss} kB, agent ${middle} -> ${last} -> ${agentKb} kB, ${seriesOf(text).size} series, ${rows.length} rows`;
  console.log(`${SESSIONS} sessions, ${counted} buffers: ${figures}, ended ${JSON.stringify(summary.ended)}`);
}

/** No series that is there twice is less the second time. */
function expectNoSteps(scrapes: Sample[][]): void {
  let before = new Map<string, number>();
  for (const scrape of scrapes) {
    const now = seriesOf(scrape);
    for (const [name, value] of now) expect([name, value >= (before.get(name) ?? 0)]).toEqual([name, true]);
    before = now;
  }
}

describe("a server with a pipeline a session", () => {
  it(
    "whose names GStreamer makes up, one by one: few series, each of which goes on for ever",
    async () => {
      const result = await run("automatic", 1, 3);
      expectTruth(result);
      expectNoSteps(result.scrapes);
      expect(result.summary.ended).toBeNull();
      expect(result.summary.pipelines.length).toBeLessThan(24);
    },
    TIMEOUT,
  );

  it(
    "fifty at a time: as many names as there were sessions at once",
    async () => {
      const result = await run("automatic", 50, 3);
      expectTruth(result);
      expectNoSteps(result.scrapes);
      expect(result.summary.pipelines.length).toBeLessThan(70);
    },
    TIMEOUT,
  );

  it(
    "each of a name of its own: the latest by name, those before in a sum, which with the rows is all there was",
    async () => {
      const result = await run("named", 10, 3);
      expectTruth(result);
      const { ended, pipelines } = result.summary;
      if (SESSIONS > 200) expect(ended?.buffersIn).toBeGreaterThan(0);
      for (let n = SESSIONS - 20; n < SESSIONS; n++) {
        const own = pipelines.find(({ name }) => name === `session-${n}`);
        expect([n, own?.elements.reduce((sum, { buffersIn }) => sum + buffersIn, 0)]).toEqual([
          n,
          3 * result.late.buffers,
        ]);
      }
    },
    TIMEOUT,
  );

  it(
    "or with a branch of a tee for each: their names are few, and the tee's own goes on",
    async () => {
      const result = await run("branches", 1, 2);
      expectTruth(result);
      expectNoSteps(result.scrapes);
      expect(elementsOf(result.summary).length).toBeLessThan(50);
    },
    TIMEOUT,
  );
});
