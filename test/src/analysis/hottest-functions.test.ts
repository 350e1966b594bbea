// Does each element have its own functions, by the time that they ran themselves?
import { describe, expect, it } from "vitest";
import { hottestFunctions } from "../../../src/analysis/hottest-functions.js";
import { profilesOf, sampleAt } from "../../helpers/recordings.js";

const frames = [
  { name: "loop", module: "libgst.so" },
  { name: "encode", module: "libx264.so" },
  { name: "search", module: "libx264.so" },
  { name: "search", module: "libother.so" },
];
const [loop, encode, search, other] = [0, 1, 2, 3];

describe("the hottest functions of an element", () => {
  const profiles = profilesOf(
    [
      sampleAt("p/enc", 30, { stack: [loop, encode, search] }),
      sampleAt("p/enc", 10, { stack: [loop, encode] }),
      sampleAt("(driver:p/enc)", 5, { stack: [loop] }),
      sampleAt("(worker:p/enc)", 2, { stack: [search, search] }),
      sampleAt("p/enc", 1, { stack: [other] }),
      sampleAt("p/sink", 7, { stack: [loop] }),
      sampleAt("", 100, { stack: [loop] }),
      sampleAt("(factory:x264enc)", 100, { stack: [loop] }),
    ],
    frames,
  );

  it("are ordered by self time; the time of what they called is in their total, once however often they are on the stack", () => {
    expect(hottestFunctions(profiles, 5)["p/enc"]).toEqual([
      { name: "search", module: "libx264.so", ns: 32, totalNs: 32 },
      { name: "encode", module: "libx264.so", ns: 10, totalNs: 40 },
      { name: "loop", module: "libgst.so", ns: 5, totalNs: 45 },
      { name: "search", module: "libother.so", ns: 1, totalNs: 1 },
    ]);
  });

  it("are those of each element that burned, of no others, and as many as were asked for", () => {
    expect(Object.keys(hottestFunctions(profiles, 5))).toEqual(["p/enc", "p/sink"]);
    expect(hottestFunctions(profiles, 1)["p/enc"]).toHaveLength(1);
    expect(hottestFunctions(profiles, 5, "p/sink")).toEqual({
      "p/sink": [{ name: "loop", module: "libgst.so", ns: 7, totalNs: 7 }],
    });
  });

  it("are none that only called others", () => {
    const inside = profilesOf([sampleAt("p/enc", 30, { stack: [loop, encode] })], frames);
    expect(hottestFunctions(inside, 5)["p/enc"]?.map(({ name }) => name)).toEqual(["encode"]);
  });

  it("sum to the CPU time of the element", () => {
    const self = hottestFunctions(profiles, 99)["p/enc"]?.reduce((sum, { ns }) => sum + ns, 0);
    expect(self).toBe(48);
  });

  it("say where no stack was walked, and are none without a profile", () => {
    const unseen = profilesOf([sampleAt("p/enc", 3)]);
    expect(hottestFunctions(unseen, 5)).toEqual({ "p/enc": [{ name: "(no stack)", module: "", ns: 3, totalNs: 3 }] });
    expect(hottestFunctions(null, 5)).toEqual({});
  });
});
