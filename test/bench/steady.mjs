// What does an agent cost that stays on? Agents of this checkout and of another one side by side, at several rates of
// samples, on the machine as it is and beside a load of 20.
// SPDX-License-Identifier: MPL-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { status } from "./agent.mjs";
import { cpuNs, pss, spread } from "./measure.mjs";
import { openServers } from "./servers.mjs";

/** Compiled is what is used from then on; and once a minute the agent gives memory back. */
const warmSeconds = 75;
/** One export of metrics and one profile are in each. */
const sliceSeconds = 10;
const slices = 12;
const load = 20;

/** What each agent has to do. `down`: nothing listens where it sends to. */
const ways = {
  idle: { rate: 0 },
  "idle, metrics-sender=own": { rate: 0, env: { GST_PYROSCOPE_METRICS_SENDER: "own" } },
  "200 samples a second": { rate: 200 },
  "200 samples a second, servers down": { rate: 200, down: true },
  "800 samples a second": { rate: 800 },
};
const down = { GST_PYROSCOPE_SERVER_URL: "http://127.0.0.1:9", GST_PYROSCOPE_OTLP_ENDPOINT: "http://127.0.0.1:9" };

/** Returns when the child is gone. */
const kill = async (child) => void (child.kill("SIGKILL") && (await once(child, "exit")));

/** The file that the tracer starts as an agent (native/process/find-agent.cc); older checkouts have only the other one. */
export function entryOf(tree) {
  const sooner = `${tree}dist/cli.cjs`;
  return existsSync(sooner) ? sooner : `${tree}dist/cli.js`;
}

/** A target with `rate` samples a second for so many seconds, and an agent as the tracer starts it, with more flags `how`. */
export async function openAgent(root, { tree, env, rate, seconds, how = [] }) {
  const target = spawn(`${root}build/tests/steady-target`, [String(rate), String(seconds)], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(target.stdout, "data");
  const words = ["--single-threaded", "--max-semi-space-size=1", ...how, entryOf(tree), "agent", "--pid", String(Number(line))];
  const agent = spawn(process.execPath, words, { env, stdio: "ignore" });
  return { pid: agent.pid, shares: [], end: async () => (await kill(agent), await kill(target)) };
}

/** Slices of all agents at once, so that the machine's own ups and downs meet them alike. */
async function measure(agents, said) {
  for (const agent of agents.values()) agent.shares = [];
  for (let i = 0; i < slices; i++) {
    const before = [...agents.values()].map((agent) => [agent, cpuNs(agent.pid), performance.now()]);
    await pause(sliceSeconds * 1000);
    for (const [agent, ns, at] of before) agent.shares.push((cpuNs(agent.pid) - ns) / 1e4 / (performance.now() - at));
    said(i + 1, slices);
  }
  const figures = ({ pid, shares }) => ({ shareOfACore: spread(shares), rssBytes: status(pid, "VmRSS"), highestRssBytes: status(pid, "VmHWM"), pssBytes: pss(pid).all });
  return Object.fromEntries([...agents].map(([name, agent]) => [name, figures(agent)]));
}

/** `other`: a built checkout, or undefined. `said` is called with the name of a stage, a slice and how many there are. */
export async function steadyRow(environment, root, other, said = () => {}) {
  const trees = { this: root, ...(other === undefined ? {} : { other }) };
  const servers = await openServers();
  const agents = new Map();
  const burners = [];
  const base = { ...environment(""), ...servers.environment };
  const seconds = 2 * (warmSeconds + sliceSeconds * slices) + 120;
  try {
    for (const [way, { rate, env = {}, down: nobody = false }] of Object.entries(ways))
      for (const [name, tree] of Object.entries(trees))
        agents.set(`${name}: ${way}`, await openAgent(root, { tree, env: { ...base, ...env, ...(nobody && down) }, rate, seconds }));
    await pause(warmSeconds * 1000);
    const calm = await measure(agents, (slice, of) => said("as it is", slice, of));
    for (let i = 0; i < load; i++) burners.push(spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
    await pause(sliceSeconds * 1000);
    const loaded = await measure(agents, (slice, of) => said(`load ${load}`, slice, of));
    const { profiles, metrics } = await servers.taken();
    return { unit: "% of one core, bytes", taken: { profiles, metrics }, "the machine as it is": calm, [`beside load ${load}`]: loaded };
  } finally {
    for (const burner of burners) await kill(burner);
    for (const agent of agents.values()) await agent.end();
    servers.close();
  }
}
