// Do two real runs of a pipeline make captures that can be compared, and is what an element burns more found in them?
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCapture } from "../../src/capture/reader.js";
import { cli, runToEnd, summaryOf, words } from "../helpers/pipelines.js";
import { placeOfEachTest } from "../helpers/served.js";

const place = placeOfEachTest();
const burning = (ns: number, buffers = 400) =>
  `videotestsrc num-buffers=${buffers} pattern=black ! video/x-raw,width=16,height=16 ! cpuburn name=hot ns=${ns} ! queue ! cpuburn name=same ns=1000000 ! fakesink name=out`;
const recorded = (dir: string, pipeline: string, ...flags: string[]) =>
  runToEnd(process.execPath, [
    cli,
    "run",
    "--capture",
    dir,
    ...flags,
    "--",
    "gst-launch-1.0",
    "-q",
    ...words(pipeline),
  ]);
const diffed = (...args: string[]) => runToEnd(process.execPath, [cli, "diff", ...args]);

it("the help names the figures that a condition may be about, and of what", async () => {
  const { stdout } = await diffed("--help");
  const [line = ""] = stdout.split("\n").filter((one) => one.startsWith("Figures of a condition: "));
  expect(line).toContain("cpu.perBuffer(NAME), elapsed.p50(NAME)");
  expect(line).toContain("cpu.total, throughput(NAME)");
});

it("windows of a capture add up to what the capture says", async () => {
  const dir = join(place().dir, "capture");
  expect((await recorded(dir, burning(3_000_000, 800))).code).toBe(0);
  const { windows = [], facts, cpu, problems } = await readCapture(dir);
  expect(problems).toEqual([]);
  expect(windows.length).toBeGreaterThan(1);
  const rows = windows.flatMap(({ elements }) => elements);
  const sum = (path: string, of: "buffersIn" | "cpuNs" | "ownNs") =>
    rows.filter((row) => row.path === path).reduce((all, row) => all + row[of], 0);
  const summary = await summaryOf(dir);
  for (const element of summary.pipelines[0]?.elements ?? []) {
    expect(sum(element.path, "buffersIn")).toBe(element.buffersIn);
    expect(sum(element.path, "cpuNs")).toBe(element.cpuNs);
    expect(sum(element.path, "ownNs")).toBe(element.exclusive?.sumNs ?? 0);
  }
  const other = windows.reduce((all, { otherCpuNs }) => all + otherCpuNs, 0);
  expect(rows.reduce((all, { cpuNs }) => all + cpuNs, other)).toBe(cpu?.totalNs);
  const process = windows.reduce((all, { processCpuNs }) => all + processCpuNs, 0);
  expect(process).toBeLessThanOrEqual(facts.target.processCpuNs);
  expect(process).toBeGreaterThan(0.9 * facts.target.processCpuNs);
  for (const [i, { atNs }] of windows.entries())
    if (i > 0) expect(atNs).toBe((windows[i - 1]?.atNs ?? 0) + (windows[i - 1]?.durationNs ?? 0));
  const calls = rows.flatMap(({ path, own }) => (path.endsWith("/hot") ? own.filter((_, n) => n % 2 === 1) : []));
  expect(calls.reduce((all, n) => all + n, 0)).toBe(800);
  expect(windows.some(({ latency }) => latency.length > 0)).toBe(true);
});

it("of five runs each what burns more is found, and a condition fails the job; with another load elapsed times are left out", async () => {
  const [before, after] = ["before", "after"].map((name) => join(place().dir, name)) as [string, string];
  expect((await recorded(before, burning(1_000_000), "--repeat", "5")).code).toBe(0);
  expect((await recorded(after, burning(1_500_000), "--repeat", "5")).code).toBe(0);
  expect(readdirSync(before).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `run-${n}`));
  const html = join(place().dir, "diff.html");
  const { code, stdout, stderr } = await diffed(
    before,
    after,
    "--json",
    "--html",
    html,
    "--fail-if",
    "cpu.perBuffer(hot) > +20%",
  );
  const said = JSON.parse(stdout);
  // A machine that does nothing but change between tasks says so.
  if (said.problem !== null) {
    expect(said.problem).toMatch(/^the machine was overloaded/);
    expect(code).toBe(15);
    return;
  }
  expect([code, stderr]).toEqual([14, ""]);
  expect(said.units).toEqual({ kind: "runs", a: 5, b: 5 });
  const verdict = (figure: string, name: string) =>
    said.changes.find((one: { figure: string; path: string }) => one.figure === figure && one.path.endsWith(name))
      ?.verdict;
  expect(verdict("cpu.perBuffer", "/hot")).toBe("more");
  expect(verdict("cpu.perBuffer", "/same")).toBe("same");
  if (said.load.differs) expect(verdict("throughput", "/out")).toBe("not comparable");
  expect(readFileSync(html, "utf8")).toContain("hot takes");
});

it("wrong arguments are said in one sentence", async () => {
  const { code, stderr } = await diffed("nowhere", "nowhere");
  expect([code, stderr]).toEqual([3, "gst-pyroscope: nowhere: there is no such directory\n"]);
  expect(await diffed("one")).toMatchObject({ code: 2 });
});
