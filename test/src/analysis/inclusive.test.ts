// Does a sample count once for everything that it was inside of, and for nothing else?
import { describe, expect, it } from "vitest";
import { inclusiveCpu } from "../../../src/analysis/inclusive.js";
import type { StackSample } from "../../../src/model/recorded-profiles.js";
import { elementAt, profilesOf, recordingOf, sampleAt } from "../../helpers/recordings.js";
import { random } from "../../helpers/sample-capture.js";

const elements = [elementAt(1, "p/src"), elementAt(2, "p/bin"), elementAt(3, "p/bin/enc"), elementAt(4, "p/sink")];
const inclusive = (samples: StackSample[]) => {
  const topology = { pipelines: ["p"], elements, pads: [] };
  const times = inclusiveCpu(recordingOf({ topology, cpu: profilesOf(samples) }));
  return times && Object.fromEntries(times);
};

describe("inclusive CPU time", () => {
  it("is that of every element on the stack, and of bins and the pipeline around them", () => {
    expect(inclusive([sampleAt("p/sink", 10, { chain: [4, 3, 1] })])).toEqual({
      ...{ "p/sink": 10, "p/bin/enc": 10, "p/bin": 10, "p/src": 10, p: 10 },
    });
  });

  it("counts a sample once for an element that is in its chain twice, and once for a bin of several", () => {
    expect(inclusive([sampleAt("p/bin/enc", 10, { chain: [3, 2, 3, 3] })])).toEqual({
      ...{ "p/bin/enc": 10, "p/bin": 10, p: 10 },
    });
  });

  it("has the element that a sample is booked on, also where its chain does not name it", () => {
    expect(inclusive([sampleAt("(driver:p/src)", 10, { chain: [4] })])).toEqual({ "p/src": 10, "p/sink": 10, p: 10 });
  });

  it("adds up samples of one chain that are booked on different elements", () => {
    const chain = [3, 1];
    const times = inclusive([
      ...[sampleAt("p/bin/enc", 10, { chain }), sampleAt("(driver:p/src)", 5, { chain })],
      ...[sampleAt("p/sink", 1, { chain: [4] }), sampleAt("(factory:x)", 100), sampleAt("", 1000)],
    ]);
    expect(times).toEqual({ "p/bin/enc": 15, "p/bin": 15, "p/src": 15, "p/sink": 1, p: 16 });
  });

  it("passes over ids that no topology knows", () => {
    expect(inclusive([sampleAt("p/sink", 10, { chain: [99, 4] })])).toEqual({ "p/sink": 10, p: 10 });
  });

  it("is not known where no stack named an element, and none where nothing was sampled", () => {
    expect(inclusive([sampleAt("p/sink", 10)])).toBeNull();
    expect(inclusiveCpu(recordingOf())).toBeNull();
  });

  it("of the pipeline is all of its samples, and of a bin no less than of what is inside", () => {
    const next = random(3);
    const samples = Array.from({ length: 200 }, () => {
      const chain = elements.filter(() => next() < 0.5).map(({ id }) => id);
      return sampleAt(elements[Math.floor(next() * 4)]?.path ?? "", Math.round(next() * 1e7), { chain });
    });
    const times = inclusive(samples) ?? {};
    expect(times.p).toBe(samples.reduce((sum, { ns }) => sum + ns, 0));
    expect(times["p/bin"]).toBeGreaterThanOrEqual(times["p/bin/enc"] ?? Number.NaN);
  });
});
