// Which stacks are meant, and how are names shown that another program chose?
import { beforeAll, expect, test } from "vitest";
import { type ExportSource, isWanted, shown, stacksOf, sumNs } from "../../../src/export/source.js";
import {
  type ExportCapture,
  PIPELINE_PATH,
  sourceOf,
  WINDOW_NS,
  writeExportCapture,
} from "../../helpers/export-capture.js";

let made: ExportCapture;
let source: ExportSource;
beforeAll(async () => {
  made = await writeExportCapture();
  source = await sourceOf(made.dir);
});

test("a name is one line of a bounded length, cut in its middle", () => {
  expect(shown("a\nb\u202e")).toBe("a·b·");
  expect(shown("x".repeat(5000))).toHaveLength(1000);
  expect(shown("begin…end", 5)).toBe("be…nd");
});

test("an element's loop and its own threads are its own", () => {
  const elements = new Set(["p/e"]);
  expect(
    ["p/e", "(driver:p/e)", "(worker:p/e)", "p/other", ""].map((path) => isWanted({ elements }, { path })),
  ).toEqual([true, true, true, false, false]);
  expect(isWanted({ elements: null }, { path: "" })).toBe(true);
});

test("all stacks, those of a window, those of an element; none where there is no profile", async () => {
  expect(sumNs((await stacksOf(source))?.samples ?? [])).toBe(made.cpuNs);
  const parts = await Promise.all(
    [0, 1, 2].map((i) => stacksOf({ ...source, range: { fromNs: i * WINDOW_NS, toNs: (i + 1) * WINDOW_NS } }, "wall")),
  );
  expect(parts.reduce((sum, part) => sum + sumNs(part?.samples ?? []), 0)).toBe(made.wallNs);
  const own = await stacksOf({ ...source, elements: new Set([`${PIPELINE_PATH}/enc`]) });
  expect(new Set(own?.samples.map(({ path }) => path))).toEqual(new Set([`${PIPELINE_PATH}/enc`]));
  expect(await stacksOf({ ...source, capture: { ...source.capture, wall: null } }, "wall")).toBeNull();
});
