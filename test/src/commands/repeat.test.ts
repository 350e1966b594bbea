// Does `run --repeat` make a capture of each run, side by side, and lose none that was there?
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Host, OpenHost } from "../../../src/agent/agent.js";
import { runRepeatedly } from "../../../src/commands/repeat.js";
import type { RunRequest } from "../../../src/commands/run.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);
let lines: string[];
let top: string;
let place: string;
beforeEach(() => {
  lines = [];
  top = scratch("runs");
  place = scratch("bin");
  // A plugin that loads, as far as gst-inspect-1.0 on this PATH can tell.
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "gst-inspect-1.0"), "#!/bin/sh\nexit 0\n");
  chmodSync(join(place, "gst-inspect-1.0"), 0o755);
  writeFileSync(join(place, "libgstpyroscope.so"), "");
});

/** A host that finds one process, and writes its capture as a real one does. */
const openHost: OpenHost = async ({ captureDir = "" }) => {
  const finish = async () => {
    await writeSample(captureDir, sample);
    return { sawGStreamer: true, lines: ["a summary of twelve lines"], leftBehind: [] };
  };
  return { finish, watch: () => {}, processes: () => [], livePage: async () => undefined } as Partial<Host> as Host;
};

async function repeated(times: number, more: Partial<RunRequest> = {}, opens = openHost) {
  const environment = { ...process.env, PATH: `${place}:${process.env.PATH}` };
  const parts = { environment, pluginFolder: place, openHost: opens, say: (line: string) => void lines.push(line) };
  const request = { command: ["true"], flags: { capture: top }, file: undefined, ...more };
  return runRepeatedly(request, times, { ...parts, draw: undefined, now: () => new Date() });
}

it("each run has a folder of its own and one line on the terminal", async () => {
  expect(await repeated(3)).toEqual({ code: 0 });
  expect(readdirSync(top).sort()).toEqual(["run-1", "run-2", "run-3"]);
  expect(lines).toEqual([1, 2, 3].map((n) => `gst-pyroscope: run ${n} of 3: ${top}/run-${n}`));
});

it("a run that fails is the last one, and its exit code is ours", async () => {
  expect(await repeated(3, { command: ["false"] })).toEqual({ code: 1 });
  expect(lines.at(-1)).toBe("gst-pyroscope: run 1 of 3 failed: the others are left out");
  expect(readdirSync(top)).toEqual(["run-1"]);
});

it("a run that ends well although it was interrupted is the last one", async () => {
  let opened = 0;
  const interrupted: OpenHost = async (request) => {
    if (++opened === 2) process.emit("SIGINT", "SIGINT");
    return openHost(request);
  };
  const before = process.listenerCount("SIGINT");
  expect(await repeated(3, {}, interrupted)).toEqual({ code: 130 });
  expect(lines.at(-1)).toBe("gst-pyroscope: run 2 of 3 was interrupted: the others are left out");
  expect(readdirSync(top).sort()).toEqual(["run-1", "run-2"]);
  expect(process.listenerCount("SIGINT")).toBe(before);
});

describe("runs that are there", () => {
  it("stay unless that is asked for", async () => {
    await repeated(2);
    expect((await repeated(2)).code).toBe(125);
    expect(lines.at(-1)).toMatch(/there is a capture already; another directory or --replace is needed$/);
  });

  it("are replaced together: none of them is left among the new ones", async () => {
    await repeated(4);
    const first = readFileSync(join(top, "run-1/capture.json"), "utf8");
    expect((await repeated(2, { replace: true })).code).toBe(0);
    expect(readdirSync(top).sort()).toEqual(["run-1", "run-2"]);
    expect(first).not.toBe("");
  });

  it("stay where nothing new came in the place of the first one", async () => {
    await repeated(3);
    expect((await repeated(2, { replace: true, command: [] })).code).toBe(125);
    expect(readdirSync(top).sort()).toEqual(["run-1", "run-2", "run-3"]);
  });

  it("files of somebody else are left alone", async () => {
    mkdirSync(top, { recursive: true });
    writeFileSync(join(top, "letter.txt"), "mine");
    expect((await repeated(2, { replace: true })).code).toBe(125);
    expect(readdirSync(top)).toEqual(["letter.txt"]);
    expect(lines.at(-1)).toContain("the directory holds other files");
  });

  it("a folder of another name among them, too", async () => {
    await repeated(1);
    mkdirSync(join(top, "notes"));
    expect((await repeated(2, { replace: true })).code).toBe(125);
    expect(existsSync(join(top, "notes"))).toBe(true);
  });
});

it.each<[string, number, Partial<RunRequest>, RegExp]>([
  ["no run", 0, {}, /^gst-pyroscope: --repeat: from 1 to 1000 runs$/],
  ["too many", 1001, {}, /from 1 to 1000 runs$/],
  ["--open", 2, { open: true }, /leave one of them out$/],
  ["no capture", 2, { flags: { "server-url": "http://127.0.0.1:1" } }, /name their directory with --capture$/],
])("%s is refused with a sentence", async (_, times, more, sentence) => {
  expect((await repeated(times, more)).code).toBe(125);
  expect(lines.at(-1)).toMatch(sentence);
});
