// Does a person learn at the end of `run` which process was slow, where the others lie, and why one is missing, in twelve lines?
import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { HostParts } from "../../../src/agent/host-request.js";
import { type SeenProcess, summaryOf } from "../../../src/agent/run-summary.js";
import type { Target } from "../../../src/agent/session/target.js";
import { resolveConfig } from "../../../src/config/config.js";
import { createLog } from "../../../src/log.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

let dir: string;
let reports: string[];
let warned: string[];
beforeEach(async () => {
  dir = await writeSample(scratch(), sampleCapture("pipeline0", encoders));
  reports = [];
  warned = [];
});

const target = (change: Partial<Target> = {}): Target =>
  ({ captureDir: null, command: "", losses: {}, ...change }) as Partial<Target> as Target;
const inFolder = (name: string, command = name) => target({ captureDir: join(dir, name), command });

function partsOf(flags = {}): HostParts {
  const resolved = resolveConfig({ flags, environment: {}, underRun: true });
  const report = async (of: string) => {
    reports.push(of === dir ? "." : basename(of));
    if (of === dir) writeFileSync(join(dir, "report.html"), "");
    return null;
  };
  const log = () => createLog("warn", (line) => warned.push(line));
  const request = { resolved, layers: {}, captureDir: dir, replace: false };
  return { target: { report, log }, request, terminal: { columns: 80, colour: false } } as unknown as HostParts;
}

const linesOf = (seen: SeenProcess[], flags = {}) => summaryOf(seen, partsOf(flags));

describe("one process", () => {
  it("is told by its figures, its losses and its page alone", async () => {
    const lines = await linesOf([
      { pid: 1, number: 1, target: target({ captureDir: dir, command: "gst-launch-1.0" }) },
    ]);
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines.at(-1)).toBe(`Report: ${dir}/report.html`);
    expect(lines.join("\n")).not.toContain("pid 1");
    expect(reports).toEqual(["."]);
    expect(existsSync(join(dir, "report.html"))).toBe(true);
  });

  it("with something to know of it is named with that", async () => {
    const lines = await linesOf([{ pid: 7, number: 1, target: target({ captureDir: dir }), note: "it was killed" }]);
    expect(lines.at(-1)).toBe("  pid 7, report.html: it was killed");
  });

  it("whose capture cannot be read is an error in one line, and no trace of a program", async () => {
    const missing = join(dir, "nothing");
    const lines = await linesOf([{ pid: 7, number: 1, target: target({ captureDir: missing }) }]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^gst-pyroscope: .*nothing/);
  });
});

describe("several processes", () => {
  const others = (n: number): SeenProcess[] => [
    { pid: 100, number: 1, target: target({ captureDir: dir, command: "first" }) },
    ...Array.from({ length: n - 1 }, (_, i) => ({ pid: 101 + i, number: i + 2, target: inFolder(`process-${i + 2}`) })),
  ];

  it("have a line each, the first found first, with the page or the capture if there is none", async () => {
    const lines = await linesOf(others(4).toReversed());
    expect(lines.slice(-4)).toEqual([
      "  pid 100, report.html: first",
      "  pid 101, process-2: process-2",
      "  pid 102, process-3: process-3",
      "  pid 103, process-4: process-4",
    ]);
  });

  it("that are too many are counted, with the folders from the first to the last of them", async () => {
    const lines = await linesOf(others(5));
    expect(lines.slice(-2)).toEqual([
      "  pid 102, process-3: process-3",
      "  and 2 more processes: process-4 to process-5",
    ]);
    const hundred = await linesOf(others(100));
    expect(hundred.length).toBeLessThanOrEqual(12);
    expect(hundred.at(-1)).toBe("  and 97 more processes: process-4 to process-100");
  });

  it("that were not profiled come last, with why, and are told in the log, too", async () => {
    const lost = { pid: 55, note: "another user's" };
    const lines = await linesOf([lost, ...others(2)]);
    expect(lines.at(-1)).toBe("  pid 55: another user's");
    expect(warned).toEqual(["gst-pyroscope: warn: process 55 is another user's"]);
    const many = await linesOf([{ pid: 56 }, { pid: 57 }, ...others(3)]);
    expect(many.at(-1)).toBe("  and 2 more processes, 2 of them not profiled");
    expect(warned.at(-1)).toMatch(/process 57 is not profiled: it was not done in time$/);
  });

  it("have pages that lead to each other: the earlier ones are written again, the last is complete at once", async () => {
    await linesOf(others(3));
    expect(reports).toEqual([".", "process-2", "process-3", ".", "process-2"]);
  });
});

describe("without a capture", () => {
  it("it is said where everything went, and what no server got of all processes together", async () => {
    const [one, two] = [
      target({ losses: { upload_busy: 3 } }),
      target({ losses: { upload_busy: 4, upload_ended: 1 } }),
    ];
    const flags = { "server-url": "http://me:hunter2@127.0.0.1:4040" };
    const lines = await linesOf([{ pid: 1, number: 1, target: one }], flags);
    expect(lines[0]).toMatch(/^gst-pyroscope: sent to http:\/\/.*127\.0\.0\.1:4040/);
    expect(lines.join()).not.toContain("hunter2");
    expect(lines.slice(1)).toEqual(["gst-pyroscope: samples that were not delivered: 3 upload_busy"]);
    const both = [one, two].map((each, i) => ({ pid: i + 1, number: i + 1, target: each }));
    expect((await linesOf(both, flags))[1]).toBe(
      "gst-pyroscope: samples that were not delivered: 7 upload_busy, 1 upload_ended",
    );
    expect(reports).toEqual([]);
  });

  it("nothing is said of losses where there are none", async () => {
    const lines = await linesOf([{ pid: 1, number: 1, target: target() }], { "server-url": "http://127.0.0.1:4040" });
    expect(lines).toHaveLength(1);
  });
});

it("where no process was profiled the reasons are all that is said", async () => {
  expect(await linesOf([{ pid: 3, note: "of another version" }, { pid: 4 }])).toEqual([
    "process 3 is of another version",
    "process 4 is not profiled: it was not done in time",
  ]);
  expect(await linesOf([])).toEqual([]);
});
