// Does a pprof message have each text, function and mapping once, and every sample under its labels?
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import type { Label } from "../../../src/model/labels.js";
import type { PprofHead, PprofRows } from "../../../src/native.js";
import { byNothing, NameColumns } from "../../../src/profile/name-columns.js";
import { joined, times } from "../../../src/profile/pprof.js";
import type { ModuleInfo } from "../../../src/profile/request.js";
import { ON_CPU } from "../../../src/profile/window.js";
import { encode } from "../../helpers/folding.js";

interface Row {
  stack?: number[];
  ns?: number;
  labels?: Label[];
  span?: bigint;
}

const lib: ModuleInfo = { path: "/usr/lib/liba.so", buildId: "abcd", size: 0x1000 };
const line = (name: string, file = "", at = 0) => ({ name, file, line: at });
const head = (change: Partial<PprofHead> = {}): PprofHead => ({
  ...{ wall: false, timeNanos: 1_700_000_000_123_456_789n, partGapNs: 0, ...times(10e9, 100) },
  ...{ markInferred: false, mostBytes: 1e6, mostSamples: 1e6, ...change },
});

function rowsOf(names: NameColumns, rows: readonly Row[]): PprofRows {
  const none = () => new Float64Array(rows.length);
  return {
    ...joined(rows.map(({ stack = [] }) => stack)),
    labelSet: Uint32Array.from(rows, ({ labels = [] }) => names.labelSet(labels)),
    span: BigUint64Array.from(rows, ({ span = 0n }) => span),
    wait: new Int32Array(rows.length).fill(ON_CPU),
    waitedIn: new Uint32Array(rows.length),
    weightNs: Float64Array.from(rows, ({ ns = 0 }) => ns),
    ...{ samples: none(), reachedRoot: none(), inferred: none() },
  };
}

function read(names: NameColumns, rows: readonly Row[], change: Partial<PprofHead> = {}) {
  const columns = rowsOf(names, rows);
  const [part] = encode(head(change), columns, names.columns(byNothing));
  if (part === undefined) throw new Error("no profile");
  const profile = Profile.decode(part.bytes);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "?";
  return { profile, text };
}

describe("the head of a profile", () => {
  it("says what is counted, when, for how long and how often", () => {
    const { profile, text } = read(new NameColumns(), [{}], { wall: true, ...times(10e9, 250) });
    expect(profile.stringTable.strings.slice(0, 3)).toEqual(["", "wall", "nanoseconds"]);
    expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([["wall", "nanoseconds"]]);
    expect([text(profile.periodType?.type ?? 0), Number(profile.period)]).toEqual(["wall", 4_000_000]);
    expect([BigInt(profile.timeNanos), Number(profile.durationNanos)]).toEqual([1_700_000_000_123_456_789n, 10e9]);
  });

  it("has no negative duration, and a period where nobody sampled", () => {
    const { profile } = read(new NameColumns(), [{}], times(-5, 0));
    expect([Number(profile.durationNanos), Number(profile.period)]).toEqual([0, 1e9]);
  });
});

describe("a sample", () => {
  it("has its locations, leaf first, its time, its label set and its own labels", () => {
    const names = new NameColumns();
    const [leaf = 0, root = 0] = [1, 2].map((at) => names.location(2, at, { lines: [line(`f${at}`)], module: lib }));
    const labels: Label[] = [
      ["element", "enc"],
      ["thread", "enc"],
    ];
    const rows = [{ stack: [leaf, root, leaf], ns: 2 ** 40, labels, span: 0xabn }, {}];
    const { profile, text } = read(names, rows);
    const [first, second] = profile.sample;
    expect([first?.locationId.map(Number), first?.value.map(Number)]).toEqual([[1, 2, 1], [2 ** 40]]);
    expect(first?.label.map(({ key, str }) => [text(key), text(str)])).toEqual([
      ...labels,
      ["span_id", "00000000000000ab"],
    ]);
    expect([second?.locationId, second?.value.map(Number), second?.label]).toEqual([[], [0], []]);
  });

  it("keeps its profile when a target claims more time than a number of a profile holds", () => {
    const names = new NameColumns();
    const stack = [names.location(2, 64, { lines: [line("f")], module: { ...lib, size: 2 ** 64 } })];
    const { profile } = read(names, [{ stack, ns: 2 ** 60 }, { ns: 2 ** 64 }, { stack, ns: 7 }]);
    expect(profile.sample.map(({ value }) => BigInt(value[0] ?? 0))).toEqual([2n ** 60n, 2n ** 63n - 1n, 7n]);
  });
});

