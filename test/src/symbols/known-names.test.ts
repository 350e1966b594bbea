// Does what one target has asked serve the next one, as long as it is the same file, and does it stay within its bound?
import { describe, expect, it } from "vitest";
import type { SymbolAnswer, SymbolQuery } from "../../../src/model/symbol.js";
import type { ModuleInfo } from "../../../src/model/topology.js";
import { KnownNames } from "../../../src/symbols/known-names.js";
import { Symbols } from "../../../src/symbols/symbols.js";

const library: ModuleInfo = { id: 1, path: "/usr/lib/libx.so", buildId: "aa11", kind: "file", size: 4096 };
const frames = (...offsets: number[]) => offsets.map((offset) => ({ module: 1, offset }));

/** Calls each address after itself, and says that it was asked. */
function targetOf(names: KnownNames, change: Partial<{ rootId: string; module: ModuleInfo; problem: string }> = {}) {
  const { rootId = "root", module = library, problem = "" } = change;
  const asked: number[] = [];
  const symbolize = async ({ offsets }: SymbolQuery): Promise<SymbolAnswer> => {
    asked.push(...offsets);
    return {
      names: Array.from(offsets, (offset) => (offset < 1000 ? `f${offset}` : "")),
      starts: offsets,
      inFunction: new Uint8Array(offsets.length),
      lineCounts: new Uint8Array(offsets.length),
      lines: new Uint32Array(),
      texts: [],
      problem,
      source: ".symtab",
      hasLines: true,
    };
  };
  const symbols = new Symbols({ symbolize, module: () => module, root: "", shared: { names, rootId } });
  return { symbols, asked };
}

describe("a second target", () => {
  it("asks only for what the first has not asked, and has the same names and an account of its own", async () => {
    const names = new KnownNames();
    const [first, second] = [targetOf(names), targetOf(names)];
    await first.symbols.resolve(frames(1, 2, 2000));
    await second.symbols.resolve(frames(2, 3, 2000));
    expect([first.asked, second.asked]).toEqual([[1, 2, 2000], [3]]);
    for (const offset of [2, 3]) expect(second.symbols.name(1, offset)).toEqual({ name: `f${offset}`, named: true });
    expect(second.symbols.name(1, 2000)).toEqual(first.symbols.name(1, 2000));
    expect(second.symbols.modules()).toEqual([
      expect.objectContaining({ frames: 3, unnamed: 1, problem: "", source: ".symtab", lines: true }),
    ]);
    expect(first.symbols.modules()[0]).toMatchObject({ frames: 3, unnamed: 1 });
  });

  it.each([
    ["in another root", { rootId: "another root" }],
    ["with another build of the file", { module: { ...library, buildId: "bb22" } }],
    ["with the same file at another path, which names without symbols show", { module: { ...library, path: "/b/x" } }],
  ])("%s asks for itself", async (_, change) => {
    const names = new KnownNames();
    const [first, second] = [targetOf(names), targetOf(names, change)];
    await first.symbols.resolve(frames(1, 2));
    await second.symbols.resolve(frames(1, 2));
    expect(second.asked).toEqual([1, 2]);
  });

  it("asks for itself where nothing tells two files at one path apart, and where the first saw none", async () => {
    for (const change of [{ module: { ...library, buildId: "" } }, { problem: "no such file" }]) {
      const names = new KnownNames();
      const [first, second] = [targetOf(names, change), targetOf(names, change)];
      await first.symbols.resolve(frames(1));
      await second.symbols.resolve(frames(1));
      expect(second.asked).toEqual([1]);
    }
  });
});

it("files that nobody asked for lately are forgotten when there are too many addresses", () => {
  const names = new KnownNames(5);
  const said = { source: "", hasLines: false };
  const some = (n: number) => Array.from({ length: n }, (_, offset) => ({ name: `f${offset}`, named: true }));
  const add = (file: string, n: number) =>
    names.add(
      file,
      said,
      some(n).map((_, i) => i),
      some(n),
    );
  add("a", 2);
  add("b", 2);
  names.of("a");
  add("c", 2);
  expect([names.of("b"), names.of("a")?.frames.size, names.of("c")?.frames.size]).toEqual([undefined, 2, 2]);
  add("large", 6);
  expect(["a", "c", "large"].map((file) => names.of(file))).toEqual([undefined, undefined, undefined]);
});
