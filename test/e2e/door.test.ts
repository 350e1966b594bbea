// Do ps, set and doctor reach the agents of their user, and nobody else; and what do strangers at the control socket change of a profile?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TargetStatus } from "../../src/live/live-target.js";
import { slowness } from "../helpers/busy-machine.js";
import {
  agentsOf,
  cli,
  type Ended,
  element,
  ended,
  isGone,
  pluginEnvironment,
  root,
  runToEnd,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";
import { SegmentTarget } from "../helpers/segment-target.js";
import { finished } from "../helpers/served.js";

const isRoot = process.geteuid?.() === 0;
const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
const nobodySees =
  isRoot && spawnSync("setpriv", [...nobody, "test", "-r", `${root}build/plugin/libgstpyroscope.so`]).status === 0;

let place: ReturnType<typeof scratch>;
/** Runtime directory of this test; root has its sockets in /run all the same. */
let runtime: string;
beforeEach(() => {
  place = scratch();
  chmodSync(place.dir, 0o777);
  runtime = `${place.dir}/runtime`;
  mkdirSync(runtime, { mode: 0o700 });
});
/** A test that failed has not ended what it started. */
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  place.dispose();
});

const folder = (): string => (isRoot ? "/run/gst-pyroscope" : `${runtime}/gst-pyroscope`);
const socketOf = (agent: number): string => `${folder()}/agent-${agent}.sock`;
const environment = (more: Record<string, string> = {}) =>
  pluginEnvironment({ XDG_RUNTIME_DIR: runtime, HOME: place.dir, ...more });
const ask = (...args: string[]): Promise<Ended> => runToEnd(process.execPath, [cli, ...args], environment());

interface Listed {
  targets: (TargetStatus & { agentPid: number; agentVersion: string })[];
  unlisted: { pid: number; agentPids: number[] }[];
}