describe("a location", () => {
  it("has all functions that were inlined at it, the innermost first, with their lines", () => {
    const names = new NameColumns();
    const at = names.location(2, 0x40, { lines: [line("inner", "a.c", 7), line("outer", "a.c")], module: lib });
    const { profile, text } = read(names, [{ stack: [at] }]);
    const [location] = profile.location;
    const functions = new Map(profile.function.map((one) => [Number(one.id), one]));
    const said = location?.line.map(({ functionId, line: number }) => {
      const found = functions.get(Number(functionId));
      return [text(found?.name ?? 0), text(found?.filename ?? 0), Number(number)];
    });
    expect([Number(location?.id), Number(location?.address)]).toEqual([1, 0x40]);
    expect(said).toEqual([
      ["inner", "a.c", 7],
      ["outer", "a.c", 0],
    ]);
  });

  it("shares functions of one name and file; of another file they are others", () => {
    const names = new NameColumns();
    const stack = ["a.c", "b.c", "a.c", "", ""].map((file, at) =>
      names.location(2, at, { lines: [line("main", file)], module: lib }),
    );
    const { profile, text } = read(names, [{ stack }]);
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
    const names = new NameColumns();
    const stack = ["(no stack)", "(cut)", "(no stack)"].map((name) => names.synthetic(name));
    expect(stack).toEqual([1, 2, 1]);
    const { profile, text } = read(names, [{ stack }]);
    expect(profile.mapping.map(({ filename, buildId }) => [text(filename), text(buildId)])).toEqual([
      ["[unknown]", ""],
    ]);
  });

  it("that no row needs is not there, nor what it needs itself", () => {
    const names = new NameColumns();
    const [, used = 0] = ["a", "b"].map((name, i) => names.location(i, 1, { lines: [line(name)], module: lib }));
    const { profile, text } = read(names, [{ stack: [used] }]);
    expect([profile.location.length, profile.mapping.length]).toEqual([1, 1]);
    expect(profile.function.map(({ name }) => text(name))).toEqual(["b"]);
    expect(profile.stringTable.strings).not.toContain("a");
  });
});

