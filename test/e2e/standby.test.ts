// Under standby: does a program run as it is, is nothing of it recorded, and does its report say so?
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli, pluginEnvironment, runToEnd, scratch, summaryOf, words } from "../helpers/pipelines.js";

const pipeline = "videotestsrc num-buffers=200 ! queue ! identity ! jpegenc ! fakesink";
const sentence = "Nothing is recorded: in standby from the start, and never switched on.";

let place: ReturnType<typeof scratch>;
beforeAll(() => {
  place = scratch();
});
afterAll(() => place.dispose());

it("of a whole run there is no sample, no count and no loss, and the report says why", async () => {
  const dir = `${place.dir}/standby`;
  const command = ["run", "--standby", "--capture", dir, "--", "gst-launch-1.0", "-q", ...words(pipeline)];
  const { code, stderr } = await runToEnd(process.execPath, [cli, ...command], pluginEnvironment(), 120_000);
  expect(code).toBe(0);
  expect(stderr).toContain(sentence);
  const { target, pipelines, profile, losses, counters } = await summaryOf(dir);
  expect(target.standby).toBe(true);
  const elements = pipelines.flatMap((one) => one.elements);
  expect(elements.map(({ buffersIn, buffersOut, cpuNs }) => buffersIn + buffersOut + cpuNs)).toEqual(
    elements.map(() => 0),
  );
  expect([profile.cpu?.samples ?? 0, profile.wall?.samples ?? 0]).toEqual([0, 0]);
  expect([counters.samples_written, counters.wall_written, counters.spans_written]).toEqual([0, 0, 0]);
  expect(Object.entries(losses).filter(([, count]) => count > 0)).toEqual([]);
  expect(target.processCpuNs).toBeLessThan(target.cpu.totalNs / 2); // what it used is outside of what was measured
  const { settings } = JSON.parse(readFileSync(`${dir}/capture.json`, "utf8"));
  expect(settings).toMatchObject({ standby: true, sampleRate: 100, timing: "wrap" });
});
