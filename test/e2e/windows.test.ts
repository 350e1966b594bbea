// Does a session service get of a real pipeline what its capture says, window by window, and learn how it ended?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ElementSummary } from "../../src/model/element-summary.js";
import type { ElementWindow, PipelineWindow } from "../../src/windows/pipeline-window.js";
import {
  agentsOf,
  cli,
  type Ended,
  ended,
  pluginEnvironment,
  root,
  runToEnd,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";
import { WindowsServer } from "../helpers/windows-server.js";

const caps = "video/x-raw,width=640,height=480,framerate=25/1";
const source = "videotestsrc name=src is-live=true pattern=snow";
const branch = `${caps} ! queue name=q max-size-buffers=8 ! jpegenc name=enc ! identity name=id sleep-time=4000 ! filesink name=out location=/dev/null`;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);
const lengthMs = ({ from, to }: PipelineWindow): number => Date.parse(to) - Date.parse(from);
const named = (window: PipelineWindow, name: string): ElementWindow => {
  const found = window.elements.find(({ path }) => path.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`no ${name} in ${window.elements.map(({ path }) => path)}`);
  return found;
};

describe("a pipeline whose agent knows a session service", () => {
  let server: WindowsServer;
  let place: ReturnType<typeof scratch>;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    server = await WindowsServer.start();
    place = scratch();
  });
  afterEach(async () => {
    child?.kill("SIGKILL");
    await server.stop();
    place.dispose();
  });

  const variables = (more: Record<string, string> = {}) =>
    pluginEnvironment({ GST_PYROSCOPE_WINDOWS_URL: server.url, GST_PYROSCOPE_WINDOWS_TOKEN: "t0ken", ...more });

  async function ran(pipeline: string): Promise<Ended> {
    const command = [cli, "run", "--capture", `${place.dir}/c`, "--stream", "demo", "--wall-rate", "50", "--"];
    return runToEnd(process.execPath, [...command, "gst-launch-1.0", "-q", ...words(pipeline)], variables());
  }

  it("is told of in windows whose sums are those of its capture", async () => {
    const run = await ran(`${source} num-buffers=200 ! ${branch}`);
    expect(run.stderr).not.toContain("not delivered");
    expect([run.code, server.problems]).toEqual([0, []]);
    const { windows } = server;
    expect(server.bodies.every(({ token, project }) => token === "t0ken" && project === "demo")).toBe(true);
    expect(windows.length).toBeGreaterThanOrEqual(4);
    expect(new Set(windows.map((one) => [one.stream_id, one.stream_source, one.pipeline].join()))).toEqual(
      new Set(["demo,tag,pipeline0"]),
    );
    expect(new Set(windows.map(({ run_id }) => run_id)).size).toBe(1);
    // One begins where the one before has ended.
    expect(windows.slice(1).map(({ from }) => from)).toEqual(windows.slice(0, -1).map(({ to }) => to));
    const summary = await summaryOf(`${place.dir}/c`);
    expect(sum(windows.map(lengthMs)) * 1e6).toBeLessThanOrEqual(summary.target.durationNs + 3e9);
    for (const e of summary.pipelines.flatMap(({ elements }) => elements)) expectSame(e, windows);
    const cpuMs = sum(windows.flatMap(({ elements }) => elements.map(({ cpu_ms }) => cpu_ms ?? 0)));
    const owned = Object.entries(summary.profile.cpu?.byElement ?? {}).filter(([path]) => path !== "(none)");
    const ownedMs = sum(owned.map(([, ns]) => ns)) / 1e6;
    expect(Math.abs(cpuMs - ownedMs)).toBeLessThanOrEqual(0.05 * ownedMs + 50);
    const processMs = sum(windows.map(({ process_cpu_ms }) => process_cpu_ms ?? 0));
    expect(processMs).toBeCloseTo(summary.target.processCpuNs / 1e6, -1);
  });

  it("says what each element is, who runs it, what it waits for, and how much media came out", async () => {
    await ran(`${source} num-buffers=150 ! ${branch}`);
    const { windows } = server;
    const last = windows.at(-1) as PipelineWindow;
    const classes = ["src", "q", "enc", "id", "out"].map((name) => named(last, name).class);
    expect(classes).toEqual(["source", "wait", "work", "work", "sink"]);
    expect(named(last, "enc").threads).toEqual([named(last, "q").path]);
    expect(named(last, "q").threads).toEqual([named(last, "src").path, named(last, "q").path]);
    expect(named(last, "q").queue).toMatchObject({ level: 0 });
    expect(named(last, "enc").feeds).toEqual([named(last, "id").path]);
    const waits = windows.map((one) => named(one, "id").blocked_ms ?? {});
    const slept = sum(waits.map(({ timer = 0 }) => timer));
    // 150 times 4 ms; half of it may fall between two looks, and a machine without a CPU to spare sleeps longer.
    expect(slept).toBeGreaterThan(200);
    expect(sum(waits.map(({ lock = 0 }) => lock))).toBeLessThan(slept);
    const media = windows.flatMap(({ sinks }) => sinks);
    expect(new Set(media.map(({ path }) => path))).toEqual(new Set([named(last, "out").path]));
    expect(sum(media.map(({ media_ms }) => media_ms ?? Number.NaN))).toBeCloseTo((150 * 1000) / 25, 3);
    expect(last).toMatchObject({ state: "ended", end: { exit_code: 0 } });
    expect(windows.slice(0, -1).every(({ state }) => state === "playing")).toBe(true);
    for (const { machine } of windows) expect(machine.cpus).toBeGreaterThan(0);
  });

  it("has a window of each playlist where nobody gave the stream a name, whose media is that of its muxer's pictures", async () => {
    const sink = (name: string): string => {
      mkdirSync(`${place.dir}/${name}`);
      return `hlssink2 name=${name} location=${place.dir}/${name}/%05d.ts playlist-location=${place.dir}/${name}/playlist.m3u8`;
    };
    const encoder = "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=25 ! h264parse";
    const pipeline = `${source} num-buffers=75 ! ${caps} ! queue max-size-buffers=7 name=q ! ${encoder} ! tee name=t ! queue ! ${sink("news")} t. ! queue ! ${sink("sport")}`;
    const command = [cli, "run", "--capture", `${place.dir}/c`, "--", "gst-launch-1.0", "-q", ...words(pipeline)];
    expect((await runToEnd(process.execPath, command, variables())).code).toBe(0);
    const { windows } = server;
    expect(new Set(windows.map((one) => `${one.stream_id} ${one.stream_source}`))).toEqual(
      new Set(["news sink", "sport sink"]),
    );
    for (const stream of ["news", "sport"]) {
      const its = windows.filter(({ stream_id }) => stream_id === stream);
      const last = its.at(-1) as PipelineWindow;
      expect(named(last, "q").queue).toMatchObject({ capacity: 7 });
      const media = its.flatMap(({ sinks }) => sinks);
      const [path = "", ...others] = new Set(media.map((one) => one.path));
      expect([path.startsWith(`pipeline0/${stream}/`), others]).toEqual([true, []]);
      expect(sum(media.map(({ media_ms }) => media_ms ?? Number.NaN))).toBeCloseTo(3000, 3);
      const muxes = last.elements.filter(({ factory }) => factory === "mpegtsmux");
      expect(muxes.map((mux) => mux.class)).toEqual(["wait", "wait"]);
      const mux = muxes.find((one) => one.path.startsWith(`pipeline0/${stream}/`));
      expect(last.elements.find((one) => one.path === path)?.threads).toEqual([mux?.path]);
    }
  });

  it("that is killed has a last window, by the agent that its tracer started, with stacks where they were asked for", async () => {
    const tracer = 'pyroscope(server-url=none,otlp-endpoint=none,sample-rate=250,tags="stream=live")';
    server.want = [
      { stream_id: "live", elements: ["pipeline0/enc"], until: new Date(Date.now() + 300_000).toISOString() },
    ];
    const env = variables({ GST_TRACERS: tracer });
    child = spawn("gst-launch-1.0", ["-q", ...words(`${source} ! ${branch}`)], { env, stdio: "ignore" });
    const end = ended(child);
    const pid = child.pid ?? -1;
    const agent = await until("its agent", async () => (await agentsOf(pid))[0]);
    await until("windows with stacks", () => server.windows.find(({ stacks = [] }) => stacks.length > 0));
    const before = server.windows.length;
    child.kill("SIGKILL");
    expect((await end).signal).toBe("SIGKILL");
    const last = await until("the last window", () => server.windows.find(({ state }) => state === "ended"));
    expect(server.windows.indexOf(last)).toBeGreaterThanOrEqual(before);
    expect(last.stream_id).toBe("live");
    expect(agent).toBeGreaterThan(0);
    expect(server.problems).toEqual([]);
    const stacks = server.windows.flatMap((one) => one.stacks ?? []);
    expect(new Set(stacks.map(({ path }) => path))).toEqual(new Set(["pipeline0/enc"]));
    expect(stacks.flatMap(({ frames }) => frames).join(" ")).toMatch(/jpeg|gst_/);
    const playing = server.windows.filter(({ state }) => state === "playing").slice(1);
    // About two seconds, longer only where this machine had no time for the agent.
    for (const window of playing) expect(lengthMs(window)).toBeGreaterThan(900);
    expect(sum(playing.map(lengthMs)) / playing.length).toBeLessThan(20_000);
  });

  it("loads nothing of all this where it is told of no service", async () => {
    const loadedWith = async (name: string, flags: string[]): Promise<string[]> => {
      const folder = `${place.dir}/loaded-${name}`;
      const env = pluginEnvironment({ NODE_V8_COVERAGE: folder });
      const args = ["run", "--capture", `${place.dir}/${name}`, ...flags, "--"];
      const pipeline = words("videotestsrc num-buffers=20 ! fakesink");
      expect((await runToEnd(process.execPath, [cli, ...args, "gst-launch-1.0", "-q", ...pipeline], env)).code).toBe(0);
      return ourModules(folder).filter((path) => /^(output\/)?windows\/|\/pipeline-windows\./.test(path));
    };
    expect(await loadedWith("without", [])).toEqual([]);
    expect(await loadedWith("with", ["--windows-url", server.url])).toEqual(
      expect.arrayContaining(["windows/windows.ts", "output/windows/sender.ts", "agent/session/pipeline-windows.ts"]),
    );
  });
});

