// What do spans cost, and do all of them arrive? Live pipelines whose spans are known by number, and a collector in a
// process of its own.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { agentOf, cpuSeconds, status } from "./agent.mjs";
import { cpuOf, median, spread } from "./measure.mjs";
import { openServers } from "./servers.mjs";
import { Paced } from "./turns.mjs";

const said = (text) => process.stderr.write(`spans: ${text}\n`);
const seconds = 10;
/** A thousand buffers a second by the clock, through so many pads. */
const hops = 10;
const live = (buffers, identities, samples = 48) =>
  `audiotestsrc is-live=true num-buffers=${buffers} samplesperbuffer=${samples} ! audio/x-raw,rate=48000,channels=1 ${"! identity silent=true ".repeat(identities)}! fakesink silent=true`;
const sampled = seconds * 1000 * hops;

/** A pipeline with an agent that the tracer starts; `watch` gets both pids. What gst-launch says it ran, in seconds. */
async function launched(root, env, text, tracer, watch = async () => {}) {
  const { GST_PYROSCOPE_AGENT: _, ...own } = env;
  const words = ["60", "gst-launch-1.0", ...text.split(" ")];
  const child = spawn("timeout", words, { env: { ...own, GST_TRACERS: tracer }, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const ended = new Promise((done) => child.once("close", done));
  const target = await childOf(child.pid);
  const agent = tracer === "" ? 0 : await agentOf(target, root);
  const watched = await watch(agent);
  const code = await ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${text}`);
  const gone = performance.now();
  while (agent !== 0 && existsSync(`/proc/${agent}`)) await pause(50); // at most ten seconds: it says what was lost
  const [, hours, minutes, rest] = /ended after (\d+):(\d+):([\d.]+)/.exec(output);
  return { watched, agentMsAfterTarget: performance.now() - gone, ran: Number(hours) * 3600 + Number(minutes) * 60 + Number(rest) };
}

async function childOf(pid) {
  for (let tries = 0; tries < 500; tries++, await pause(10)) {
    const [child = ""] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    if (child !== "") return Number(child);
  }
  throw new Error("nothing was started");
}

/** Between the third and the ninth second. */
async function agentCost(agent) {
  await pause(3000);
  const [cpu, at] = [cpuSeconds(agent), performance.now()];
  await pause(6000);
  const shareOfACore = (cpuSeconds(agent) - cpu) / ((performance.now() - at) / 1000);
  return { shareOfACore, rssBytes: status(agent, "VmRSS"), highestRssBytes: status(agent, "VmHWM") };
}

/** One run with a collector: what it got, what target and agent say was lost, and how long the pipeline ran. */
async function exported(root, env, text, { delayMs = 0, watch } = {}) {
  const collector = await openServers(delayMs);
  try {
    const run = await launched(root, { ...env, ...collector.environment }, text, "pyroscope(span-ratio=1.0,span-slow=off)", watch);
    const { values, ...taken } = await collector.taken();
    const outcomes = Object.entries(values).filter(([name]) => name.startsWith("gstreamer.profiler.agent.spans "));
    const lost = outcomes.filter(([name]) => !name.endsWith(" sent")).map(([name, n]) => [name.split(" ")[1], n]);
    const full = values["gstreamer.profiler.losses span_ring_full"] ?? 0;
    const dropped = { ...(full > 0 && { span_ring_full: full }), ...Object.fromEntries(lost.filter(([, n]) => n > 0)) };
    const sum = Object.values(dropped).reduce((all, n) => all + n, 0);
    const written = values["gstreamer.profiler.spans"];
    return { ...run, ...taken, written, dropped, droppedInAll: sum, perExport: taken.spans / taken.exports };
  } finally {
    collector.close();
  }
}

async function arrival(root, env) {
  const { watched, spans, exports, perExport, dropped, written, ran } = await exported(root, env, live(seconds * 1000, hops - 2), { watch: agentCost });
  said("10 000 a second");
  const slow = await exported(root, env, live(360, 0, 1600));
  said("60 a second");
  return {
    "1 lost of 10 000 a second": { sampled, written, received: spans, lost: sampled - spans, dropped, pipelineSeconds: ran, agent: watched },
    "2 spans per export": {
      "60 a second": { spans: slow.spans, exports: slow.exports, perExport: slow.perExport },
      "10 000 a second": { spans, exports, perExport },
    },
  };
}

const frames =
  "videotestsrc is-live=true num-buffers=300 ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert ! x264enc speed-preset=veryfast tune=zerolatency ! fakesink";
/** Of it, for each frame. */
const framePushes = 4;

/**
 * All run at the same time, each with a third of a core: what the host does meanwhile meets all of them. The one without
 * spans runs twice: as far apart as those two are, the figure says nothing.
 */
async function targetCost(environment, rounds) {
  const words = ["60", "gst-launch-1.0", "-q", ...frames.split(" ")];
  const tracers = ["pyroscope", "pyroscope(span-ratio=0.1)", "pyroscope"];
  const [bases, shares, control] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const costs = [];
    const order = tracers.map((_, i) => (i + round) % tracers.length);
    await Promise.all(order.map(async (i) => (costs[i] = await cpuOf("timeout", words, environment(tracers[i])))));
    const base = (costs[0] + costs[2]) / 2;
    bases.push(base);
    shares.push((costs[1] / base - 1) * 100);
    control.push((costs[2] / costs[0] - 1) * 100);
    said(`30 frames a second, round ${round + 1}`);
  }
  const unit = "% of the target's CPU above no spans, 300 live frames, ratio 0.1";
  return { unit, ...spread(shares), sameWithoutSpansAgain: spread(control), secondsOfCpu: median(bases) };
}

/** Turns that fit into the ring, which is emptied between them: a full ring would be cheaper. */
async function perSpan(environment, rounds) {
  const pushes = 11;
  const collector = await openServers();
  const { GST_PYROSCOPE_AGENT: _, ...env } = { ...environment(""), ...collector.environment, GST_PYROSCOPE_TRACES_EXPORTER: "none" };
  const words = ["fakesrc", "silent=true", ...Array.from({ length: pushes - 1 }, () => ["!", "identity", "silent=true"]).flat(), "!", "fakesink", "silent=true"];
  const ratios = [["ratio 0", "span-ratio=0,span-slow=off"], ["ratio 0.1", "span-ratio=0.1"], ["ratio 1", "span-ratio=1.0"]];
  const figures = ratios.map(() => []);
  try {
    for (let round = 0; round < rounds; round++) {
      const paced = ratios.map(([, of]) => new Paced(new URL("../../build/tests/paced-launch", import.meta.url).pathname, words, { ...env, GST_TRACERS: `pyroscope(sample-rate=0,${of})` }));
      const pairs = ratios.map(() => []);
      for (let turn = 0; turn < 25; turn++) {
        const costs = [];
        for (const i of turn % 2 ? [...paced.keys()].reverse() : paced.keys()) costs[i] = await paced[i].turn();
        if (turn >= 5) costs.forEach((cost, i) => pairs[i].push((cost - costs[0]) / pushes));
        await pause(250);
      }
      for (const one of paced) await one.end();
      pairs.forEach((values, i) => figures[i].push(median(values)));
      said(`time per span, round ${round + 1}`);
    }
    const { values } = await collector.taken();
    const all = Object.fromEntries(ratios.slice(1).map(([name], i) => [name, spread(figures[i + 1])]));
    return { unit: "ns of CPU per push above ratio 0", ...all, ringFull: values["gstreamer.profiler.losses span_ring_full"] ?? 0 };
  } finally {
    collector.close();
  }
}

async function slowCollector(root, env) {
  const text = live(seconds * 1000, hops - 2);
  const without = await launched(root, env, text, "pyroscope");
  const { spans, dropped, droppedInAll, ran, agentMsAfterTarget } = await exported(root, env, text, { delayMs: 3000 });
  said("a collector that answers after 3 s");
  return { sampled, sent: spans, dropped, sentAndDropped: spans + droppedInAll, exact: spans + droppedInAll === sampled, agentMsAfterTarget, durationOfWithout: ran / without.ran };
}

export async function spansRow(environment, root, rounds) {
  const env = environment("");
  const arrived = await arrival(root, env);
  const [cost, each] = [await targetCost(environment, rounds), await perSpan(environment, rounds)];
  const reckoned = (each["ratio 0.1"].median * framePushes * 300) / (cost.secondsOfCpu * 1e9);
  return {
    ...arrived,
    "3 CPU of the target": { ...cost, reckonedFromFigure4: reckoned * 100 },
    "4 time per span": each,
    "5 slow collector": await slowCollector(root, env),
  };
}
