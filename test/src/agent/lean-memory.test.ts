// Does an agent give memory back again and again, and does a process from which pages of files were taken go on as before?
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { staySmall } from "../../../src/agent/lean-memory.js";

afterEach(() => void vi.useRealTimers());

it("heaps are limited at the start; memory is given back after it and then once a minute, until that is ended", () => {
  vi.useFakeTimers();
  const did: string[] = [];
  const end = staySmall({
    limitHeaps: () => void did.push("limit"),
    releaseMemory: () => did.push("release"),
  });
  expect(did).toEqual(["limit"]);
  vi.advanceTimersByTime(19_999);
  expect(did).toEqual(["limit"]);
  vi.advanceTimersByTime(1);
  expect(did).toEqual(["limit", "release"]);
  vi.advanceTimersByTime(180_000);
  expect(did).toHaveLength(5);
  end();
  vi.advanceTimersByTime(180_000);
  expect(did).toHaveLength(5);
});

/** A process of its own: what it has in memory of files, in bytes, before and after it gave memory back; and whether it still works. */
const program = `
  const { readFileSync } = require("node:fs");
  const { createHash } = require("node:crypto");
  const { gzipSync, gunzipSync } = require("node:zlib");
  const addon = require(process.argv[1]);
  const of = (name) => 1024 * Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "utf8"))[1]);
  const own = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => i % 251));
  const work = () => createHash("sha256").update(gunzipSync(gzipSync(own))).update(JSON.stringify([..."äöü"].map(encodeURI))).digest("hex");
  addon.limitHeaps();
  const [did, files] = [work(), of("RssFile")];
  const released = addon.releaseMemory();
  const left = of("RssFile");
  const same = Array.from({ length: 5 }, () => (addon.releaseMemory(), work() === did));
  console.log(JSON.stringify({ files, released, left, same, anonymous: of("RssAnon") }));
`;

it("a process that gave its pages of files back has fewer of them, and works as before", () => {
  const addon = fileURLToPath(new URL("../../../build/Release/pyroscope.node", import.meta.url));
  const said = JSON.parse(execFileSync(process.execPath, ["-e", program, addon], { encoding: "utf8" }));
  expect(said.same).toEqual(Array(5).fill(true));
  expect(said.released).toBeGreaterThan(said.files / 2);
  expect(said.left).toBeLessThan(said.files / 2);
  expect(said.anonymous).toBeGreaterThan(1 << 20);
});
