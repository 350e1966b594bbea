// What does a host notice of servers that are down, come back, hang or want credentials? Nothing; and every loss is counted.
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { slowness } from "../helpers/busy-machine.js";
import { FakePyroscope } from "../helpers/fake-pyroscope.js";
import { cli, element, isGone, pluginEnvironment, runToEnd, summaryOf, until, words } from "../helpers/pipelines.js";
import { agentOf, finished, placeOfEachTest, serversIn, start } from "../helpers/served.js";

const place = placeOfEachTest();
/** Of both kinds. */
const written = ({ samples_written = 0, wall_written = 0 }: Record<string, number>): number =>
  samples_written + wall_written;
const burning = "fakesrc num-buffers=3000 ! cpuburn name=hot ns=1000000 ! fakesink";

function runUnder(flags: string[], pipeline: string, more: Record<string, string> = {}) {
  const command = ["gst-launch-1.0", "-q", ...words(pipeline)];
  return runToEnd(process.execPath, [cli, "run", ...flags, "--", ...command], pluginEnvironment(more));
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

describe("servers that are not there", () => {
  it("change nothing for the pipeline, are told once each, and every sample is counted as lost", async () => {
    const { dir, pyroscope, collector } = place();
    const servers = serversIn(place());
    await Promise.all([pyroscope.stop(), collector.stop()]);
    const { code, stderr } = await runUnder(["--capture", dir], burning, servers);
    expect(code).toBe(0);
    expect(count(stderr, /profiles are not delivered/g)).toBe(1);
    expect(count(stderr, /metrics are not delivered/g)).toBe(1);
    expect(stderr.match(/(warn|error):.*/g)).toHaveLength(2);
    const { losses, counters, profile, pipelines } = await summaryOf(dir);
    expect(element({ pipelines } as never, "hot").buffersIn).toBe(3000);
    expect(counters.samples_written).toBeGreaterThan(50);
    expect(losses.upload_ended).toBe(written(counters));
    expect(profile.cpu?.samples).toBe(counters.samples_written); // lost to the server, not to the capture
  });

  it("are told about with the number of lost samples when there is no capture", async () => {
    const servers = serversIn(place());
    await place().pyroscope.stop();
    const { code, stderr } = await runUnder([], burning, servers);
    expect(code).toBe(0);
    const lost = Number(/samples that were not delivered: (\d+) upload_ended$/m.exec(stderr)?.[1]);
    await until("the last metrics", () => place().collector.accepted > 0 || undefined);
    expect(place().collector.point("gstreamer.profiler.samples", { outcome: "written" }).value).toBe(lost);
    expect(place().collector.point("gstreamer.profiler.agent.dropped", { reason: "upload_ended" }).value).toBe(lost);
  });

  it("get all that waited for them when they come up, and the log says both", async () => {
    const { dir, pyroscope } = place();
    const servers = serversIn(place());
    await pyroscope.stop();
    const run = runUnder(["--capture", dir], burning, servers);
    await until(
      "a first window",
      async () => ((await summaryOf(dir).catch(() => undefined))?.profile.cpu?.samples ?? 0) > 0 || undefined,
    );
    const back = await FakePyroscope.start({ port: pyroscope.lastPort });
    const { stderr } = await run;
    const stored = Object.values(back.sumBy("element")).reduce((a, b) => a + b, 0);
    await back.stop();
    const { profile, losses } = await summaryOf(dir);
    expect(stored).toBe(profile.cpu?.totalNs);
    expect(Object.keys(losses).filter((reason) => reason.startsWith("upload"))).toEqual([]);
    expect(count(stderr, /profiles are not delivered/g)).toBe(1);
    expect(count(stderr, /profiles are delivered again/g)).toBe(1);
  });

  it("that hang hold up neither the target, more than a second, nor the agent, more than ten", async () => {
    const { dir, pyroscope, collector } = place();
    pyroscope.mode = { answer: "hang" };
    collector.mode = "hang";
    const { child, pid, end } = start(
      "fakesrc ! cpuburn ns=1000000 ! fakesink",
      `pyroscope(capture=${dir})`,
      serversIn(place()),
    );
    const agent = await agentOf(pid);
    await until("requests that hang", () => (pyroscope.openRequests > 0 && collector.requests > 0) || undefined);
    const slow = slowness();
    const asked = Date.now();
    child.kill("SIGINT");
    await end;
    const gone = Date.now();
    await until("the agent's end", () => isGone(agent) || undefined);
    const left = Date.now();
    expect(gone - asked).toBeLessThan(1000 * (await slow));
    // Its time is ten seconds of the clock; what it does at their end needs a CPU.
    expect(left - gone).toBeLessThan(10_000 + 1000 * (await slow));
    const { losses, counters } = await finished(dir);
    expect(losses.upload_ended).toBe(written(counters));
  });
});

describe("credentials", () => {
  const secret = "s3cr3t/pass";
  const authorization = `Basic ${Buffer.from(`me:${secret}`).toString("base64")}`;
  const inUrl = (url: string) => url.replace("//", `//me:${encodeURIComponent(secret)}@`);
  const secrets = [secret, encodeURIComponent(secret), authorization.slice(6)];

  it("in the address are sent as Basic auth and printed nowhere, whatever the log levels", async () => {
    const { dir } = place();
    const guarded = await FakePyroscope.start({ authorization });
    const more = {
      ...serversIn(place()),
      GST_PYROSCOPE_SERVER_URL: inUrl(guarded.url),
      GST_DEBUG: "9",
      GST_PYROSCOPE_LOG_LEVEL: "debug",
    };
    const { code, stdout, stderr } = await runUnder(
      ["--capture", dir],
      "fakesrc num-buffers=300 ! cpuburn ns=1000000 ! fakesink",
      more,
    );
    await guarded.stop();
    expect(code).toBe(0);
    expect(guarded.stored.length).toBeGreaterThan(0);
    expect(guarded.requests.every(({ headers }) => headers.authorization === authorization)).toBe(true);
    expect(stderr.length).toBeGreaterThan(10_000); // it did say a lot
    for (const word of secrets) {
      expect(`${stdout}${stderr}`.includes(word)).toBe(false);
      expect(() => execFileSync("grep", ["-rqF", "--", word, dir])).toThrow(); // in no file of the capture
    }
  });

  it("that are wrong are told once, without them", async () => {
    const guarded = await FakePyroscope.start({ authorization: "Basic other" });
    const { code, stderr } = await runUnder(
      ["--server-url", inUrl(guarded.url), "--upload-interval", "1s", "--log-level", "debug"],
      burning,
    );
    await guarded.stop();
    expect(code).toBe(0);
    expect(count(stderr, /warn: profiles are not delivered .*ERR_UPLOAD_DENIED/g)).toBe(1);
    for (const word of secrets) expect(stderr.includes(word)).toBe(false);
    expect(stderr).toMatch(/not delivered: \d+ upload_denied/);
  });

  it("reach a server from the parameters of a tracer with an agent of its own", async () => {
    const guarded = await FakePyroscope.start({ authorization });
    const more = { ...serversIn(place()), GST_PYROSCOPE_SERVER_URL: "" };
    const { end } = start(
      "fakesrc num-buffers=300 ! cpuburn ns=1000000 ! fakesink",
      `pyroscope(server-url="${inUrl(guarded.url)}")`,
      { ...more, GST_DEBUG: "pyroscope:9" },
    );
    const { stderr } = await end;
    await until("a profile", () => guarded.stored.length > 0 || undefined);
    await guarded.stop();
    expect(stderr).toContain("pyroscope");
    for (const word of secrets) expect(stderr.includes(word)).toBe(false);
  });
});
