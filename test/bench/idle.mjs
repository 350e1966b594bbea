// What does an agent cost whose target does nothing? Of this checkout and another one side by side, both servers up.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { pss, spread } from "./measure.mjs";

/** The first exports compile what is used from then on. */
const warmSeconds = 45;
/** One export of metrics and one profile are in each. */
const sliceSeconds = 10;
const slices = 12;

/** Nanoseconds on a CPU of all threads that live: finer than the ticks of stat. */
export function cpuNs(pid) {
  const of = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + of(thread), 0);
}

/** In a process of their own: their work is nobody's here. */
async function openServers() {
  const child = spawn(process.execPath, [new URL("span-collector.mjs", import.meta.url).pathname], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const environment = JSON.parse((await lines.next()).value);
  return { environment, close: () => child.kill("SIGKILL") };
}

async function open(root, tree, env) {
  const seconds = String(warmSeconds + sliceSeconds * slices + 60);
  const target = spawn(`${root}build/tests/steady-target`, ["0", seconds], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(target.stdout, "data");
  const words = ["--single-threaded", "--max-semi-space-size=1", `${tree}dist/cli.js`, "agent", "--pid", String(Number(line))];
  const agent = spawn(process.execPath, words, { env, stdio: "ignore" });
  const end = async () => {
    for (const child of [agent, target]) if (child.kill("SIGKILL")) await once(child, "exit");
  };
  return { pid: agent.pid, end };
}

/** `other`: a built checkout, or undefined. */
export async function idleRow(environment, root, other, said = () => {}) {
  const trees = { this: root, ...(other === undefined ? {} : { other }) };
  const servers = await openServers();
  const agents = {};
  const shares = Object.fromEntries(Object.keys(trees).map((name) => [name, []]));
  try {
    const env = { ...environment(""), ...servers.environment };
    for (const [name, tree] of Object.entries(trees)) agents[name] = await open(root, tree, env);
    await pause(warmSeconds * 1000);
    for (let i = 0; i < slices; i++) {
      const before = Object.entries(agents).map(([name, { pid }]) => [name, cpuNs(pid), performance.now()]);
      await pause(sliceSeconds * 1000);
      for (const [name, ns, at] of before) shares[name].push((cpuNs(agents[name].pid) - ns) / 1e4 / (performance.now() - at));
      said(i + 1, slices);
    }
    const rss = (pid) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    const figures = ([name, { pid }]) => [name, { shareOfACore: spread(shares[name]), rssBytes: rss(pid), pssBytes: pss(pid).all }];
    return { unit: "% of one core, bytes", ...Object.fromEntries(Object.entries(agents).map(figures)) };
  } finally {
    for (const agent of Object.values(agents)) await agent.end();
    servers.close();
  }
}
