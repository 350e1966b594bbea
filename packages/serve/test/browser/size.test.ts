// Do the dashboard and the demo player stay small enough to open at once, without hls.js, which is not ours?
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../dist/ui/", import.meta.url));
const MOST = 90_000;
const foreign = ["hls.min.js"];

test("all files of the pages are at most 90 kB, compressed", () => {
  const names = readdirSync(folder).filter((name) => !foreign.includes(name));
  const sizes = names.map((name) => gzipSync(readFileSync(folder + name)).length);
  expect(names).toEqual(expect.arrayContaining(["app.js", "app.css", "demo.js", "index.html"]));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST);
});
