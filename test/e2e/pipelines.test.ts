// Do the example pipelines work on stock packages? Each one shortened to a few buffers, to its end.
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { pluginEnvironment, runToEnd } from "../helpers/pipelines.js";
import { filesBelow, textOf } from "../helpers/tree.js";

const files = filesBelow("gstreamer/pipelines").filter((path) => path.endsWith(".txt"));

test("there are the six of the figures and the one of the demo", () => {
  const names = files.map((path) => path.replace(/^.*\/|\.txt$/g, ""));
  expect(names.sort()).toEqual(["audio", "convert", "demo", "jpeg", "libav", "vpx", "x264"]);
});

test.each(files)("%s plays to its end", async (path) => {
  const all = textOf(path).split("\n");
  expect(all[0]).toMatch(/^# \w/);
  const lines = all.filter((line) => !line.startsWith("#"));
  const words = lines
    .join(" ")
    .replaceAll(/num-buffers=\d+/g, "num-buffers=5")
    .split(/\s+/)
    .filter(Boolean);
  const { code, stderr } = await runToEnd("gst-launch-1.0", ["-q", ...words], pluginEnvironment());
  expect([code, stderr]).toEqual([0, ""]);
});
