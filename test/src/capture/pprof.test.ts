// Does the reader of pprof see what an independent encoder wrote, sample by sample?
import { Function as Code, Line, Location, Mapping, Profile, Sample, StringTable, ValueType } from "pprof-format";
import { describe, expect, it } from "vitest";
import { MAX_DEPTH, Pprof } from "../../../src/capture/pprof.js";
import { MAX_KEY } from "../../../src/capture/proto-cursor.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";

const open = (bytes: Uint8Array) => new Pprof(Buffer.from(bytes));
const stacks: SampleStack[] = [
  { stack: ["/usr/lib/a.so!main", "/usr/lib/b.so!work"], ns: 1e7, labels: { element: "x", thread: "t" } },
  { stack: ["/usr/lib/a.so!main"], ns: 3e7, labels: { element: "é漢" } },
  { stack: [], ns: 5, labels: {} },
];

/** What each sample says, its labels read when all samples were. */
function samplesOf(profile: Pprof) {
  const value = profile.nanosecondValue();
  const found: { locations: number[]; ns: number; where: { begin: number; end: number } }[] = [];
  profile.samples(({ locations, values, labels }) => {
    const ns = values.items[value] ?? 0;
    found.push({ locations: locations.items.slice(0, locations.length), ns, where: { ...labels } });
  });
  return found.map(({ locations, ns, where }) => ({
    locations,
    ns,
    labels: Object.fromEntries(profile.labels(where)),
  }));
}
function locationsOf(profile: Pprof) {
  const found: Record<number, { names: string[]; system: string; module: string; address: number }> = {};
  profile.locations((id, { names, systemName, module, address }) => {
    found[id] = { names: names.map((name) => profile.text(name)), system: profile.text(systemName), module, address };
  });
  return found;
}

describe("samples", () => {
  it("are those that were written, leaf first, with their labels", () => {
    const samples = samplesOf(open(samplePprof(stacks)));
    expect(samples.map(({ ns, labels }) => [ns, labels])).toEqual(stacks.map(({ ns, labels }) => [ns, labels]));
    const names = locationsOf(open(samplePprof(stacks)));
    expect(samples.map(({ locations }) => locations.map((id) => names[id]?.names[0]))).toEqual([
      ["work", "main"],
      ["main"],
      [],
    ]);
  });

  it("of a profile without any are none", () => {
    expect(samplesOf(open(samplePprof([])))).toEqual([]);
  });

  it("of a stack that is too deep are cut at the root", () => {
    const deep = Array.from({ length: MAX_DEPTH + 5 }, (_, i) => `m!f${i}`);
    const profile = open(samplePprof([{ stack: deep, ns: 1, labels: {} }]));
    const [sample] = samplesOf(profile);
    expect(sample?.locations).toHaveLength(MAX_DEPTH);
    expect(locationsOf(profile)[sample?.locations[0] ?? 0]?.names).toEqual([`f${MAX_DEPTH + 4}`]);
  });
});

describe("locations", () => {
  it("have the file name of their module, and their functions with what was inlined, leaf first", () => {
    const strings = new StringTable();
    const id = (text: string) => strings.dedup(text);
    const profile = new Profile({
      sampleType: [new ValueType({ type: id("cpu"), unit: id("nanoseconds") })],
      sample: [new Sample({ locationId: [1, 2], value: [1], label: [] })],
      mapping: [new Mapping({ id: 1, filename: id("/usr/lib/libx.so.0") })],
      location: [
        new Location({
          id: 1,
          mappingId: 1,
          address: 0x10,
          line: [new Line({ functionId: 1 }), new Line({ functionId: 2 })],
        }),
        new Location({ id: 2, mappingId: 1, address: 0x1234 }),
        new Location({ id: 3, address: 7, line: [new Line({ functionId: 3 }), new Line({ functionId: 9 })] }),
      ],
      function: [
        new Code({ id: 1, name: id("inner") }),
        new Code({ id: 2, name: id("outer"), systemName: id("outer@1") }),
        new Code({ id: 3, name: id("") }),
      ],
      stringTable: strings,
    });
    expect(locationsOf(open(profile.encode()))).toEqual({
      1: { names: ["inner", "outer"], system: "outer@1", module: "libx.so.0", address: 0x10 },
      2: { names: [], system: "", module: "libx.so.0", address: 0x1234 },
      3: { names: [], system: "", module: "", address: 7 },
    });
  });
});

describe("the value that is nanoseconds", () => {
  const withTypes = (...units: string[]) => {
    const strings = new StringTable();
    const sampleType = units.map((unit) => new ValueType({ type: strings.dedup("x"), unit: strings.dedup(unit) }));
    const sample = [new Sample({ locationId: [], value: units.map((_, i) => i + 10), label: [] })];
    return open(new Profile({ sampleType, sample, stringTable: strings }).encode());
  };

  it("is found wherever it stands; the first of two counts", () => {
    expect(samplesOf(withTypes("count", "nanoseconds", "nanoseconds"))[0]?.ns).toBe(11);
    expect(withTypes("nanoseconds").nanosecondValue()).toBe(0);
  });

  it("is missing where there is none, and that is said", () => {
    expect(() => withTypes("count").nanosecondValue()).toThrow("no value in nanoseconds");
  });
});

it("texts outside of the table are empty, and one is not longer than a name may be", () => {
  const long = open(samplePprof([{ stack: [`m!${"x".repeat(20_000)}`], ns: 1, labels: {} }]));
  expect(Object.values(locationsOf(long))[0]?.names[0]).toHaveLength(16 * 1024);
  for (const index of [-1, 1e9, Number.NaN]) expect(long.text(index)).toBe("");
});

it("keys are equal for equal labels and equal texts alone", () => {
  const profile = open(samplePprof([...stacks, { ...stacks[1], ns: 9 } as SampleStack]));
  const keys: string[] = [];
  const key = new Int32Array(MAX_KEY);
  profile.samples(({ labels }) => keys.push(key.slice(0, profile.keyOfLabels(labels, key, 0)).join()));
  expect(keys[3]).toBe(keys[1]);
  expect(new Set(keys).size).toBe(3);
  expect(profile.keyOfText(-1, key, 0)).toBe(1); // as that of an empty text
});

it("a profile in parts has its samples in one and its tables in the other, and is whole again when they are put together", () => {
  const bytes = samplePprof(stacks);
  const { samples, others } = open(bytes).parted();
  expect([samples.length + others.length, Profile.decode(others).sample.length]).toEqual([bytes.length, 0]);
  expect(Profile.decode(samples).sample.map(({ value }) => value.map(Number))).toEqual(stacks.map(({ ns }) => [ns]));
  const again = open(Buffer.concat([others, samples]));
  expect(samplesOf(again)).toEqual(samplesOf(open(bytes)));
  expect(locationsOf(again)).toEqual(locationsOf(open(bytes)));
});

it("bytes that are no profile, and one that is cut off, are refused or hold nothing", () => {
  expect(() => open(Buffer.from("no profile at all"))).toThrow();
  const whole = samplePprof(stacks);
  for (let length = 0; length < whole.length; length++) {
    try {
      const profile = open(whole.subarray(0, length));
      samplesOf(profile);
      locationsOf(profile);
    } catch (error) {
      expect((error as Error).message).toMatch(/cut off|no value in nanoseconds/);
    }
  }
});
