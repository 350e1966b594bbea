// What does the output windows-url cost the agent? Two agents at a time, one with it and one without, slice by slice; the tracer is the same.
//   node test/bench/windows.mjs [--rounds 4] [--seconds 40] [--warm 20] [--elements 30]
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { asProgram, root } from "../../scripts/steps.mjs";
import { cpuNs, median, spread } from "./measure.mjs";

/** Of a pipeline's windows, and of what is compared at a time: two of them. */
const WINDOW_MS = 2000;
const SLICE_MS = 2 * WINDOW_MS;

function pipeline(elements) {
  const queues = Math.floor((elements - 2) / 7);
  const identities = elements - 2 - queues;
  const one = (i) => (i % 6 === 0 && i / 6 < queues ? "queue ! identity" : "identity");
  const middle = Array.from({ length: identities }, (_, i) => one(i));
  return `videotestsrc is-live=true ! video/x-raw,width=64,height=64,framerate=50/1 ! ${middle.join(" ! ")} ! fakesink`;
}

async function service() {
  const seen = { windows: 0, elements: 0, bytes: 0 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { windows } = JSON.parse(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
    seen.windows += windows.length;
    seen.bytes += body.length;
    seen.elements = windows[0].elements.length;
    response.writeHead(202, { "content-type": "application/json" }).end('{"accepted":1}');
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function startAgent({ dir, url, launched }, isOn) {
  const env = { ...process.env, GST_PLUGIN_PATH: `${root}build/plugin` };
  const flags = isOn ? ["--windows-url", url] : [];
  const args = ["run", "--capture", mkdtempSync(join(dir, "c-")), ...flags, "--", "gst-launch-1.0", "-q"];
  const command = [`${root}dist/cli.js`, ...args, ...launched.split(" ")];
  const child = spawn(process.execPath, command, { env, stdio: "ignore" });
  return { isOn, child, ended: new Promise((done) => child.once("close", done)) };
}

/** CPU time of a fixed piece of work: says how fast this machine is just now. */
function fixedWorkMs() {
  const before = process.cpuUsage();
  for (let i = 0, x = 0; i < 2e7; i++) x = (x * 31 + i) | 0;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Percent of a core with the output and without it, in the same slices of time. */
async function round({ seconds, warm, swap, ...how }) {
  const agents = (swap ? [false, true] : [true, false]).map((isOn) => startAgent(how, isOn));
  await pause(1000 * warm);
  const slices = [];
  for (let left = 1000 * seconds; left > 0; left -= SLICE_MS) {
    const [before, from] = [agents.map(({ child }) => cpuNs(child.pid)), performance.now()];
    await pause(SLICE_MS);
    const tookMs = performance.now() - from;
    const share = agents.map(({ child, isOn }, i) => [isOn ? "on" : "off", (cpuNs(child.pid) - before[i]) / 1e4 / tookMs]);
    slices.push({ ...Object.fromEntries(share), workMs: fixedWorkMs() });
  }
  for (const { child } of agents) child.kill("SIGINT");
  await Promise.all(agents.map(({ ended }) => ended));
  return slices;
}

/** A slice with a collection of garbage in one of them says little: medians of all, with their intervals. */
export async function windowsRow({ rounds = 4, seconds = 40, warm = 20, elements = 30 } = {}, said = () => {}) {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));
  const { seen, url, close } = await service();
  const slices = [];
  for (let n = 0; n < rounds; n++) {
    const found = await round({ dir, url, seconds, warm, launched: pipeline(elements), swap: n % 2 === 1 });
    said(`round ${n + 1} of ${rounds}: ${percent(found.map(({ on, off }) => on - off))} more`);
    slices.push(...found);
  }
  close();
  rmSync(dir, { recursive: true, force: true });
  const of = (figure) => slices.map(figure);
  return {
    unit: "% of a core, of slices of 4 s",
    ...{ elements: seen.elements, windows: seen.windows, bytesPerWindow: Math.round(seen.bytes / seen.windows) },
    with: spread(of(({ on }) => on)),
    without: spread(of(({ off }) => off)),
    difference: spread(of(({ on, off }) => on - off)),
    meanDifference: mean(of(({ on, off }) => on - off)),
    ratio: spread(of(({ on, off }) => on / off)),
    msPerWindow: spread(of(({ on, off }) => ((on - off) / 100) * WINDOW_MS)),
    fixedWorkMs: spread(of(({ workMs }) => workMs)),
  };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (values) => `${median(values).toFixed(2)} % of a core`;

/** "0.21 (0.18 to 0.25)": the median and its 95 % interval. */
const shown = ({ median, ci95: [from, to] }) => `${median.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)})`;

await asProgram(import.meta.url, async (args) => {
  const number = { type: "string" };
  const options = { rounds: number, seconds: number, warm: number, elements: number };
  const { values } = parseArgs({ args, options });
  const wanted = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const row = await windowsRow(wanted, (line) => console.log(line));
  console.log(`${row.elements} elements, ${row.windows} windows of ${row.bytesPerWindow} bytes, ${row.with.rounds} slices of 4 s`);
  console.log(`with ${shown(row.with)} % of a core, without ${shown(row.without)} %, ratio ${shown(row.ratio)}`);
  console.log(`difference ${shown(row.difference)} % of a core (mean ${row.meanDifference.toFixed(2)}): ${shown(row.msPerWindow)} ms of CPU per window`);
  console.log(`a fixed piece of work took ${shown(row.fixedWorkMs)} ms meanwhile, ${row.fixedWorkMs.min.toFixed(2)} at least`);
});
