// Does go's own pprof read what was merged, and find the capture's sums by function and by element?
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { mergedPprof } from "../../../src/export/merged-pprof.js";
import { NothingToExport } from "../../../src/export/source.js";
import { printable } from "../../../src/model/printable.js";
import {
  bytesOf,
  type ExportCapture,
  PIPELINE_PATH,
  sourceOf,
  WINDOW_NS,
  writeExportCapture,
} from "../../helpers/export-capture.js";
import { hasGo } from "../../helpers/go.js";
import { stacksOf } from "../../helpers/raw-profile.js";
import { scratch } from "../../helpers/scratch.js";

let made: ExportCapture;
beforeAll(async () => {
  made = await writeExportCapture();
});

const exported = async (more: Parameters<typeof sourceOf>[1] = {}, most?: number): Promise<Buffer> =>
  bytesOf(await mergedPprof(await sourceOf(made.dir, more), most));
const sum = (bytes: Buffer): number => stacksOf(gunzipSync(bytes)).reduce((ns, one) => ns + one.ns, 0);

describe("the merged pprof", () => {
  test("has the time of all windows, each stack once", async () => {
    const bytes = await exported();
    const stacks = stacksOf(gunzipSync(bytes));
    expect(sum(bytes)).toBe(made.cpuNs);
    expect(new Set(stacks.map(({ stack, labels }) => JSON.stringify([stack, labels]))).size).toBe(stacks.length);
    expect(sum(await exported({ kind: "wall" }))).toBe(made.wallNs);
  });

  test("has names that harm no terminal, of a bounded length", async () => {
    for (const { stack, labels } of stacksOf(gunzipSync(await exported())))
      for (const text of [...stack, ...Object.values(labels)]) {
        expect(text).toBe(printable(text));
        expect(text.length).toBeLessThanOrEqual(1000);
      }
  });

  test("is of one element, or of a window", async () => {
    const own = stacksOf(gunzipSync(await exported({ elements: new Set([`${PIPELINE_PATH}/enc`]) })));
    expect(new Set(own.map(({ labels }) => labels.path))).toEqual(new Set([`${PIPELINE_PATH}/enc`]));
    const range = { fromNs: WINDOW_NS, toNs: 2 * WINDOW_NS };
    const one = sum(await exported({ range }));
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(made.cpuNs);
  });

  test("with more stacks than are held keeps the heaviest and all of the time, and tells", async () => {
    const notes: string[] = [];
    const bytes = await exported({ note: (sentence) => notes.push(sentence) }, 10);
    expect(sum(bytes)).toBe(made.cpuNs);
    expect(notes).toEqual([expect.stringContaining("more than 10 different stacks")]);
    expect(stacksOf(gunzipSync(bytes)).some(({ stack }) => stack[0] === "(other stacks)")).toBe(true);
  });

  test("is not made of nothing", async () => {
    const none = exported({ elements: new Set(["nobody"]) });
    await expect(none).rejects.toThrow(NothingToExport);
  });
});

describe.skipIf(!hasGo)("go tool pprof", () => {
  const pprof = async (...args: string[]): Promise<string> => {
    const file = scratch("cpu.pb.gz");
    writeFileSync(file, await exported());
    const env = { ...process.env, PPROF_TMPDIR: dirname(file), PPROF_BINARY_PATH: dirname(file) };
    return execFileSync("go", ["tool", "pprof", ...args, file], { encoding: "utf8", env, stdio: "pipe" });
  };

  test("-top adds up to the capture's time", async () => {
    const top = await pprof("-top", "-unit=ns", "-nodecount=1000", "-nodefraction=0");
    const rows = top.split("\n").filter((line) => /^\s*\d+ns/.test(line));
    expect(rows.reduce((ns, line) => ns + Number.parseInt(line, 10), 0)).toBe(made.cpuNs);
    expect(top).toContain(`${made.cpuNs}ns, 100% of ${made.cpuNs}ns total`);
    expect(top).toMatch(/ sad\b/);
  });

  test("-raw has the labels", async () => {
    const raw = await pprof("-raw");
    expect(raw).toContain(`path:[${PIPELINE_PATH}/enc]`);
    expect(raw).toContain("cpu/nanoseconds");
  });
});
