// Is each line a stack and its nanoseconds, whatever the names are, and do they add up to the capture's time?
import { beforeAll, describe, expect, test } from "vitest";
import { collapsed } from "../../../src/export/collapsed.js";
import { printable } from "../../../src/model/printable.js";
import {
  bytesOf,
  type ExportCapture,
  PIPELINE,
  PIPELINE_PATH,
  sourceOf,
  WINDOW_NS,
  writeExportCapture,
} from "../../helpers/export-capture.js";

let made: ExportCapture;
beforeAll(async () => {
  made = await writeExportCapture();
});

const linesOf = async (...more: Parameters<typeof sourceOf> extends [string, ...infer Rest] ? Rest : never) =>
  (await bytesOf(await collapsed(await sourceOf(made.dir, ...more)))).toString().trimEnd().split("\n");
const numberOf = (line: string): number => Number(line.slice(line.lastIndexOf(" ") + 1));
const sum = (lines: readonly string[]): number => lines.reduce((ns, line) => ns + numberOf(line), 0);

describe("collapsed stacks", () => {
  test("add up to the CPU time, and to the wall time", async () => {
    expect(sum(await linesOf())).toBe(made.cpuNs);
    expect(sum(await linesOf({ kind: "wall" }))).toBe(made.wallNs);
  });

  test("begin with pipeline, element and thread, and end with the wait", async () => {
    const pipeline = PIPELINE.replaceAll(";", ":");
    const cpu = await linesOf();
    expect(cpu.filter((line) => line.startsWith(`${pipeline};enc;vq:src;clone3;`)).length).toBeGreaterThan(1);
    expect(cpu.find((line) => line.includes(";encode;sad "))).toBeDefined();
    const wall = await linesOf({ kind: "wall" });
    expect(
      wall.some((line) => / \(blocked in futex\) \d+$/.test(line) || /;\(blocked in futex\) \d+$/.test(line)),
    ).toBe(true);
  });

  test("are one line each: frames parted by semicolons, a number behind the last blank, nothing else", async () => {
    for (const line of await linesOf()) {
      expect(line).toMatch(/^[^#;][^;]*(;[^;]+){9,14} [1-9]\d*$/);
      expect(line).toBe(printable(line));
      expect(line.length).toBeLessThan(6000);
    }
  });

  test("are of one element, or of a part of the time, where that is asked for", async () => {
    const elements = new Set([`${PIPELINE_PATH}/enc`]);
    const own = await linesOf({ elements });
    expect(own.every((line) => line.split(";")[2] !== undefined && line.includes(";enc;"))).toBe(true);
    const parts = await Promise.all(
      [0, 1, 2].map((part) => linesOf({ elements, range: { fromNs: part * WINDOW_NS, toNs: (part + 1) * WINDOW_NS } })),
    );
    expect(parts.map(sum).reduce((a, b) => a + b)).toBe(sum(own));
    expect(Math.min(...parts.map(sum))).toBeGreaterThan(0);
  });
});
