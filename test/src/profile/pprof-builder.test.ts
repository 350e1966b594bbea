// Does a pprof message have each string, function and mapping once, and every sample under its labels?
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { PprofBuilder, type ProfileHead } from "../../../src/profile/pprof-builder.js";
import type { ModuleInfo } from "../../../src/profile/request.js";

const none = new Uint8Array();
const head = (change: Partial<ProfileHead> = {}): ProfileHead => ({
  ...{ kind: "cpu", timeNanos: 1_700_000_000_123_456_789n, durationNs: 10e9, sampleRate: 100 },
  ...change,
});
const lib: ModuleInfo = { path: "/usr/lib/liba.so", buildId: "abcd", size: 0x1000 };
const line = (name: string, file = "", at = 0) => ({ name, file, line: at });
const read = (builder: PprofBuilder) => {
  const profile = Profile.decode(builder.encode());
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "?";
  return { profile, text };
};

describe("the head of a profile", () => {
  it("says what is counted, when, for how long and how often", () => {
    const { profile, text } = read(new PprofBuilder(head({ kind: "wall", sampleRate: 250 })));
    expect(profile.stringTable.strings.slice(0, 3)).toEqual(["", "wall", "nanoseconds"]);
    expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([["wall", "nanoseconds"]]);
    expect([text(profile.periodType?.type ?? 0), Number(profile.period)]).toEqual(["wall", 4_000_000]);
    expect([BigInt(profile.timeNanos), Number(profile.durationNanos)]).toEqual([1_700_000_000_123_456_789n, 10e9]);
  });

  it("has no negative duration, and a period where nobody sampled", () => {
    const { profile } = read(new PprofBuilder(head({ durationNs: -5, sampleRate: 0 })));
    expect([Number(profile.durationNanos), Number(profile.period)]).toEqual([0, 1e9]);
  });

  it("is the same each time that it is encoded", () => {
    const builder = new PprofBuilder(head());
    builder.sample([builder.synthetic("(no stack)")], 10, none, none);
    expect(builder.encode()).toEqual(builder.encode());
  });
});

describe("a sample", () => {
  it("has its locations, leaf first, its time and both sets of labels", () => {
    const builder = new PprofBuilder(head());
    const [leaf, root] = [1, 2].map((at) => builder.location(2, at, { lines: [line(`f${at}`)], module: lib }));
    const [labels, more] = [
      builder.labels([
        ["element", "enc"],
        ["thread", "enc"],
      ]),
      builder.labels([["span_id", "ab"]]),
    ];
    builder.sample([leaf ?? 0, root ?? 0, leaf ?? 0], 2 ** 40, labels, more);
    builder.sample([], 0, none, none);
    const { profile, text } = read(builder);
    const [first, second] = profile.sample;
    expect([first?.locationId.map(Number), first?.value.map(Number)]).toEqual([[1, 2, 1], [2 ** 40]]);
    expect(first?.label.map(({ key, str }) => [text(key), text(str)])).toEqual([
      ["element", "enc"],
      ["thread", "enc"],
      ["span_id", "ab"],
    ]);
    expect([second?.locationId, second?.value.map(Number), second?.label]).toEqual([[], [0], []]);
  });
});

describe("a location", () => {
  it("has all functions that were inlined at it, the innermost first, with their lines", () => {
    const builder = new PprofBuilder(head());
    builder.location(2, 0x40, { lines: [line("inner", "a.c", 7), line("outer", "a.c")], module: lib });
    const { profile, text } = read(builder);
    const [location] = profile.location;
    const functions = new Map(profile.function.map((one) => [Number(one.id), one]));
    const said = location?.line.map(({ functionId, line: at }) => {
      const found = functions.get(Number(functionId));
      return [text(found?.name ?? 0), text(found?.filename ?? 0), Number(at)];
    });
    expect([Number(location?.id), Number(location?.address)]).toEqual([1, 0x40]);
    expect(said).toEqual([
      ["inner", "a.c", 7],
      ["outer", "a.c", 0],
    ]);
  });

  it("shares functions of one name and file; of another file they are others", () => {
    const builder = new PprofBuilder(head());
    for (const [at, file] of ["a.c", "b.c", "a.c", "", ""].entries())
      builder.location(2, at, { lines: [line("main", file)], module: lib });
    const { profile, text } = read(builder);
    expect(
      profile.function.map(({ name, systemName, filename }) => [text(name), text(systemName), text(filename)]),
    ).toEqual([
      ["main", "main", "a.c"],
      ["main", "main", "b.c"],
      ["main", "main", ""],
    ]);
    expect(profile.location.map((one) => Number(one.line[0]?.functionId))).toEqual([1, 2, 1, 3, 3]);
  });

  it("of ours is one for each name, and of no module", () => {
    const builder = new PprofBuilder(head());
    expect(["(no stack)", "(cut)", "(no stack)"].map((name) => builder.synthetic(name))).toEqual([1, 2, 1]);
    const { profile, text } = read(builder);
    expect(profile.mapping.map(({ filename, buildId }) => [text(filename), text(buildId)])).toEqual([
      ["[unknown]", ""],
    ]);
  });
});

