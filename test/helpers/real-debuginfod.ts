// How does a test get a debuginfod server of its own? Started on a free port over one folder, ended by its pid.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { until } from "./until.js";

export const hasDebuginfod = ((): boolean => {
  try {
    execFileSync("debuginfod", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const status = (url: string): Promise<number> =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", () => resolve(0));
  });

/** Ready when it has found the file of `buildId` in `folder`. */
export async function startDebuginfod(folder: string, buildId: string) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: folder };
  const server: ChildProcess = spawn("debuginfod", ["-F", "-d", ":memory:", "-p", String(port), folder], {
    env,
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    if (server.exitCode === null && server.kill("SIGTERM")) await gone;
  };
  try {
    await until(
      "debuginfod has the file",
      async () => (await status(`${url}/buildid/${buildId}/debuginfo`)) === 200,
      60_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
