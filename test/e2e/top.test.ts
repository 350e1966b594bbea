// Does `top` say of a running pipeline what `report` says of a capture of the same time, and what when the process ends or begins again?
// SPDX-License-Identifier: MPL-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HotFunctions } from "../../src/analysis/hottest-functions.js";
import { askDoor, doors } from "../../src/door/doors.js";
import { doorFolder } from "../../src/door/folder.js";
import type { TargetStatus } from "../../src/live/live-target.js";
import type { Summary } from "../../src/model/summary.js";
import {
  cli,
  element,
  ended,
  pluginEnvironment,
  runToEnd,
  scratch,
  summaryOf,
  until,
  words,
} from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
let runtime: string;
const begun: ChildProcess[] = [];
beforeEach(() => {
  place = scratch();
  runtime = `${place.dir}/runtime`;
  mkdirSync(runtime, { mode: 0o700 });
  chmodSync(place.dir, 0o700);
});
afterEach(async () => {
  for (const child of begun.splice(0)) child.kill("SIGKILL");
  place.dispose();
});

const environment = (more: Record<string, string> = {}) => pluginEnvironment({ XDG_RUNTIME_DIR: runtime, ...more });

/** A pipeline that runs until it is told to end, with an agent that its tracer started; root's agents are found among those of others. */
function start(pipeline: string, service: string) {
  const env = environment({ GST_TRACERS: `pyroscope(server-url=none,otlp-endpoint=none,tracer-name=${service})` });
  const child = spawn("gst-launch-1.0", ["-q", ...words(pipeline)], {
    env,
    cwd: place.dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  begun.push(child);
  return { child, pid: child.pid ?? -1, end: ended(child) };
}

/** `top` with one summary a line. */
function watch(pid: number, ...flags: string[]) {
  const child = spawn(process.execPath, [cli, "top", String(pid), "--json", ...flags], { env: environment() });
  begun.push(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const summaries = (): Summary[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Summary);
  return { child, summaries, end: ended(child) };
}

/** The agent's own word, past the commands. */
async function agentOf(pid: number) {
  const found = await until(`the agent of ${pid}`, async () => {
    for (const door of await doors(doorFolder(environment()))) {
      // Those of other tests end meanwhile.
      const asked = await askDoor(door, { method: "GET", path: "/api/status" }).catch(() => null);
      const target = (JSON.parse(asked?.text ?? '{"targets":[]}').targets as TargetStatus[]).find(
        (one) => one.pid === pid && one.state === "running",
      );
      if (target !== undefined) return { door, target };
    }
    return undefined;
  });
  const ask = async (method: "GET" | "POST", path: string): Promise<unknown> => {
    const { status, text } = await askDoor(found.door, {
      method,
      path: `/api/targets/${found.target.id}/${path}`,
      body: {},
    });
    expect(status, text).toBe(200);
    return JSON.parse(text);
  };
  return { ...found, ask };
}

const ENCODER =
  "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! jpegenc name=enc ! queue name=q ! fakesink name=end";
const counts = (summary: Summary) =>
  summary.pipelines.flatMap(({ elements }) =>
    elements.map(({ path, cpuNs, buffersIn, buffersOut, exclusive }) => ({
      path,
      cpuNs,
      buffersIn,
      buffersOut,
      exclusive,
    })),
  );

describe("top", () => {
  it("says of each element what report says of a capture of the same time", async () => {
    const { child, pid } = start(ENCODER, "top-numbers");
    const agent = await agentOf(pid);
    const top = watch(pid, "--last", "all", "--interval", "300ms");
    const last = () => top.summaries().at(-1);
    await until("buffers and samples", () => {
      const seen = last();
      return seen !== undefined && element(seen, "end").buffersIn > 60 && element(seen, "enc").cpuNs > 0;
    });
    // Stopped, it changes nothing any more, and the same time can be asked for twice.
    child.kill("SIGSTOP");
    const settled = await until("three looks that say the same", () => {
      const [a, b, c] = top
        .summaries()
        .slice(-3)
        .map((one) => JSON.stringify(counts(one)));
      const grown = new Set(
        top
          .summaries()
          .slice(-3)
          .map(({ target }) => target.durationNs),
      ).size;
      return a !== undefined && a === b && b === c && grown > 1 ? last() : undefined;
    });
    const { path } = (await agent.ask("POST", "capture")) as { path: string };
    const report = await summaryOf(path);
    const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
    expect(counts(settled).sort(byPath)).toEqual(counts(report).sort(byPath));
    expect(settled.profile.cpu?.totalNs).toBe(report.profile.cpu?.totalNs);
    expect(settled.profile.cpu?.samples).toBe(report.profile.cpu?.samples);
    const functions = (await agent.ask("GET", "functions")) as HotFunctions;
    const enc = element(settled, "enc");
    const [hottest] = functions[enc.path] ?? [];
    expect(hottest?.ns).toBeGreaterThan(0);
    expect(hottest?.ns).toBeLessThanOrEqual(enc.cpuNs);
  });

  it("ends with the process, or goes on with the next one of its service", async () => {
    const first = start(ENCODER, "top-restarts");
    await agentOf(first.pid);
    const top = watch(first.pid, "--interval", "300ms");
    await until("a look at the first", () => top.summaries().length > 0);
    const second = start(ENCODER, "top-restarts");
    await agentOf(second.pid);
    expect(top.summaries().at(-1)?.target.pid).toBe(first.pid);
    first.child.kill("SIGINT");
    await first.end;
    await until("a look at the second", () => top.summaries().at(-1)?.target.pid === second.pid);
    top.child.kill("SIGTERM");
    await top.end;
    const once = watch(second.pid, "--once", "--interval", "300ms");
    await until("a look", () => once.summaries().length > 0);
    second.child.kill("SIGINT");
    const { code, stderr } = await once.end;
    // On a busy machine it may have said before that the agent did not answer.
    expect(code).toBe(0);
    expect(stderr.trim().split("\n").at(-1)).toMatch(new RegExp(`process ${second.pid}( or its agent)? has ended$`));
  });

  it("names a process that is not there, and a flag that makes no sense", async () => {
    const ask = (...args: string[]) => runToEnd(process.execPath, [cli, "top", ...args], environment());
    expect(await ask("999999999")).toMatchObject({ code: 12, stdout: "" });
    expect(await ask("--sort", "p9")).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean p99?") });
    expect(await ask("me")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no process id; gst-pyroscope ps"),
    });
  });
});
