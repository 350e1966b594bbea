// Does windows.ndjson stay within its bounds, and is all that came in it, however long it grew?
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { OwnFolder } from "../../../src/capture/own-folder.js";
import { WindowLog } from "../../../src/capture/window-log.js";
import { readWindows } from "../../../src/capture/windows.js";
import { elementOf, windowAt } from "../../helpers/recorded-windows.js";
import { scratch } from "../../helpers/scratch.js";

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0).reverse()) one.close();
});

async function logIn(dir: string, share: number, most?: number) {
  mkdirSync(dir, { recursive: true });
  const folder = OwnFolder.open(dir);
  const log = await WindowLog.open(folder, share, most);
  closing.push(folder, log);
  return log;
}

const second = (n: number) =>
  windowAt(n, {
    elements: [elementOf("p/a", { cpuNs: n, own: [n % 50, 1] }), elementOf(`p/${n % 7}`, { buffersIn: 1 })],
  });
const fileIn = (dir: string): string => join(dir, "windows.ndjson");

async function sumsIn(dir: string) {
  const { windows, broken } = await readWindows(fileIn(dir));
  const rows = windows.flatMap(({ elements }) => elements);
  const sum = (of: "cpuNs" | "buffersIn") => rows.reduce((total, row) => total + row[of], 0);
  return { broken, merged: windows.map(({ merged }) => merged), cpuNs: sum("cpuNs"), buffers: sum("buffersIn") };
}

it("a short capture has a line a second", async () => {
  const dir = scratch("windows");
  const log = await logIn(dir, 1e6);
  for (let n = 0; n < 20; n++) await log.append(second(n));
  expect((await sumsIn(dir)).merged).toEqual(Array.from({ length: 20 }, () => 1));
});

it("a long one has longer windows, all of a length, and the same sums", async () => {
  const dir = scratch("windows");
  const log = await logIn(dir, 1e6, 16);
  for (let n = 0; n < 1000; n++) await log.append(second(n));
  await log.flush();
  const { merged, cpuNs, buffers, broken } = await sumsIn(dir);
  expect([broken, cpuNs, buffers]).toEqual([0, (999 * 1000) / 2, 1000]);
  expect(merged.length).toBeLessThanOrEqual(16);
  expect(merged.slice(0, -1).every((n) => n === 64 || n === 128)).toBe(true);
  expect(new Set(merged.slice(0, -1)).size).toBe(1);
});

it("its bytes stay within its share at every instant, whatever a window has", async () => {
  const dir = scratch("windows");
  const share = 20_000;
  const log = await logIn(dir, share);
  for (let n = 0; n < 300; n++) {
    const elements = Array.from({ length: 40 }, (_, i) => elementOf(`p/element-${i}`, { cpuNs: 1, own: [n % 250, 1] }));
    await log.append(windowAt(n, { elements }));
    expect(statSync(fileIn(dir)).size).toBeLessThanOrEqual(share);
  }
  await log.flush();
  expect((await sumsIn(dir)).cpuNs).toBe(300 * 40);
});

it("a writer that comes after one that died goes on in its length of windows", async () => {
  const dir = scratch("windows");
  const first = await logIn(dir, 1e6, 16);
  for (let n = 0; n < 40; n++) await first.append(second(n));
  const before = await sumsIn(dir);
  const log = await logIn(dir, 1e6, 16);
  for (let n = 100; n < 140; n++) await log.append(second(n));
  await log.flush();
  const { cpuNs, merged } = await sumsIn(dir);
  expect(cpuNs).toBe(before.cpuNs + (40 * (100 + 139)) / 2);
  expect(merged.length).toBeLessThanOrEqual(16);
  expect(readFileSync(fileIn(dir), "utf8").endsWith("\n")).toBe(true);
});
