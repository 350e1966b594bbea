// What takes a process of its own, beside a test that holds a lot?
// SPDX-License-Identifier: MPL-2.0
import { expect, test } from "vitest";
import { reportChild } from "../helpers/report-child.js";
import { sampleCapture, writeSample } from "../helpers/sample-capture.js";
import { encoders } from "../helpers/sample-elements.js";
import { scratch } from "../helpers/scratch.js";

test("a report's memory is its own, not also that of the test that asks for it", async () => {
  const dir = await writeSample(scratch(), sampleCapture("pipeline0", encoders));
  const held = Buffer.alloc(400 * 2 ** 20, 1);
  const { rssBytes, cpuSeconds } = await reportChild(dir);
  expect(rssBytes).toBeLessThan(held.length / 2);
  expect(rssBytes).toBeGreaterThan(20e6);
  expect(cpuSeconds).toBeGreaterThan(0);
});
