// Is what two targets of one `run` need there once: names, the client of debuginfod, the connection to a collector?
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createNetServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RunHost } from "../../src/agent/host.js";
import { Services } from "../../src/agent/services.js";
import { resolveConfig } from "../../src/config/config.js";
import type { Layers } from "../../src/config/configuration.js";
import { createLog } from "../../src/log.js";
import type { SymbolQuery } from "../../src/model/symbol.js";
import { loadNative } from "../../src/native.js";
import { FakeCollector } from "../helpers/fake-collector.js";
import { pluginEnvironment, scratch } from "../helpers/pipelines.js";
import { until } from "../helpers/until.js";

let place: ReturnType<typeof scratch>;
const servers: Server[] = [];
beforeEach(() => {
  place = scratch();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  place.dispose();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** The agent inside of `run`, in this process, around a script of the shell. */
function hosted(script: string, flags: Record<string, string>, captureDir?: string) {
  const asked: SymbolQuery[] = [];
  const own = loadNative();
  const native = {
    ...own,
    symbolize: (query: SymbolQuery) => {
      asked.push(query);
      return own.symbolize(query);
    },
    endAfter: () => false, // it would end the test
  };
  const layers: Layers = { flags, environment: {} };
  const request = { resolved: resolveConfig(layers), layers, captureDir, replace: false };
  const services = new Services(native, "several");
  const target = { native, services, version: "0", log: () => createLog("silent"), report: async () => null };
  const host = new RunHost({ target, request, terminal: { columns: 80, colour: false } });
  const tracer = { GST_TRACERS: "pyroscope(sample-rate=250)", GST_PYROSCOPE_HOST_PID: String(process.pid) };
  const child = spawn("sh", ["-c", script], { env: pluginEnvironment(tracer), detached: true, stdio: "ignore" });
  const { pid = 0 } = child;
  host.watch(pid);
  const ended = once(child, "exit").then(() => host.finish(0));
  return { asked, ended, interrupt: () => process.kill(-pid, "SIGINT") };
}

const captureOf = (dir: string): { complete: boolean; modules: { frames: number }[] } =>
  JSON.parse(readFileSync(`${dir}/capture.json`, "utf8"));
const isComplete = (dir: string) => existsSync(`${dir}/capture.json`) && captureOf(dir).complete;

it("no address of a file is looked up twice, and both captures have its name", { timeout: 120_000 }, async () => {
  const requests: string[] = [];
  const port = await listening(
    createServer((request: IncomingMessage, response: ServerResponse) => {
      requests.push(request.url ?? "");
      response.writeHead(404).end();
    }),
  );
  const go = `${place.dir}/go`;
  const pipeline = "gst-launch-1.0 -q videotestsrc num-buffers=300 ! jpegenc ! fakesink";
  const dir = `${place.dir}/c`;
  const flags = {
    "debuginfod-urls": `http://127.0.0.1:${port}`,
    "debuginfod-cache-path": `${place.dir}/cache`,
    "upload-interval": "1s",
  };
  const run = hosted(`${pipeline}; while ! test -e ${go}; do sleep 0.05; done; ${pipeline}`, flags, dir);
  await until("the first capture", () => isComplete(dir), 60_000);
  writeFileSync(go, "");
  await run.ended;
  // Two files at one path cannot be told apart without a build-id.
  const addresses = run.asked
    .filter(({ buildId }) => buildId !== "")
    .flatMap(({ path, buildId, debugFile, offsets }) =>
      Array.from(offsets, (offset) => `${buildId} ${path} ${debugFile} ${offset}`),
    );
  expect(addresses.length).toBeGreaterThan(20);
  expect(addresses.length - new Set(addresses).size).toBe(0);
  const named = [dir, `${dir}/process-2`].map((one) => captureOf(one).modules.reduce((sum, m) => sum + m.frames, 0));
  console.log(`${named.join(" and ")} frames of two targets, ${addresses.length} addresses looked up`);
  expect((named[0] ?? 0) + (named[1] ?? 0)).toBeGreaterThan(addresses.length);
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.length).toBe(new Set(requests).size);
});

it("metrics of both go through one connection", { timeout: 120_000 }, async () => {
  const collector = await FakeCollector.start();
  let connections = 0;
  const port = await listening(
    createNetServer((socket) => {
      connections++;
      const behind = connect(collector.port, "127.0.0.1");
      for (const one of [socket, behind]) one.on("error", () => {});
      socket.pipe(behind).pipe(socket);
    }),
  );
  const pipeline = "gst-launch-1.0 -q fakesrc ! identity sleep-time=10000 ! fakesink";
  const flags = { "otlp-endpoint": `http://127.0.0.1:${port}`, "otlp-interval": "1s", "server-url": "none" };
  const run = hosted(`${pipeline} & ${pipeline} & wait`, flags);
  await until(
    "metrics of two targets, several times",
    () => collector.accepted >= 6 && collector.instances.size === 2,
    60_000,
  );
  const seen = connections;
  run.interrupt();
  await run.ended;
  await collector.stop();
  expect(seen).toBe(1);
});