describe("a mapping", () => {
  const mappings = (names: NameColumns, stack: number[]) => {
    const { profile, text } = read(names, [{ stack }]);
    return profile.mapping.map((one) => [
      text(one.filename),
      text(one.buildId),
      Number(one.memoryLimit),
      one.hasFunctions,
    ]);
  };

  it("is one for each module, as long as it or what lies in it, with its build-id", () => {
    const names = new NameColumns();
    const stack = [
      names.location(2, 0x10, { lines: [line("a")], module: lib }),
      names.location(2, 0x1fff, { lines: [line("b")], module: lib }),
      names.location(3, 0x10, { lines: [line("c")], module: { ...lib, path: "/usr/lib/libb.so", buildId: "" } }),
    ];
    expect(mappings(names, stack)).toEqual([
      ["/usr/lib/liba.so", "abcd", 0x2000, true],
      ["/usr/lib/libb.so", "", 0x1000, true],
    ]);
  });

  it("has a second one for frames that a server shall name: only that has no functions", () => {
    const names = new NameColumns();
    const stack = [
      names.location(2, 0x10, { lines: [line("a")], module: lib }),
      names.location(2, 0x20, { lines: [], module: lib }),
    ];
    expect(mappings(names, stack)).toEqual([
      ["/usr/lib/liba.so", "abcd", 0x1000, true],
      ["/usr/lib/liba.so", "abcd", 0x1000, false],
    ]);
  });

  it("is never shared by two modules, named or not", () => {
    const names = new NameColumns();
    const path = (module: number) => `/usr/lib/${module}.so`;
    const all = Array.from({ length: 20 }, (_, i) => [1 + (i >> 1), i % 2 === 0] as const);
    const stack = all.map(([module, named]) =>
      names.location(module, 1, { lines: named ? [line("a")] : [], module: { ...lib, path: path(module) } }),
    );
    const found = mappings(names, stack).map(([file, , , named]) => [file, named]);
    expect(found).toEqual(all.map(([module, named]) => [path(module), named]));
  });

  it("of a module that nobody knows any more is that of no module", () => {
    const names = new NameColumns();
    const stack = [7, 8].map((module, i) =>
      names.location(module, 0x10 * (i + 1), { lines: [line("a")], module: undefined }),
    );
    expect(mappings(names, stack)).toEqual([["[unknown]", "", 0x21, true]]);
  });

  it("has a path of bounded length that is valid UTF-8", () => {
    const names = new NameColumns();
    const path = `/\ud800${"é".repeat(9000)}`;
    const at = names.location(2, 1, { lines: [line("a", path)], module: { ...lib, path } });
    for (const text of read(names, [{ stack: [at] }]).profile.stringTable.strings) {
      expect(text.length).toBeLessThanOrEqual(4096);
      expect(Buffer.from(text).toString()).toBe(text);
    }
  });
});

it("each text is there once, and all are found by their numbers", () => {
  const names = new NameColumns();
  const rows = Array.from({ length: 300 }, (_, i) => ({
    stack: [names.location(2, i, { lines: [line(`f${i % 100}`, `f${i % 7}`)], module: lib })],
    labels: [[`f${i % 50}`, i % 3 === 0 ? "cpu" : "span_id"]] as Label[],
    span: BigInt(i % 5),
  }));
  const { profile } = read(names, rows);
  const { strings } = profile.stringTable;
  expect(strings).toEqual([...new Set(strings)]);
  for (const { name, filename } of profile.function)
    for (const number of [name, filename]) expect(Number(number)).toBeLessThan(strings.length);
});

it("refuses columns that are missing, of another type or length, or point at nothing", () => {
  const names = new NameColumns();
  const stack = [names.location(2, 1, { lines: [line("a")], module: lib })];
  const rows = rowsOf(names, [{ stack, labels: [["a", "b"]] }]);
  const columns = names.columns(byNothing);
  expect(encode(head(), rows, columns)).toHaveLength(1);
  const broken = [
    [{ ...head(), timeNanos: 5 }, rows, columns],
    [{ ...head(), durationNs: -1 }, rows, columns],
    [head(), { ...rows, span: undefined }, columns],
    [head(), { ...rows, wait: new Uint32Array(1) }, columns],
    [head(), { ...rows, samples: new Float64Array(2) }, columns],
    [head(), { ...rows, weightNs: Float64Array.of(Number.NaN) }, columns],
    [head(), { ...rows, locations: Uint32Array.of(2) }, columns],
    [head(), { ...rows, locations: Uint32Array.of(0) }, columns],
    [head(), { ...rows, labelSet: Uint32Array.of(1) }, columns],
    [head(), rows, { ...columns, texts: [] }],
    [head(), rows, { ...columns, texts: [1, 2] }],
    [head(), rows, { ...columns, functionName: Uint32Array.of(99) }],
    [head(), rows, { ...columns, locationNamedBy: Uint8Array.of(4) }],
    [head(), rows, undefined],
    [null, rows, columns],
  ];
  for (const [one, two, three] of broken)
    expect(() => encode(one as never, two as never, three as never)).toThrow(TypeError);
});