/** Sources that ran, by Node's own account: in the one file of the program each is a function that bears its path. */
function ourModules(folder: string): string[] {
  const reports = readdirSync(folder).map((file) =>
    JSON.parse(readFileSync(`${folder}/${file}`, "utf8")),
  ) as Coverage[];
  const program = pathToFileURL(`${root}dist/start/program.cjs`).href;
  const functions = reports.flatMap(({ result }) =>
    result.filter(({ url }) => url === program).flatMap((one) => one.functions),
  );
  const ran = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).map(({ functionName }) => functionName);
  expect(ran).toContain("src/agent/agent.ts");
  return ran.flatMap((name) => (/^src\/.*\.ts$/.test(name) ? [name.slice("src/".length)] : []));
}

interface Coverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
}

function expectSame(
  { path, buffersIn, buffersOut, bytesIn, exclusive, driver, drops }: ElementSummary,
  windows: readonly PipelineWindow[],
) {
  const mine = windows.flatMap(({ elements }) => elements.filter((one) => one.path === path));
  const total = (of: (one: ElementWindow) => number): number => sum(mine.map(of));
  expect(mine.length, path).toBeGreaterThan(0);
  expect([
    total((e) => e.buffers_in),
    total((e) => e.buffers_out),
    total((e) => e.bytes_in),
    total((e) => e.drops),
  ]).toEqual([buffersIn, buffersOut, bytesIn, drops]);
  const close = (ms: number, ns: number) =>
    expect(Math.abs(ms - ns / 1e6), path).toBeLessThanOrEqual(0.01 * (ns / 1e6) + 0.05);
  close(
    total((e) => e.own_ms),
    exclusive?.sumNs ?? 0,
  );
  close(
    total((e) => e.driver_ms),
    driver?.sumNs ?? 0,
  );
}
