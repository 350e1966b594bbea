// Is the plugin's folder first on GStreamer's path, once, and is a missing plugin called so?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pluginFile, pluginPathWith, pluginProblem } from "../../../src/commands/plugin.js";
import { scratch } from "../../helpers/scratch.js";

it("the folder comes before those that are there, which stay in their order", () => {
  expect(pluginPathWith("/p", undefined)).toBe("/p");
  expect(pluginPathWith("/p", "")).toBe("/p");
  expect(pluginPathWith("/p", "/a:/b")).toBe("/p:/a:/b");
});

it("the folder is there once, however often it is added; empty entries, which mean nothing, go", () => {
  expect(pluginPathWith("/p", pluginPathWith("/p", "/a"))).toBe("/p:/a");
  expect(pluginPathWith("/p", ":/a::/p:/p/x:")).toBe("/p:/a:/p/x");
});

it("a plugin that is not there names the file and what makes it", () => {
  const folder = scratch("plugins");
  expect(pluginProblem(folder, {})).toBe(`the tracer plugin is not at ${folder}/${pluginFile}: run npm run build`);
});

it("where no gst-inspect-1.0 is, the file is believed", () => {
  const folder = scratch("plugins");
  mkdirSync(folder);
  writeFileSync(join(folder, pluginFile), "");
  expect(pluginProblem(folder, { PATH: folder })).toBeUndefined();
});
