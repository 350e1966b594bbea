// How does a test start the built session service, talk to it, and end it?
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../../dist/serve.js", import.meta.url));
if (!existsSync(program)) throw new Error(`${program} is missing: node scripts/build-packages.mjs makes it`);

export const TOKEN = "demo-token";
const READY_MS = 60_000;

export interface Started {
  url: string;
  /** Address that lets a browser read. */
  entry: string;
  dataDir: string;
  child: ChildProcess;
  /** Its error stream so far. */
  log(): string;
  /** Everything it printed. */
  printed(): string;
  /** Ends it and waits; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  counters(): Promise<Record<string, number>>;
}

export interface StartRequest {
  args?: string[];
  dataDir?: string;
  env?: Record<string, string>;
}

const fast = ["--rate-limit-capacity", "10000000", "--rate-limit-refill", "10000000"];

export function folder(): string {
  return mkdtempSync(join(tmpdir(), "serve-test-"));
}

export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });

/** By default in the lab's mode and without a limit that a test would feel. */
export async function start({
  args = ["--lab", ...fast],
  dataDir = folder(),
  env = {},
}: StartRequest = {}): Promise<Started> {
  const environment = { ...process.env, ...env };
  const all = [program, "--port", "0", "--data-dir", dataDir, ...args];
  const child = spawn(process.execPath, all, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.on("data", (piece) => (text.out += String(piece)));
  child.stderr.on("data", (piece) => (text.err += String(piece)));
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  await ready(
    child,
    () => text.out,
    () => text.err,
  );
  const url = lineOf(text.out, "listening on ");
  const get = (path: string, headers: Record<string, string> = { "X-MTrace-Token": TOKEN }) =>
    fetch(url + path, { headers });
  return {
    url,
    entry: lineOf(text.out, "dashboard: "),
    dataDir,
    child,
    log: () => text.err,
    printed: () => text.out + text.err,
    get,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
    post: (body, headers = {}) =>
      fetch(`${url}/api/playback-events`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-MTrace-Token": TOKEN, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    counters: async () => numbersIn(await (await get("/api/metrics")).text()),
  };
}

function ready(child: ChildProcess, out: () => string, err: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the service was not ready in time: ${err()}`)), READY_MS);
    child.once("close", (code) => reject(new Error(`the service ended with ${code}: ${err()}`)));
    child.stdout?.on("data", () => {
      if (!/dashboard: .*\n/.test(out())) return;
      clearTimeout(late);
      resolve();
    });
  });
}

const lineOf = (text: string, before: string): string =>
  text
    .split("\n")
    .find((line) => line.startsWith(before))
    ?.slice(before.length) ?? "";

export function numbersIn(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])]));
}

export const now = (): string => new Date().toISOString();

export const event = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  event_name: "metrics_sampled",
  project_id: "demo",
  session_id: "session-1",
  client_timestamp: now(),
  sdk: { name: "test", version: "1.0.0" },
  ...more,
});

export const batch = (events: unknown = [event()], more: Record<string, unknown> = {}): Record<string, unknown> => ({
  schema_version: "1.0",
  events,
  ...more,
});

/** Until it holds; fails after a minute. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
