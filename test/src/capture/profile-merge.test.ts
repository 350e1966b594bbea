// Do profiles that become one keep each nanosecond under its labels, in no more samples than the largest had?
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { mergeProfiles } from "../../../src/capture/profile-merge.js";
import { FOLDED_FRAME } from "../../../src/model/symbol.js";
import { random } from "../../helpers/sample-capture.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";

/** Samples as text: labels, then frames root first; nanoseconds added up. */
function read(bytes: Uint8Array) {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "";
  const functions = new Map(profile.function.map((one) => [Number(one.id), text(one.name)]));
  const mappings = new Map(profile.mapping.map((one) => [Number(one.id), text(one.filename)]));
  const locations = new Map(
    profile.location.map(({ id, line, mappingId }) => [
      Number(id),
      `${mappings.get(Number(mappingId)) ?? ""}!${line.map((one) => functions.get(Number(one.functionId))).join("<")}`,
    ]),
  );
  const samples = new Map<string, number>();
  for (const { locationId, value, label } of profile.sample) {
    const labels = label.map(({ key, str }) => `${text(key)}=${text(str)}`).join(",");
    const key = [labels, ...locationId.map((id) => locations.get(Number(id)) ?? "?").reverse()].join(" ");
    samples.set(key, (samples.get(key) ?? 0) + Number(value[0]));
  }
  return { samples, profile };
}
const one = (stack: string[], ns: number, labels: Record<string, string> = {}): SampleStack => ({ stack, ns, labels });
const sum = (samples: Iterable<number>) => [...samples].reduce((a, b) => a + b, 0);

describe("profiles that become one", () => {
  it("add up equal stacks of equal labels, and keep others apart", () => {
    const both = one(["m!a", "m!b"], 10, { element: "x" });
    const other = { ...both, ns: 1, labels: { element: "y" } };
    const first = samplePprof([both, other, one(["m!a"], 5), one(["n!a"], 2)]);
    const second = samplePprof([{ ...both, ns: 1 }, { ...other, ns: 2 }, one(["n!a"], 7)]);
    expect(Object.fromEntries(read(mergeProfiles([first, second], 20e9)).samples)).toEqual({
      "element=x m!a m!b": 11,
      "element=y m!a m!b": 3,
      " m!a": 5,
      " n!a": 9,
    });
  });

  it("have the begin of the first, the length that was said, and the same types", () => {
    const parts = [1n, 2n].map((n) => samplePprof([one(["m!a"], 1)], n * 1_000_000_000n));
    const { profile } = read(mergeProfiles(parts, 12_345.4));
    expect([profile.timeNanos, profile.durationNanos].map(Number)).toEqual([1e9, 12_345]);
    const [type] = profile.sampleType;
    expect([type?.type, type?.unit].map((at) => profile.stringTable.strings[Number(at)])).toEqual([
      "cpu",
      "nanoseconds",
    ]);
    expect(Number(profile.period)).toBe(10_000_000);
  });

  it("know no span any more: samples that differed in nothing else are one", () => {
    const parts = [1, 2].map((n) => samplePprof([one(["m!a"], 5, { element: "x", span_id: `${n}` })]));
    expect(Object.fromEntries(read(mergeProfiles(parts, 1)).samples)).toEqual({ "element=x m!a": 10 });
  });

  it("are one profile that stays what it is, and none cannot be merged", () => {
    const alone = samplePprof([one(["m!a", "m!b"], 10, { element: "x" })]);
    expect(read(mergeProfiles([alone], 1)).samples).toEqual(read(alone).samples);
    expect(() => mergeProfiles([], 1)).toThrow("nothing to merge");
  });
});

describe("rare stacks", () => {
  it("become one for each label set, the heaviest stay, and no nanosecond is lost", () => {
    const parts = [
      samplePprof([
        one(["m!hot"], 100, { element: "x" }),
        one(["m!a"], 1, { element: "x" }),
        one(["m!b"], 2, { element: "y" }),
      ]),
      samplePprof([
        one(["m!hot"], 100, { element: "x" }),
        one(["m!c"], 3, { element: "x" }),
        one(["m!warm"], 50, { element: "y" }),
      ]),
    ];
    expect(Object.fromEntries(read(mergeProfiles(parts, 1)).samples)).toEqual({
      "element=x m!hot": 200,
      "element=y m!warm": 50,
      "element=x m!c": 3,
      [`element=x !${FOLDED_FRAME}`]: 1,
      [`element=y !${FOLDED_FRAME}`]: 2,
    });
  });

  it("take their names with them", () => {
    const parts = [samplePprof([one(["m!hot"], 9)]), samplePprof([one(["m!onlyfolded"], 1)])];
    const { profile, samples } = read(mergeProfiles(parts, 1));
    expect([...samples.keys()].sort()).toEqual([` !${FOLDED_FRAME}`, " m!hot"]);
    expect(profile.stringTable.strings).not.toContain("onlyfolded");
    expect(profile.location).toHaveLength(2);
  });
});

it("sums by label hold for any profiles, merged once or in steps", () => {
  const next = random(31);
  const pick = (n: number) => Math.floor(next() * n);
  const parts = Array.from({ length: 8 }, () =>
    samplePprof(
      Array.from({ length: 20 }, () =>
        one(
          Array.from({ length: 1 + pick(4) }, () => `m${pick(2)}!f${pick(5)}`),
          1 + pick(1000),
          { element: `e${pick(3)}` },
        ),
      ),
    ),
  );
  const byLabel = (all: Uint8Array[]) => {
    const sums: Record<string, number> = {};
    for (const bytes of all)
      for (const [key, ns] of read(bytes).samples) {
        const [labels = ""] = key.split(" ");
        sums[labels] = (sums[labels] ?? 0) + ns;
      }
    return sums;
  };
  const whole = mergeProfiles(parts, 1);
  const steps = mergeProfiles([mergeProfiles(parts.slice(0, 4), 1), mergeProfiles(parts.slice(4), 1)], 1);
  expect(byLabel([whole])).toEqual(byLabel(parts));
  expect(byLabel([steps])).toEqual(byLabel(parts));
  expect(sum(read(whole).samples.values())).toBe(sum(read(steps).samples.values()));
});
