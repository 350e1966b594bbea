// How does a test run a real pipeline under the tracer, and read what came of it?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach } from "vitest";
import type { ElementSummary } from "../../src/model/element-summary.js";
import type { Summary } from "../../src/model/summary.js";

const execute = promisify(execFile);

export const root = new URL("../../", import.meta.url).pathname;
export const cli = `${root}dist/cli.js`;
const plugins = [`${root}build/plugin`, `${root}build/tests/plugins`].join(":");

/** What stood in each scratch folder when the test began: a second try shall find no capture of the first. */
const atBegin = new Map<string, Set<string>>();

beforeEach(({ task }) => {
  const isSecondTry = (task.result?.retryCount ?? 0) > 0;
  for (const [dir, before] of atBegin) {
    const now = existsSync(dir) ? readdirSync(dir) : [];
    if (isSecondTry) for (const name of now) if (!before.has(name)) removeAll(join(dir, name));
    if (!isSecondTry) atBegin.set(dir, new Set(now));
  }
});

/** A folder of its own for a file or a test; removed by `dispose`, also while an agent still writes its last file into it. */
export function scratch(): { dir: string; dispose: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-test-"));
  atBegin.set(dir, new Set());
  return { dir, dispose: () => removeAll(dir) };
}

/** Node's own retries only try to remove the folder again, not what somebody put into it meanwhile. */
function removeAll(dir: string, tries = 100): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    removeAll(dir, tries - 1);
  }
}

/** The environment of a GStreamer program that finds our plugin, and nothing of the caller's tracing. */
export function pluginEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, GST_PLUGIN_PATH: plugins, GST_REGISTRY: registry(), NO_COLOR: "1" };
  for (const name of Object.keys(env)) {
    if (/^(GST_TRACERS|GST_DEBUG.*|GST_PROMETHEUS_.*|GST_PYROSCOPE_.*|PYROSCOPE_.*|OTEL_.*|DEBUGINFOD_.*)$/.test(name))
      delete env[name];
  }
  return { ...env, ...more };
}

let registryDir: string | undefined;
function registry(): string {
  registryDir ??= mkdtempSync(join(tmpdir(), "gst-pyroscope-registry-"));
  return join(registryDir, "registry.bin");
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs to the end. Killed, and the test fails, after `timeoutMs`. */
export async function runToEnd(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = pluginEnvironment(),
  timeoutMs = 200_000,
): Promise<Ended> {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  return ended(child, timeoutMs);
}

export async function ended(child: ChildProcess, timeoutMs = 200_000): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
    child.once("error", fail);
    child.once("close", (...end) => done(end));
  });
  clearTimeout(timer);
  if (late) throw new Error(`still running after ${timeoutMs} ms:\n${stdout}\n${stderr}`);
  return { code, signal, stdout, stderr };
}

/** Splits at blanks; quotes are not needed by the pipelines of the tests. */
export const words = (pipeline: string): string[] => pipeline.trim().split(/\s+/);

/** `gst-pyroscope run --capture DIR <flags> -- gst-launch-1.0 -q <pipeline>` and the summary of what it captured. */
export async function profiled(
  pipeline: string,
  dir: string,
  flags: string[] = [],
  env: NodeJS.ProcessEnv = pluginEnvironment(),
): Promise<{ run: Ended; summary: Summary }> {
  const command = ["gst-launch-1.0", "-q", ...words(pipeline)];
  const run = await runToEnd(
    process.execPath,
    [cli, "run", "--capture", dir, ...flags, "--", ...command],
    env,
    200_000,
  );
  if (run.code !== 0) throw new Error(`exit code ${run.code}, signal ${run.signal}:\n${run.stderr}`);
  return { run, summary: await summaryOf(dir) };
}

/** What `report --json` says of a capture. */
export async function summaryOf(dir: string): Promise<Summary> {
  const { stdout } = await execute(process.execPath, [cli, "report", dir, "--json"], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as Summary;
}

export function element(summary: Summary, name: string): ElementSummary {
  const found = summary.pipelines.flatMap((pipeline) => pipeline.elements).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no element ${name} in ${JSON.stringify(summary.pipelines)}`);
  return found;
}

export const meanNs = (h: { sumNs: number; count: number } | null): number =>
  h === null ? Number.NaN : h.sumNs / h.count;

/** Polls until `probe` returns something; fails after `timeoutMs` with what was awaited. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((wait) => setTimeout(wait, 20));
  }
}

/** Is the process gone, a zombie included? */
export function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return true;
  }
}

/** Pids of agents that read a segment of `target`: they hold the same memfd. */
export async function agentsOf(target: number): Promise<number[]> {
  const { stdout } = await execute("pgrep", ["-f", "cli\\.c?js agent --fd"]).catch(() => ({ stdout: "" }));
  const sessions = stdout.split("\n").filter(Boolean).map(Number);
  return sessions.filter((pid) => !isGone(pid) && readsSegmentOf(pid, target));
}

function readsSegmentOf(agent: number, target: number): boolean {
  const inode = segmentInode(target);
  return inode !== undefined && segmentInode(agent) === inode;
}

function segmentInode(pid: number): string | undefined {
  for (let fd = 3; fd < 512; fd++) {
    const info = `/proc/${pid}/fdinfo/${fd}`;
    if (!existsSync(info)) continue;
    try {
      const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
      if (link.startsWith("/memfd:gst-pyroscope")) return /^ino:\s*(\d+)/m.exec(readFileSync(info, "utf8"))?.[1];
    } catch {
      // closed meanwhile
    }
  }
  return undefined;
}
