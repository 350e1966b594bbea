// Does the lab start with one command, make the fault that it is asked for, and leave no process or port behind?
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { until } from "../helpers/service.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Found {
  pid: number;
  command: string;
}

interface Lab {
  child: ChildProcess;
  exit: Promise<number | null>;
  dataDir: string;
  /** What it printed so far. */
  text(): string;
  /** Itself and all that it started, and they started: they inherit its environment. */
  processes(): Found[];
  url(): string;
}

const MARK = "GST_PYROSCOPE_LAB_TEST";
const started: Lab[] = [];

function startLab(...more: string[]): Lab {
  const dataDir = mkdtempSync(join(tmpdir(), "lab-test-"));
  const args = [join(root, "scripts/lab.mjs"), "--data-dir", dataDir, ...more];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, [MARK]: dataDir } });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += String(piece)));
  const url = () => /^metrics: +(http\S+)\/api\/metrics$/m.exec(text)?.[1] ?? "";
  const lab = { child, exit, dataDir, text: () => text, processes: () => marked(dataDir), url };
  started.push(lab);
  return lab;
}

function marked(mark: string): Found[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return [];
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${MARK}=${mark}`)) return [];
      return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }];
    } catch {
      return []; // it has just ended
    }
  });
}

const ready = (lab: Lab) =>
  until("the lab is there", () => lab.text().includes("Ctrl-C") || lab.child.exitCode !== null);
const parts = { service: /\/serve\.js /, pipeline: /\/lab\/host /, agent: / agent --fd / };
const running = (lab: Lab) =>
  Object.entries(parts)
    .filter(([, part]) => lab.processes().some(({ command }) => part.test(command)))
    .map(([name]) => name);

afterEach(async () => {
  for (const { child, exit, dataDir } of started.splice(0)) {
    child.kill("SIGINT");
    await exit;
    for (const { pid } of marked(dataDir)) process.kill(pid, "SIGKILL"); // left only when a test has failed
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("it prints four addresses that answer, makes a fault, and ends whole, the profiler's agent too", async () => {
  const lab = startLab("--fault", "enc:burn=1ms@0s");
  await ready(lab);
  const addresses = [...lab.text().matchAll(/^(dashboard|demo player|live page|metrics): +(http\S+)$/gm)];
  expect(addresses.map(([, name]) => name)).toEqual(["dashboard", "demo player", "live page", "metrics"]);
  expect((await fetch(addresses[3]?.[2] ?? "")).status).toBe(200);
  await until("the fault is made", () => lab.text().includes('fault: {"kind":"burn"'));
  expect(await faultAt(lab, "nowhere:burn=1ms")).toEqual([
    404,
    expect.stringMatching(/nowhere.*there are enc, source/),
  ]);
  expect(await faultAt(lab, "enc:sleep=1ms")).toEqual([200, ""]);
  expect(running(lab)).toEqual(["service", "pipeline", "agent"]);
  lab.child.kill("SIGINT");
  expect(await lab.exit, lab.text()).toBe(0);
  await until("all of it has ended", () => lab.processes().length === 0);
  await expect(fetch(lab.url())).rejects.toThrow();
  expect(existsSync(join(lab.dataDir, "store"))).toBe(true);
});

/** Status and reason. */
async function faultAt(lab: Lab, fault: string): Promise<[number, string]> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${lab.url()}/lab/fault`, { method: "POST", headers, body: JSON.stringify({ fault }) });
  const { reason = "" } = (await answer.json()) as { reason?: string };
  return [answer.status, reason];
}

test("Ctrl-C during the start ends it there: nothing more is started, nothing is left", async () => {
  const lab = startLab();
  await until("the service is started", () => running(lab).includes("service"));
  lab.child.kill("SIGINT");
  expect(await lab.exit, lab.text()).toBe(0);
  expect(lab.text()).not.toContain("dashboard:");
  await until("all of it has ended", () => lab.processes().length === 0);
});

test("a lab that is killed leaves neither service nor pipeline nor agent, and the store is whole", async () => {
  const lab = startLab();
  await ready(lab);
  expect(running(lab)).toEqual(["service", "pipeline", "agent"]);
  lab.child.kill("SIGKILL");
  await until("all of it has ended", () => lab.processes().length === 0);
  // A store that was closed in order has no write-ahead log beside it.
  expect(
    readdirSync(join(lab.dataDir, "store"), { recursive: true }).filter((name) => /-wal$/.test(String(name))),
  ).toEqual([]);
});

test("a fault that cannot be read is refused before anything starts", async () => {
  const lab = spawn(process.execPath, [join(root, "scripts/lab.mjs"), "--fault", "enc:burn=60ms"]);
  let text = "";
  lab.stderr.on("data", (piece) => (text += String(piece)));
  expect(await new Promise((resolve) => lab.once("close", resolve))).toBe(1);
  expect(text).toContain("enc:burn=60ms@20s");
});

test("so is one with a time that the service cannot read", async () => {
  const lab = startLab("--fault", "foo@1s");
  expect(await lab.exit).toBe(1);
  expect(lab.text()).toContain("fault=foo cannot be read: write enc:burn=60ms");
  expect(readdirSync(lab.dataDir)).toEqual([]);
});
