// What does the output windows-url cost the agent? Two agents at a time, one with it and one without, over and over; the tracer is the same.
//   node test/bench/windows.mjs [--rounds 3] [--seconds 20] [--elements 30]
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { asProgram, root } from "../../scripts/steps.mjs";

/** Until names are known and code is compiled. */
const WARM_MS = 8000;

/** Milliseconds that all threads of a process were on a CPU, by the kernel's own account. */
function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, n) => sum + n, 0) / 1e6;
}

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
    const { windows } = JSON.parse(gunzipSync(body));
    seen.windows += windows.length;
    seen.bytes += body.length;
    seen.elements = windows[0].elements.length;
    response.writeHead(202, { "content-type": "application/json" }).end('{"accepted":1}');
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function round({ dir, url, seconds, launched, swap }) {
  const env = { ...process.env, GST_PLUGIN_PATH: `${root}build/plugin` };
  const start = (on) => {
    const flags = on ? ["--windows-url", url] : [];
    const args = ["run", "--capture", mkdtempSync(join(dir, "c-")), ...flags, "--", "gst-launch-1.0", "-q"];
    const command = [`${root}dist/cli.js`, ...args, ...launched.split(" ")];
    const child = spawn(process.execPath, command, { env, stdio: "ignore" });
    return { child, ended: new Promise((done) => child.once("close", done)) };
  };
  const started = (swap ? [false, true] : [true, false]).map((on) => ({ on, ...start(on) }));
  await pause(WARM_MS);
  const before = started.map(({ child }) => cpuMs(child.pid));
  await pause(seconds * 1000);
  const spent = started.map(({ child, on }, i) => [on, cpuMs(child.pid) - before[i]]);
  for (const { child } of started) child.kill("SIGINT");
  await Promise.all(started.map(({ ended }) => ended));
  return Object.fromEntries(spent.map(([on, ms]) => [on ? "on" : "off", (100 * ms) / (seconds * 1000)]));
}

await asProgram(import.meta.url, async (args) => {
  const number = { type: "string" };
  const { values } = parseArgs({ args, options: { rounds: number, seconds: number, elements: number } });
  const { rounds = 3, seconds = 20, elements = 30 } = values;
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-bench-"));
  const { seen, url, close } = await service();
  const found = [];
  for (let n = 0; n < Number(rounds); n++) {
    const how = { dir, url, seconds: Number(seconds), launched: pipeline(Number(elements)) };
    const { on, off } = await round({ ...how, swap: n % 2 === 1 });
    found.push(on - off);
    const [with_, without, more] = [on, off, on - off].map((share) => share.toFixed(2));
    console.log(`round ${n + 1}: with ${with_} % of a core, without ${without} %, difference ${more} %`);
  }
  const median = found.sort((a, b) => a - b)[Math.floor(found.length / 2)];
  const bytes = Math.round(seen.bytes / seen.windows);
  console.log(`${seen.elements} elements, ${seen.windows} windows of ${bytes} bytes`);
  console.log(`median difference ${median.toFixed(2)} % of a core`);
  close();
  rmSync(dir, { recursive: true, force: true });
});