async function listed(): Promise<Listed> {
  const { stdout, stderr, code } = await ask("ps", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Listed;
}

const rowOf = async (pid: number) => (await listed()).targets.find((target) => target.pid === pid);

/** A pipeline that runs until it is told to end, with an agent that its tracer started. */
function start(pipeline: string, tracer = "server-url=none,otlp-endpoint=none", more: Record<string, string> = {}) {
  const env = environment({ GST_TRACERS: `pyroscope(${tracer})`, ...more });
  const child = spawn("gst-launch-1.0", ["-q", "-e", ...words(pipeline)], { env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  return { child, pid: child.pid ?? -1, end: ended(child) };
}

const ENDLESS = "fakesrc is-live=true ! identity name=slow sleep-time=2000 ! fakesink";

/** Asks for a stream and is gone after its first bytes. */
function leaveEarly(path: string, what: string): Promise<void> {
  const socket = connect({ path });
  socket.write(`GET ${what} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return new Promise((gone, fail) => {
    socket.once("data", () => socket.destroy()).once("error", fail);
    socket.once("close", () => gone());
  });
}

describe("ps", () => {
  it("lists a process by what its agent knows, until it ends; then the socket is gone as well", async () => {
    const { child, pid, end } = start(ENDLESS, "server-url=none,otlp-endpoint=none,tracer-name=studio");
    const row = await until("samples", async () => {
      const found = await rowOf(pid);
      return found !== undefined && found.samples > 0 ? found : undefined;
    });
    expect(row).toMatchObject({ service: "studio", state: "running", pipelines: ["pipeline0"], losses: {} });
    expect(row.settings).toMatchObject({ enabled: true, sampleRate: 100, timing: "wrap" });
    expect(row.command).toContain("gst-launch-1.0");
    expect([row.agentPid]).toEqual(await agentsOf(pid));
    expect([lstatSync(folder()).mode & 0o777, lstatSync(socketOf(row.agentPid)).mode & 0o777]).toEqual([0o700, 0o600]);
    const { stdout } = await ask("ps");
    expect(stdout).toMatch(new RegExp(`^${pid} +studio +running +\\d+ s +[\\d,]+ +(none|[\\d,]+) +pipeline0 `, "m"));
    child.kill("SIGINT");
    expect((await end).code).toBe(0);
    await until("the agent's end", () => isGone(row.agentPid));
    expect(existsSync(socketOf(row.agentPid))).toBe(false);
    expect(await rowOf(pid)).toBeUndefined();
  });

  it("removes the socket of an agent that was killed, and lists the process with the next one", async () => {
    const { child, pid, end } = start(ENDLESS);
    const first = (await until("a row", () => rowOf(pid))).agentPid;
    process.kill(first, "SIGKILL");
    const next = await until("a row of the next agent", async () => {
      const row = await rowOf(pid);
      return row !== undefined && row.agentPid !== first ? row : undefined;
    });
    expect(existsSync(socketOf(first))).toBe(false);
    expect(existsSync(socketOf(next.agentPid))).toBe(true);
    child.kill("SIGINT");
    await end;
  });

  it("lists all processes of one run, and those that ended there", async () => {
    const launch = (n: number) => `gst-launch-1.0 -q fakesrc num-buffers=${n} ! identity sleep-time=5000 ! fakesink`;
    const command = ["sh", "-c", `${launch(10)}; ${launch(-1)}`];
    const args = [cli, "run", "--no-progress", "--capture", `${place.dir}/c`, "--", ...command];
    const run = spawn(process.execPath, args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    started.push(run);
    const end = ended(run);
    const rows = await until("two rows", async () => {
      const own = (await listed()).targets.filter(({ agentPid }) => agentPid === run.pid);
      return own.length === 2 && own[0]?.state === "ended" ? own : undefined;
    });
    expect(rows.map(({ id, state }) => [id, state])).toEqual([
      [1, "ended"],
      [2, "running"],
    ]);
    await leaveEarly(socketOf(run.pid ?? 0), "/api/targets/2/events");
    process.kill(rows[1]?.pid ?? 0, "SIGINT");
    expect((await end).stdout).toBe(""); // it is the command's, although somebody asks the agent and goes away
    expect(existsSync(socketOf(run.pid ?? 0))).toBe(false);
  });

  it("says of a process that no agent reads how to serve it", async () => {
    const target = await SegmentTarget.start();
    expect((await listed()).unlisted).toContainEqual({ pid: target.pid, agentPids: [] });
    expect((await ask("ps")).stdout).toContain(`gst-pyroscope agent --pid ${target.pid} does.`);
    await target.end("SIGKILL");
  });
});

it("doctor says where the control sockets are, and how many processes are profiled", async () => {
  const { child, pid, end } = start(ENDLESS);
  const { agentPid } = await until("a row", () => rowOf(pid));
  const { stdout } = await ask("doctor");
  const line = stdout.split("\n").find((one) => one.includes("control socket")) ?? "";
  expect(line).toMatch(
    new RegExp(`^  ok    control socket .*/gst-pyroscope: of agents .*\\b${agentPid}\\b.* profiled`),
  );
  child.kill("SIGINT");
  await end;
});

it("set changes what its process does from then on, and says what cannot be changed and what to do instead", async () => {
  const { child, pid, end } = start(ENDLESS);
  await until("a row", () => rowOf(pid));
  const changed = await ask("set", String(pid), "sample-rate=50", "timing=wrap");
  expect(changed).toMatchObject({ code: 0, stdout: "sample-rate: 100 → 50\ntiming is wrap already\n" });
  await until("the new rate", async () => (await rowOf(pid))?.settings.sampleRate === 50 || undefined);
  const refused = await ask("set", String(pid), "engine=perf", "enabled=false");
  expect(refused.code).toBe(13);
  expect(refused.stdout).toMatch(/^engine: .*start the program again\nenabled: true → false\n$/);
  await until("a row that is off", async () => new RegExp(`^${pid} +\\S+ +off `, "m").test((await ask("ps")).stdout));
  child.kill("SIGINT");
  await end;
});

it("set of a process that is not profiled changes nothing, and says what is", async () => {
  const { code, stderr } = await ask("set", "1", "timing=off");
  expect(code).toBe(12);
  expect(stderr).toMatch(/^gst-pyroscope: process 1 is not profiled by this user; /);
});

/** Everything at once, again and again, until it is told to stop; then how many connections there were. */
function attack(path: string): { stop: () => number } {
  const open = new Set<Socket>();
  let calls = 0;
  const talk = (text: string, pausing = false): void => {
    const socket = connect({ path });
    calls++;
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
    socket.write(text);
    if (pausing) socket.pause();
    else socket.resume();
  };
  const status = "GET /api/status HTTP/1.1\r\nHost: x\r\n\r\n";
  const post = "POST /api/targets/1/set HTTP/1.1\r\nHost: x\r\nContent-Length:";
  const round = (): void => {
    for (let n = open.size; n < 100; n++) talk("");
    talk("GET /api/st");
    talk(`${post} 100\r\n\r\n{`);
    talk(`${post} 4000000000\r\n\r\n${"x".repeat(70_000)}`);
    talk(status.repeat(500), true);
    talk("\0\x16\x03\x01\r\n\r\n");
  };
  const again = setInterval(round, 100);
  return {
    stop: () => {
      clearInterval(again);
      for (const socket of open) socket.destroy();
      return calls;
    },
  };
}

it("while strangers do their worst at the socket no sample is lost, every buffer is counted, and ps is answered", async () => {
  const BUFFERS = 3000;
  const dir = `${place.dir}/capture`;
  const pipeline = `fakesrc num-buffers=${BUFFERS} ! cpuburn name=hot ns=1000000 ! queue ! fakesink name=last`;
  const { pid, end } = start(pipeline, `server-url=none,otlp-endpoint=none,capture=${dir}`);
  const { agentPid } = await until("a row", () => rowOf(pid));
  const attackers = attack(socketOf(agentPid));
  let answers = 0;
  let running = true;
  void end.then(() => {
    running = false;
  });
  while (running) if ((await rowOf(pid)) !== undefined) answers++;
  expect(attackers.stop()).toBeGreaterThan(100);
  expect((await end).code).toBe(0);
  const summary = await finished(dir, 60_000 * (await slowness()));
  expect(answers).toBeGreaterThan(0);
  expect([element(summary, "hot").buffersIn, element(summary, "last").buffersIn]).toEqual([BUFFERS, BUFFERS]);
  expect(summary.losses.ring_full ?? 0).toBe(0);
  await until("the agent's end", () => isGone(agentPid));
  expect(existsSync(socketOf(agentPid))).toBe(false);
});

it("neither an open control socket nor who is connected keeps a process alive whose work is done", async () => {
  const path = `${place.dir}/door`;
  const module = `${root}dist/door/door.js`;
  const script = `import { connect } from "node:net"; import { Door } from ${JSON.stringify(module)};
    const log = { error() {}, warn() {}, info() {}, debug() {} };
    const door = new Door({ folder: ${JSON.stringify(path)}, app: async () => { throw new Error("none") }, log });
    await door.opened;
    const client = connect(${JSON.stringify(path)} + "/agent-" + process.pid + ".sock").unref();
    await new Promise((there) => client.once("connect", there));
    console.log("done");`;
  const { stdout, code } = await runToEnd(process.execPath, ["--input-type=module", "-e", script]);
  expect([stdout, code]).toEqual(["done\n", 0]);
});

describe.runIf(nobodySees)("another user", () => {
  const asNobody = (args: string[], more: Record<string, string> = {}): Promise<Ended> =>
    runToEnd(
      "setpriv",
      [...nobody, process.execPath, cli, ...args],
      environment({ GST_REGISTRY: `${place.dir}/r`, ...more }),
    );
  const profile = (more: Record<string, string> = {}): Promise<Ended> => {
    const capture = ["--capture", `${place.dir}/theirs`, "--no-progress", "--log-level", "info"];
    return asNobody(
      ["run", ...capture, "--", "gst-launch-1.0", "-q", ...words("fakesrc num-buffers=50 ! fakesink name=end")],
      more,
    );
  };
  const expectProfiled = async ({ code }: Ended): Promise<void> => {
    expect(code).toBe(0);
    expect(element(await summaryOf(`${place.dir}/theirs`), "end").buffersIn).toBe(50);
  };
  beforeEach(() => chownSync(runtime, 65534, 65534));

  it("sees nothing of root's agents, and cannot connect to them", async () => {
    const { child, pid, end } = start(ENDLESS);
    const { agentPid } = await until("a row", () => rowOf(pid));
    const { stdout } = await asNobody(["ps", "--json"]);
    expect(JSON.parse(stdout).targets).toEqual([]);
    const script = `require("node:net").connect(${JSON.stringify(socketOf(agentPid))}).once("error", ({ code }) => console.log(code));`;
    const refused = await runToEnd("setpriv", [...nobody, process.execPath, "-e", script]);
    expect(refused.stdout).toBe("EACCES\n");
    child.kill("SIGINT");
    await end;
  });

  it("has a socket of their own in their runtime directory, and nothing in root's", async () => {
    const before = readdirSync(runtime);
    const run = await profile();
    await expectProfiled(run);
    expect(run.stderr).not.toContain("control socket");
    expect([before, readdirSync(runtime), readdirSync(`${runtime}/gst-pyroscope`)]).toEqual([
      [],
      ["gst-pyroscope"],
      [],
    ]);
    const { uid, mode } = statSync(`${runtime}/gst-pyroscope`);
    expect([uid, mode & 0o777]).toEqual([65534, 0o700]);
  });

  it.each([
    ["another user's folder", (path: string) => mkdirSync(path, { mode: 0o777 }), /it belongs to user 0/],
    ["a link to another folder", (path: string) => symlinkSync(place.dir, path), /it is a symbolic link/],
  ])(
    "whose place is taken by %s is profiled all the same; run says so at level info, ps and doctor say what to do",
    async (_, take, reason) => {
      take(`${runtime}/gst-pyroscope`);
      const run = await profile();
      await expectProfiled(run);
      const lines = run.stderr.split("\n").filter((line) => line.includes("control socket"));
      expect(lines).toEqual([expect.stringMatching(reason)]);
      expect(lines[0]).toMatch(/^gst-pyroscope: info: /);
      expect(await asNobody(["ps"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(reason) });
      expect((await asNobody(["doctor"])).stdout).toMatch(/^ {2}note +control socket +/m);
    },
  );

  it("without a runtime directory is profiled all the same, and ps and doctor say how to get one", async () => {
    const none = { XDG_RUNTIME_DIR: "" };
    await expectProfiled(await profile(none));
    for (const verb of ["ps", "doctor"])
      expect((await asNobody([verb], none)).stdout.replace(/\s+/g, " ")).toContain(
        "export XDG_RUNTIME_DIR=/run/user/$(id -u)",
      );
  });
});
