// How does a test start a real server on loopback, kill it, start it again, and ask it what it has?

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goAtLeast } from "./go.js";
import { until } from "./until.js";

export const serversHome = fileURLToPath(new URL("../servers/", import.meta.url));
const binaries = ["pyroscope", "otelcol"] as const;

/** "" = all servers are there; else why not, for tests that must be skipped. */
export function missingServers(): string {
  const missing = binaries.filter((name) => !existsSync(join(serversHome, "bin", name)));
  if (missing.length === 0) return "";
  const why = goAtLeast(1, 26) ? "test/servers/build.sh was not run or failed" : "building them needs Go 1.26";
  return `no ${missing.join(", ")} in test/servers/bin: ${why}`;
}

const listen = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(null));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });

/** A port that is free now, and so is the one `besides` above it. */
export function freePort(besides = 0): Promise<number> {
  return until("a free port", async () => {
    const port = await listen(0);
    return port !== null && (besides === 0 || (await listen(port + besides)) !== null) ? port : null;
  });
}

/** A child process with a data folder; the same ports and folder after a restart. */
export abstract class RealServer {
  readonly dir = mkdtempSync(join(tmpdir(), "server-"));
  #child: ChildProcess | undefined;
  #output = "";

  protected abstract command(): { file: string; args: string[]; env?: Record<string, string> };
  abstract ready(): Promise<boolean>;

  async start(): Promise<void> {
    const { file, args, env } = this.command();
    mkdirSync(this.dir, { recursive: true });
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        this.#output = (this.#output + text).slice(-4000);
      });
    }
    this.#child = child;
    await until(`${file} ready`, () => {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}: ${this.#output}`);
      return this.ready().catch(() => false);
    }, 60_000); // biome-ignore format: the deadline belongs to the look
  }

  /** Resolves when the process is gone. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(late);
  }

  async stop(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }
}
