// Does `run` find every pipeline, however soon it begins and ends?
// SPDX-License-Identifier: MPL-2.0
import { join } from "node:path";
import { expect, test } from "vitest";
import { element, profiled, scratch } from "../helpers/pipelines.js";

test("of a dozen commands that live for an instant none is missed, and none loses a buffer", async () => {
  const { dir, dispose } = scratch();
  try {
    for (let round = 0; round < 12; round++) {
      const { summary } = await profiled("fakesrc num-buffers=100 ! fakesink name=end", join(dir, String(round)));
      expect(element(summary, "end").buffersIn, `round ${round}`).toBe(100);
    }
  } finally {
    dispose();
  }
});
