// Does `run` end with the summary, or with the reason why there is none, also when it is asked to stop meanwhile?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Host, HostSummary } from "../../../src/agent/agent.js";
import { conclude } from "../../../src/commands/conclusion.js";
import { scratch } from "../../helpers/scratch.js";

const summary = (change: Partial<HostSummary> = {}): HostSummary =>
  ({ sawGStreamer: true, lines: ["h264 burns 37 %", "Lost: nothing"], leftBehind: [], ...change }) as HostSummary;

async function concluded(finish: (code: number) => Promise<HostSummary>, openBelow?: string) {
  const said: string[] = [];
  const host = { finish } as unknown as Host;
  const environment = { PATH: "/nowhere" };
  const say = (line: string) => void said.push(line);
  await conclude({ host, code: 3, command: ["play", "x"], openBelow, environment, say });
  return said;
}
const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const listeners = () => signals.map((signal) => process.listenerCount(signal));

describe("the end of a run", () => {
  it("is the summary as it is, and the agent hears of the command's exit code", async () => {
    const codes: number[] = [];
    const finish = async (code: number) => {
      codes.push(code);
      return summary();
    };
    expect(await concluded(finish)).toEqual(["h264 burns 37 %", "Lost: nothing"]);
    expect(codes).toEqual([3]);
  });

  it("says why there is none: no GStreamer in it, or all of it in the background", async () => {
    const saw = (leftBehind: number[]) => concluded(async () => summary({ sawGStreamer: false, leftBehind }));
    expect(await saw([])).toEqual(["gst-pyroscope: no GStreamer activity seen in play: nothing was profiled"]);
    expect((await saw([7]))[0]).toContain("in play, which left pid 7 running in the background");
    expect((await saw([7, 8, 9]))[0]).toContain("pid 7, 8, 9 running");
    expect((await saw([7, 8, 9, 10]))[0]).toContain("pid 7, 8, 9, … running");
  });

  it("is one line where the agent fails", async () => {
    const finish = () => Promise.reject(new Error("no space left on device"));
    expect(await concluded(finish)).toEqual(["gst-pyroscope: no space left on device"]);
  });

  it.each(signals)("does not wait for a slow server against somebody who sends %s", async (signal) => {
    const before = listeners();
    const end = concluded(() => {
      process.emit(signal); // the listener's own way: the system would deliver it to all tests of this process
      return new Promise(() => {});
    });
    expect(await end).toEqual(["gst-pyroscope: stopped before everything was delivered"]);
    expect(listeners()).toEqual(before);
  });

  it("leaves no listener behind", async () => {
    const before = listeners();
    await concluded(async () => summary());
    await concluded(() => Promise.reject(new Error("x")));
    expect(listeners()).toEqual(before);
  });
});

describe("a page that is asked for", () => {
  const lastLine = async (dir: string) => (await concluded(async () => summary(), dir)).at(-1);

  it("and is not there is called missing", async () => {
    expect(await lastLine("/no/such")).toBe("gst-pyroscope: there is no page to open in /no/such");
  });

  it("is named where nothing can open it", async () => {
    const dir = scratch("page");
    mkdirSync(dir);
    const page = join(dir, "report.html");
    writeFileSync(page, "");
    expect(await lastLine(dir)).toBe(`gst-pyroscope: xdg-open is not installed: open ${page} in a browser`);
  });

  it("is not looked for where nothing was profiled", async () => {
    const said = await concluded(async () => summary({ sawGStreamer: false }), "/no/such");
    expect(said).toHaveLength(1);
  });
});