describe("a mapping", () => {
  const mappings = (builder: PprofBuilder) => {
    const { profile, text } = read(builder);
    return profile.mapping.map((one) => [
      text(one.filename),
      text(one.buildId),
      Number(one.memoryLimit),
      one.hasFunctions,
    ]);
  };

  it("is one for each module, as long as it or what lies in it, with its build-id", () => {
    const builder = new PprofBuilder(head());
    builder.location(2, 0x10, { lines: [line("a")], module: lib });
    builder.location(2, 0x1fff, { lines: [line("b")], module: lib });
    builder.location(3, 0x10, { lines: [line("c")], module: { ...lib, path: "/usr/lib/libb.so", buildId: "" } });
    expect(mappings(builder)).toEqual([
      ["/usr/lib/liba.so", "abcd", 0x2000, true],
      ["/usr/lib/libb.so", "", 0x1000, true],
    ]);
  });

  it("has a second one for frames that a server shall name: only that has no functions", () => {
    const builder = new PprofBuilder(head());
    builder.location(2, 0x10, { lines: [line("a")], module: lib });
    builder.location(2, 0x20, { lines: [], module: lib });
    expect(mappings(builder)).toEqual([
      ["/usr/lib/liba.so", "abcd", 0x1000, true],
      ["/usr/lib/liba.so", "abcd", 0x1000, false],
    ]);
  });

  it("is never shared by two modules, named or not", () => {
    const builder = new PprofBuilder(head());
    const path = (module: number, named: boolean) => `/usr/lib/${module}-${named}.so`;
    const all = Array.from({ length: 20 }, (_, i) => [1 + (i >> 1), i % 2 === 0] as const);
    for (const [module, named] of all)
      builder.location(module, 1, { lines: named ? [line("a")] : [], module: { ...lib, path: path(module, named) } });
    expect(mappings(builder).map(([file]) => file)).toEqual(all.map(([module, named]) => path(module, named)));
  });

  it("of a module that nobody knows any more is that of no module", () => {
    const builder = new PprofBuilder(head());
    builder.location(7, 0x10, { lines: [line("a")], module: undefined });
    builder.location(8, 0x20, { lines: [line("b")], module: undefined });
    expect(mappings(builder)).toEqual([["[unknown]", "", 0x21, true]]);
  });

  it("has a path of bounded length that is valid UTF-8", () => {
    const builder = new PprofBuilder(head());
    const path = `/\ud800${"é".repeat(9000)}`;
    builder.location(2, 1, { lines: [line("a", path)], module: { ...lib, path } });
    for (const text of read(builder).profile.stringTable.strings) {
      expect(text.length).toBeLessThanOrEqual(4096);
      expect(Buffer.from(text).toString()).toBe(text);
    }
  });
});

it("each string is there once, and all are found by their numbers", () => {
  const builder = new PprofBuilder(head());
  for (let i = 0; i < 300; i++) {
    builder.location(2, i, { lines: [line(`f${i % 100}`, `f${i % 7}`)], module: lib });
    builder.labels([[`f${i % 50}`, "cpu"]]);
  }
  const { profile } = read(builder);
  const { strings } = profile.stringTable;
  expect(strings).toEqual([...new Set(strings)]);
  for (const { name, filename } of profile.function)
    for (const number of [name, filename]) expect(Number(number)).toBeLessThan(strings.length);
});
