// Are the functions of a real pipeline on stripped packages called after their classes and pads, from the target to the report?
// SPDX-License-Identifier: MPL-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Summary } from "../../src/model/summary.js";
import { profiled, scratch } from "../helpers/pipelines.js";

/** Its class and its thread's function are in a plugin and two libraries, of which a distribution ships no symbols. */
const pipeline = "videotestsrc num-buffers=400 ! video/x-raw,width=640,height=360 ! queue ! jpegenc ! fakesink";
const { dir, dispose } = scratch();
afterAll(dispose);

/** Functions of each profile: name and system name. */
function functionsIn(capture: string): [string, string][][] {
  const profiles = join(capture, "profiles");
  return readdirSync(profiles).map((file) => {
    const { stringTable, function: functions } = Profile.decode(gunzipSync(readFileSync(join(profiles, file))));
    const text = (index: number | bigint) => stringTable.strings[Number(index)] ?? "";
    return functions.map(({ name, systemName }): [string, string] => [text(name), text(systemName)]);
  });
}

describe("a capture of a pipeline on this machine's packages", () => {
  const capture = join(dir, "capture");
  let profiles: [string, string][][];
  let summary: Summary;
  beforeAll(async () => {
    ({ summary } = await profiled(pipeline, capture));
    profiles = functionsIn(capture);
  });
  const names = () => profiles.flat().map(([name]) => name);
  const given = () => profiles.flat().filter(([name, system]) => name !== system);

  it.each([
    ["the loop of a queue", "GstQueue src loop", "gst_queue_loop"],
    ["the function in which a source makes pictures", "GstVideoTestSrc::fill", "gst_video_test_src_fill"],
    ["the function that encodes them", "GstJpegEnc::handle_frame", "gst_jpegenc_handle_frame"],
    ["what hands them to any encoder", "GstVideoEncoder sink chain", "gst_video_encoder_chain"],
  ])("names %s, by its symbol where there is one", (_, byType, bySymbol) => {
    expect(names().some((name) => name === byType || name === bySymbol)).toBe(true);
  });

  it("says of each such name that it is no symbol, and what the function is called else", () => {
    for (const [name, system] of given()) expect(system, name).toMatch(/^(type|role) \S+\+fn@0x[0-9a-f]+$/);
    for (const [name, system] of given()) expect(name).toMatch(system.startsWith("role") ? /^\[.+\]$|^_?\w+$/ : /^\w/);
  });

  it("calls no function in two ways in one profile", () => {
    for (const functions of profiles) {
      const names = new Set(functions.map(([name]) => name));
      const raw = functions
        .filter(([name, system]) => name !== system)
        .map(([, system]) => system.slice("type ".length));
      expect(raw.filter((name) => names.has(name))).toEqual([]);
    }
  });

  it("counts them apart from symbols", () => {
    const { frames = 0, framesNamed = 0, framesByType = 0, framesByRole = 0 } = summary.profile.cpu ?? {};
    expect(framesByType > 0).toBe(given().some(([, system]) => system.startsWith("type ")));
    expect(framesNamed).toBeGreaterThan(0);
    expect(framesNamed + framesByType + framesByRole).toBeLessThanOrEqual(frames);
  });
});
