// What can a process of another user make an agent of root do? Be called and measured as it likes, and nothing else.
// SPDX-License-Identifier: MPL-2.0

import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../helpers/pipelines.js";
import { scratch } from "../helpers/scratch.js";
import { SegmentTarget } from "../helpers/segment-target.js";
import { until } from "../helpers/until.js";

const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const token = "t0p-s3cret";

/** A server that takes down what comes. */
class Ear {
  heard = "";
  calls = 0;
  url = "";
  readonly #server: Server = createServer((socket) => {
    this.calls++;
    socket.on("data", (bytes) => {
      this.heard += bytes.toString("latin1");
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    socket.on("error", () => undefined);
  });

  async open(): Promise<this> {
    await new Promise<void>((ready) => this.#server.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }
  close(): void {
    this.#server.close();
  }
}

/** Ports that a process listens on. */
function listening(pid: number): number[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const rows = ["tcp", "tcp6"].flatMap((kind) => readFileSync(`/proc/${pid}/net/${kind}`, "utf8").trim().split("\n"));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[3] === "0A" && sockets.includes(`socket:[${row[9]}]`))
    .map((row) => Number.parseInt(row[1]?.split(":")[1] ?? "", 16));
}

describe.skipIf(process.getuid?.() !== 0)("a process of another user, seen by root", () => {
  let theirs: Ear;
  let ours: Ear;
  beforeAll(async () => {
    theirs = await new Ear().open();
    ours = await new Ear().open();
  });
  afterAll(() => {
    theirs.close();
    ours.close();
  });

  it("names servers, a capture, a port, an address, debuginfod, a proxy: nobody hears a thing, and one line says so", async () => {
    const place = scratch("place");
    mkdirSync(place);
    chmodSync(dirname(place), 0o755);
    const program = join(place, "segment-target");
    copyFileSync(SegmentTarget.program, program);
    const target = await SegmentTarget.start(nobody, program);
    const wish = join(place, "wish");
    const wishes: Record<string, string> = {
      "server-url": theirs.url,
      "otlp-endpoint": theirs.url,
      "metrics-endpoint": theirs.url,
      "traces-endpoint": theirs.url,
      "debuginfod-urls": theirs.url,
      "debuginfod-cache-path": wish,
      "auth-token": "theirs",
      capture: wish,
      port: "47113",
      address: "0.0.0.0",
      agent: "/bin/true",
      "span-ratio": "1",
      "self-profile": "true",
      "tracer-name": "their\u001b[31m name",
    };
    for (const [name, value] of Object.entries(wishes))
      for (const kind of ["parameter", "environment", "preset"])
        await target.name("fact", 0, [`${kind}.${name}`, value]);
    for (const name of ["PYROSCOPE_SERVER_ADDRESS", "OTEL_EXPORTER_OTLP_ENDPOINT", "http_proxy", "HTTPS_PROXY"])
      await target.name("fact", 0, [name, theirs.url]);
    await target.name("fact", 0, ["GST_PROMETHEUS_TRACER_PORT", "47113"]);
    const pipeline = await target.name("pipeline", 0, ["p", "pipeline"]);
    const element = await target.name("element", pipeline, ["theirs", "identity", "core", "", ""]);
    await target.name("module", 0, ["/etc/shadow", "00"], 0, 4096);
    await target.send(`samples 30 ${element} 0 1000000 0 1 2 3`);
    const env = {
      PATH: process.env.PATH,
      HOME: place,
      PYROSCOPE_AUTH_TOKEN: token,
      GST_PYROSCOPE_SERVER_URL: ours.url,
      GST_PYROSCOPE_OTLP_ENDPOINT: "none",
      GST_PYROSCOPE_UPLOAD_INTERVAL: "1s",
    };
    const agent = spawn(process.execPath, [cli, "agent", "--pid", String(target.pid)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    agent.stderr.on("data", (text) => {
      said += text;
    });
    const ended = new Promise((resolve) => agent.once("close", resolve));
    await until("a profile at our server", () => ours.heard.includes("POST"));
    expect(listening(agent.pid ?? 0)).toEqual([]);
    await target.end("SIGKILL");
    expect(await ended, said).toBe(0);

    expect([theirs.calls, theirs.heard]).toEqual([0, ""]);
    expect(existsSync(wish)).toBe(false);
    expect(ours.heard).toContain(`Bearer ${token}`);
    const lines = said
      .trim()
      .split("\n")
      .filter((line) => line.includes("another user"));
    expect(lines, said).toHaveLength(1);
    for (const name of ["server-url", "otlp-endpoint", "debuginfod-urls", "capture", "port", "address", "agent"])
      expect(lines[0]).toContain(name);
    expect(said).not.toContain("\u001b");
    expect(said).not.toContain(token);
  });

  it("of our own that we are pointed at sends its data where it likes, without our token", async () => {
    const target = await SegmentTarget.start();
    await target.name("fact", 0, ["parameter.server-url", theirs.url]);
    const pipeline = await target.name("pipeline", 0, ["p", "pipeline"]);
    await target.send(
      `samples 30 ${await target.name("element", pipeline, ["e", "identity", "", "", ""])} 0 1000000 0 1 2`,
    );
    const env = {
      PATH: process.env.PATH,
      PYROSCOPE_AUTH_TOKEN: token,
      GST_PYROSCOPE_OTLP_ENDPOINT: "none",
      GST_PYROSCOPE_UPLOAD_INTERVAL: "1s",
    };
    const agent = spawn(process.execPath, [cli, "agent", "--pid", String(target.pid)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    agent.stderr.on("data", (text) => {
      said += text;
    });
    const ended = new Promise((resolve) => agent.once("close", resolve));
    await until("a profile at their server", () => theirs.calls > 0 && theirs.heard !== "");
    await target.end("SIGKILL");
    expect(await ended, said).toBe(0);
    expect(theirs.heard).toContain("POST");
    expect(theirs.heard).not.toContain(token);
    expect(said).toMatch(/chose server-url itself: no credentials of ours are sent there/);
  });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
