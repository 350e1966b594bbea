// Does the lab start with one command, make the fault that it is asked for, and leave no process or port behind?
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { until } from "../helpers/service.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Processes that have the folder in their command line, the lab's host and service among them. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(folder);
    } catch {
      return false; // it has just ended
    }
  });
}

const exitOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once("close", resolve));

test("it prints four addresses that answer, makes a fault, and ends whole", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "lab-test-"));
  const args = [join(root, "scripts/lab.mjs"), "--data-dir", dataDir, "--fault", "enc:burn=1ms@0s"];
  const lab = spawn(process.execPath, args, { cwd: root });
  const exit = exitOf(lab);
  let text = "";
  for (const stream of [lab.stdout, lab.stderr]) stream.on("data", (piece) => (text += String(piece)));
  try {
    await until("the lab is there", () => text.includes("Ctrl-C") || lab.exitCode !== null);
    const addresses = [...text.matchAll(/^(dashboard|demo player|live page|metrics): +(http\S+)$/gm)];
    expect(addresses.map(([, name]) => name)).toEqual(["dashboard", "demo player", "live page", "metrics"]);
    const metrics = addresses[3]?.[2] ?? "";
    expect((await fetch(metrics)).status).toBe(200);
    await until("the fault is made", () => text.includes('"kind":"burn"'));
    expect(processesOf(dataDir).length).toBeGreaterThanOrEqual(3);
    lab.kill("SIGINT");
    expect(await exit, text).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
    await expect(fetch(metrics)).rejects.toThrow();
    expect(existsSync(join(dataDir, "store"))).toBe(true);
  } finally {
    lab.kill("SIGINT");
    await exit;
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("a fault that cannot be read is refused before anything starts", async () => {
  const lab = spawn(process.execPath, [join(root, "scripts/lab.mjs"), "--fault", "enc:burn=60ms"]);
  let text = "";
  lab.stderr.on("data", (piece) => (text += String(piece)));
  expect(await exitOf(lab)).toBe(1);
  expect(text).toContain("enc:burn=60ms@20s");
});
