// How does a test start the lab as a person does, ask it for faults, and see that nothing of it is left?
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./service.js";

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Found {
  pid: number;
  command: string;
}

export interface Lab {
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

export function startLab(...more: string[]): Lab {
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

export const ready = (lab: Lab): Promise<void> =>
  until("the lab is there", () => lab.text().includes("Ctrl-C") || lab.child.exitCode !== null);
const parts = { service: /\/serve\.js /, pipeline: /\/lab\/host /, agent: / agent --fd / };
export const running = (lab: Lab) =>
  Object.entries(parts)
    .filter(([, part]) => lab.processes().some(({ command }) => part.test(command)))
    .map(([name]) => name);

export async function endLabs(): Promise<void> {
  for (const { child, exit, dataDir } of started.splice(0)) {
    child.kill("SIGINT");
    await exit;
    for (const { pid } of marked(dataDir)) process.kill(pid, "SIGKILL"); // left only when a test has failed
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Status and reason. */
export async function faultAt(lab: Lab, fault: string): Promise<[number, string]> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${lab.url()}/lab/fault`, { method: "POST", headers, body: JSON.stringify({ fault }) });
  const { reason = "" } = (await answer.json()) as { reason?: string };
  return [answer.status, reason];
}
