// Does `run` name every process of its command, and do their pages lead to each other?
// SPDX-License-Identifier: MPL-2.0

import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cli, pluginEnvironment, runToEnd, scratch } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

/** So many pipelines at once; the first to begin is the first to end. */
async function captured(count: number): Promise<{ dir: string; lines: string[] }> {
  const dir = join(place.dir, "c");
  const one = (n: number) =>
    `gst-launch-1.0 -q fakesrc num-buffers=${100 + 50 * n} ! identity sleep-time=4000 ! fakesink name=end${n} & sleep 0.1`;
  const command = `${Array.from({ length: count }, (_, n) => one(n)).join("; ")}; wait; exit 3`;
  const args = [cli, "run", "--capture", dir, "--", "sh", "-c", command];
  const { code, stderr } = await runToEnd(process.execPath, args, pluginEnvironment());
  expect(code).toBe(3);
  return { dir, lines: stderr.trimEnd().split("\n") };
}

interface Other {
  name: string;
  page: string | null;
}

function othersOn(page: string): Other[] {
  const [, data = ""] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(page, "utf8")) ?? [];
  return (JSON.parse(data) as { otherProcesses: Other[] }).otherProcesses;
}

const textOf = async (dir: string) =>
  (await runToEnd(process.execPath, [cli, "report", dir])).stdout.replaceAll(/\s+/g, " ");

it("every process and its page stand in the summary; each page and each text leads to all others", async () => {
  const { dir, lines } = await captured(3);
  expect(lines.length).toBeLessThanOrEqual(12);
  const at = lines.indexOf(`Report: ${dir}/report.html`);
  const named = lines.slice(at + 1).map((line) => /^ {2}pid \d+, (\S+): gst-/.exec(line)?.[1]);
  expect(named).toEqual(["report.html", "process-2/report.html", "process-3/report.html"]);
  for (const line of lines.slice(at + 1)) expect(line.length).toBeLessThanOrEqual(80);

  const folders = [dir, `${dir}/process-2`, `${dir}/process-3`];
  for (const folder of folders) {
    const others = folders.filter((other) => other !== folder);
    const linked = othersOn(`${folder}/report.html`).map(({ page }) => join(folder, page ?? "none"));
    expect(linked).toEqual(others.map((other) => `${other}/report.html`));
    expect(linked.filter((page) => !existsSync(page))).toEqual([]);
    expect(await textOf(folder)).toContain(`Other processes of the run: ${others.join(", ")} `);
  }
});

it("of more processes than fit the summary says how many and where", async () => {
  const { lines } = await captured(6);
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(lines.at(-1)).toBe("  and 3 more processes: process-4 to process-6");
});

it("a page elsewhere links to where the others are, and not to one that was not written", async () => {
  const { dir } = await captured(2);
  const page = `${dirname(dir)}/a #1?.html`;
  await runToEnd(process.execPath, [cli, "report", `${dir}/process-2`, "--html", page]);
  expect(othersOn(page)).toEqual([{ name: "the first one", page: "c/report.html" }]);
  rmSync(`${dir}/report.html`);
  await runToEnd(process.execPath, [cli, "report", `${dir}/process-2`, "--html", page]);
  expect(othersOn(page)).toEqual([{ name: "the first one", page: null }]);
});

it("a process that cannot be profiled is named with the reason", async () => {
  const script = `import os, time; os.memfd_create("gst-pyroscope"); time.sleep(0.5); os._exit(4)`;
  const args = [cli, "run", "--capture", `${place.dir}/c`, "--", "/usr/bin/python3", "-c", script];
  const { code, stderr } = await runToEnd(process.execPath, args, pluginEnvironment());
  expect(code).toBe(4);
  expect(stderr).toMatch(/^process \d+ is not profiled: the descriptor is not a sealed segment/m);
});
