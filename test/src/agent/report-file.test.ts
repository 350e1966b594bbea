// Does the page of a capture lead to the pages of the other processes, and only to those that are there?
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { writeHtml } from "../../../src/agent/report-file.js";
import { recordingOf } from "../../helpers/recordings.js";
import { scratch } from "../../helpers/scratch.js";

let dir: string;
beforeEach(() => {
  dir = scratch();
  mkdirSync(dir);
});

function withPage(folder: string): string {
  mkdirSync(join(dir, folder), { recursive: true });
  writeFileSync(join(dir, folder, "report.html"), "");
  return folder;
}

/** What the page has for each other process: its name, and where it leads. */
async function linksOf(file: string, otherProcesses: string[]): Promise<(string | null)[]> {
  await writeHtml(recordingOf({ dir, otherProcesses }), file);
  const [, list = "[]"] = /"otherProcesses":(\[.*?\])/.exec(readFileSync(file, "utf8")) ?? [];
  const links: { name: string; page: string | null }[] = JSON.parse(list);
  expect(links.map(({ name }) => name)).toEqual(otherProcesses);
  return links.map(({ page }) => page);
}

describe("a page", () => {
  it("leads to those that were written; another process is named and is no link", async () => {
    withPage("process-2");
    mkdirSync(join(dir, "process-3"));
    const links = await linksOf(join(dir, "report.html"), ["process-2", "process-3", "process-4"]);
    expect(links).toEqual(["process-2/report.html", null, null]);
  });

  it("that lies elsewhere leads there by relative ways, so that folder and page can be moved together", async () => {
    withPage("process-2");
    const below = join(dir, "pages", "today");
    mkdirSync(below, { recursive: true });
    expect(await linksOf(join(below, "x.html"), ["process-2"])).toEqual(["../../process-2/report.html"]);
    expect(await linksOf(join(dir, "process-2", "other.html"), ["process-2"])).toEqual(["report.html"]);
  });

  it("leads to the right file whatever its folder is called", async () => {
    for (const folder of ["a b", "50%", "#2", "what?", "ü&<"]) {
      withPage(folder);
      const file = join(dir, "report.html");
      const [page] = await linksOf(file, [folder]);
      const target = new URL(page ?? "", pathToFileURL(file));
      expect(fileURLToPath(target)).toBe(join(dir, folder, "report.html"));
    }
  });
});

it("the page replaces what was there, for nobody else's eyes, and leaves nothing in the making behind", async () => {
  const file = join(dir, "report.html");
  writeFileSync(file, "an older one, longer than nothing", { mode: 0o644 });
  await linksOf(file, []);
  expect(readFileSync(file, "utf8")).toMatch(/^<!doctype html>/i);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readdirSync(dir)).toEqual(["report.html"]);
});

it("a page that cannot be written is an error and not a page", async () => {
  const file = join(dir, "missing", "report.html");
  await expect(writeHtml(recordingOf({ dir }), file)).rejects.toThrow();
  expect(readdirSync(dirname(dirname(file)))).toEqual([]);
});
