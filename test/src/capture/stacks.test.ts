// Is each nanosecond of all profiles under its owner and its stack, once, and what has no room under nobody's name but still there?
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Stacks } from "../../../src/capture/stacks.js";
import { random } from "../../helpers/sample-capture.js";
import { type SampleStack, samplePprof } from "../../helpers/sample-pprof.js";

const packed = (...samples: SampleStack[]) => gzipSync(samplePprof(samples));
const one = (stack: string[], ns: number, labels: Record<string, string> = {}): SampleStack => ({ stack, ns, labels });
const of = (...profiles: Uint8Array[]) => {
  const stacks = new Stacks();
  const added = profiles.map((bytes) => stacks.add(bytes));
  const names = (sample: { stack: number[] }) =>
    sample.stack.map((frame) => `${stacks.frames[frame]?.module}!${stacks.frames[frame]?.name}`).join(" ");
  return { stacks, added, names };
};

describe("samples of several profiles", () => {
  it("are added up by owner and stack, root first", () => {
    const { stacks, added, names } = of(
      packed(one(["a.so!main", "b.so!work"], 10, { path: "p/x" }), one(["a.so!main"], 5, { path: "p/x" })),
      packed(one(["a.so!main", "b.so!work"], 7, { path: "p/x" }), one(["a.so!main", "b.so!work"], 1, { path: "p/y" })),
    );
    expect(added.map(({ ns }) => ns)).toEqual([15, 8]);
    expect(stacks.samples.map((sample) => [sample.path, names(sample), sample.ns])).toEqual([
      ["p/x", "a.so!main b.so!work", 17],
      ["p/x", "a.so!main", 5],
      ["p/y", "a.so!main b.so!work", 1],
    ]);
  });

  it("share the frames of equal name and module; frame 0 is what has no room", () => {
    const { stacks } = of(packed(one(["a.so!f", "b.so!f", "a.so!f"], 1)), packed(one(["b.so!f"], 1)));
    expect(stacks.frames).toEqual([
      { name: "(other stacks)", module: "" },
      { name: "f", module: "a.so" },
      { name: "f", module: "b.so" },
    ]);
  });

  it("keep a symbol and a type's name of the same text apart, whichever profile had which", () => {
    const stack = [one(["a.so!Gst::f"], 1)];
    const given = gzipSync(samplePprof(stack, 0n, { "Gst::f": "type a.so+fn@0x10" }));
    const symbol = packed(...stack);
    for (const order of [
      [given, symbol, given],
      [symbol, given, symbol],
    ]) {
      // biome-ignore format: both orders
      const { stacks } = of(...order);
      const frames = stacks.frames.slice(1).map(({ name, origin }) => `${name} ${origin}`);
      expect(frames.sort()).toEqual(["Gst::f type", "Gst::f undefined"]);
      expect(stacks.samples.map(({ ns }) => ns).sort()).toEqual([1, 2]);
    }
  });

  it.each(["typed", "type", "role ", "roles x", " type x", ""])("with the system name %j have a symbol", (system) => {
    const { frames } = of(gzipSync(samplePprof([one(["a.so!f"], 1)], 0n, { f: system }))).stacks;
    expect(frames[1]).toEqual({ name: "f", module: "a.so" });
  });

  it("say their size unpacked, and what is no whole profile is refused", () => {
    const raw = samplePprof([one(["a!b"], 1)]);
    expect(new Stacks().add(gzipSync(raw))).toEqual({ ns: 1, bytes: raw.length });
    expect(() => new Stacks().add(raw)).toThrow();
    expect(() => new Stacks().add(gzipSync(raw).subarray(0, 20))).toThrow();
    expect(() => new Stacks().add(gzipSync(Buffer.from("nothing of that kind")))).toThrow();
  });
});

describe("an owner", () => {
  it("has all labels under their names", () => {
    const labels = {
      path: "p/x",
      pipeline: "p",
      factory: "queue",
      thread: "t",
      chain: "7 3",
      blocked_on: "futex",
      inferred: "1",
    };
    expect(of(packed(one(["a!b"], 1, labels))).stacks.samples[0]).toMatchObject({
      path: "p/x",
      pipeline: "p",
      factory: "queue",
      thread: "t",
      blockedOn: "futex",
      inferred: true,
      chain: [7, 3],
    });
  });

  it("has the thread's real name where there is one, and nothing where a label is missing", () => {
    const { stacks } = of(packed(one(["a!b"], 1, { thread: "short", thread_name: "the long name" }), one(["a!b"], 1)));
    expect(stacks.samples.map(({ thread }) => thread)).toEqual(["the long name", ""]);
    expect(stacks.samples[1]).toMatchObject({ path: "", pipeline: "", inferred: false, chain: [], blockedOn: "" });
  });

  it("is the same one for labels in another order", () => {
    const { stacks } = of(
      packed(one(["a!b"], 1, { path: "x", thread: "t" }), one(["a!b"], 2, { thread: "t", path: "x" })),
    );
    expect(stacks.samples.map(({ ns }) => ns)).toEqual([3]);
  });

  it("has labels and chains of bounded length, also of a profile that is not ours", () => {
    const chain = Array.from({ length: 1000 }, (_, i) => i).join(" ");
    const { stacks } = of(packed(one(["a!b"], 1, { path: "x".repeat(10_000), chain })));
    expect(stacks.samples[0]?.path).toHaveLength(4096);
    expect(stacks.samples[0]?.chain).toHaveLength(256);
  });
});

it("only time that is positive counts", () => {
  const { stacks, added } = of(packed(one(["a!b"], 0), one(["a!c"], -5), one(["a!d"], 3)));
  expect(added[0]?.ns).toBe(3);
  expect(stacks.samples.map(({ ns }) => ns)).toEqual([3]);
});

it("time whose label sets have no room is nobody's, and all of it is there", () => {
  const many = Array.from({ length: 7000 }, (_, i) => one(["a!b"], 1, { path: `p/${i}` }));
  const renamed = (kind: string) =>
    packed(...many.map((sample) => ({ ...sample, labels: { ...sample.labels, thread: kind } })));
  const { stacks } = of(...["a", "b", "c"].map(renamed));
  const nobody = stacks.samples.find(({ path }) => path === "");
  expect(nobody?.ns).toBe(3 * 7000 - 19_999); // the first of twenty thousand is nobody
  expect(stacks.samples.reduce((sum, { ns }) => sum + ns, 0)).toBe(3 * 7000);
});

it("sums by stack hold for any samples in any number of profiles", () => {
  const next = random(41);
  const pick = (n: number) => Math.floor(next() * n);
  const truth = new Map<string, number>();
  const profiles = Array.from({ length: 12 }, () => {
    const samples = Array.from({ length: 50 }, () => {
      const stack = Array.from({ length: 1 + pick(5) }, () => `m${pick(2)}!f${pick(3)}`);
      const [path, ns] = [`p/${pick(3)}`, 1 + pick(100)];
      const key = `${path}: ${stack.join(" ")}`;
      truth.set(key, (truth.get(key) ?? 0) + ns);
      return one(stack, ns, { path });
    });
    return packed(...samples);
  });
  const { stacks, names } = of(...profiles);
  expect(new Map(stacks.samples.map((sample) => [`${sample.path}: ${names(sample)}`, sample.ns]))).toEqual(truth);
});
