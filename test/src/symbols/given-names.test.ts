// Are functions without a symbol called what their target says of them, at the moment of the question, and no other target's too?
import { describe, expect, it } from "vitest";
import { FunctionNames } from "../../../src/model/function-names.js";
import type { SymbolAnswer, SymbolQuery } from "../../../src/model/symbol.js";
import type { ModuleInfo } from "../../../src/model/topology.js";
import { KnownNames } from "../../../src/symbols/known-names.js";
import { type SymbolLimits, Symbols } from "../../../src/symbols/symbols.js";

const module: ModuleInfo = { id: 2, path: "/usr/lib/libgstx264.so", buildId: "aa11", kind: "file", size: 0x10000 };
/** In functions of 0x100 bytes, of which the one at 0x100 has a symbol, the one at 0x200 lines; what lies behind 0x1000 is code. */
const symbolize = async ({ offsets }: SymbolQuery): Promise<SymbolAnswer> => ({
  names: Array.from(offsets, (offset) => (start(offset) === 0x100 ? "x264_encode" : "")),
  starts: Float64Array.from(offsets, start),
  inFunction: Uint8Array.from(offsets, (offset) => (offset < 0x1000 ? 1 : 0)),
  lineCounts: Uint8Array.from(offsets, (offset) => (start(offset) === 0x200 ? 1 : 0)),
  lines: Uint32Array.from([...offsets].filter((offset) => start(offset) === 0x200).flatMap(() => [0, 1, 7])),
  ...{ texts: ["inlined", "a.c"], problem: "", source: ".dynsym", hasLines: false },
});
const start = (offset: number): number => offset - (offset % 0x100);
const raw = (offset: number) => `libgstx264.so+fn@0x${start(offset).toString(16)}`;

function targetOf(shared?: KnownNames, limits?: SymbolLimits) {
  const functions = new FunctionNames();
  const symbols = new Symbols({
    ...{ symbolize, module: (id) => (id === 2 ? module : undefined), root: "", functions },
    ...(shared !== undefined && { shared: { names: shared, rootId: "root" } }),
    ...(limits !== undefined && { limits }),
  });
  const resolve = (...offsets: number[]) => symbols.resolve(offsets.map((offset) => ({ module: 2, offset })));
  return { functions, symbols, resolve };
}

describe("a frame in a function without a symbol", () => {
  it("is called after the function's type or role, and keeps what it is called else", async () => {
    const { functions, symbols, resolve } = targetOf();
    functions.add("2 300 t GstX264Enc::handle_frame\n2 400 r [runs a task]\n");
    await resolve(0x3ab, 0x4cd);
    const plain = { named: false, start: 0x300 };
    expect(symbols.name(2, 0x3ab)).toEqual({
      ...{ ...plain, name: "GstX264Enc::handle_frame", origin: "type", raw: raw(0x300) },
    });
    expect(symbols.name(2, 0x4cd)).toMatchObject({ name: "[runs a task]", origin: "role", raw: raw(0x400) });
  });

  it("is called so from the moment on when the target says it, and no longer when it takes that back", async () => {
    const { functions, symbols, resolve } = targetOf();
    await resolve(0x3ab);
    expect(symbols.name(2, 0x3ab)).toEqual({ name: raw(0x300), named: false, start: 0x300 });
    functions.add("2 300 t GstX264Enc::handle_frame\n");
    expect(symbols.name(2, 0x3ab).name).toBe("GstX264Enc::handle_frame");
    functions.add("2 300 t \n");
    expect(symbols.name(2, 0x3ab).name).toBe(raw(0x300));
  });

  it("has no name from a function that begins elsewhere, in another module, or only encloses code", async () => {
    const { functions, symbols, resolve } = targetOf();
    functions.add("2 301 t GstX::a\n3 300 t GstX::b\n2 1000 t GstX::c\n2 3ab t GstX::d\n");
    await resolve(0x3ab, 0x10ab);
    expect(symbols.name(2, 0x3ab).name).toBe(raw(0x300));
    expect(symbols.name(2, 0x10ab).name).toBe("libgstx264.so+code@0x1000");
  });

  it("is called by its symbol where it has one, and its lines stay those of debug files", async () => {
    const { functions, symbols, resolve } = targetOf();
    functions.add("2 100 t GstX::a\n2 200 t GstX::b\n");
    await resolve(0x1ab, 0x2ab);
    expect(symbols.name(2, 0x1ab)).toEqual({ name: "x264_encode", named: true });
    expect(symbols.name(2, 0x2ab)).toEqual({
      ...{ name: raw(0x200), named: false, lines: [{ name: "inlined", file: "a.c", line: 7 }] },
    });
  });
});

describe("another target of the same process", () => {
  it("shares what the file says and none of the names that this target gave", async () => {
    const shared = new KnownNames();
    const [first, second] = [targetOf(shared), targetOf(shared)];
    first.functions.add("2 300 t GstX264Enc::handle_frame\n");
    await first.resolve(0x3ab, 0x1ab);
    expect(first.symbols.name(2, 0x3ab).origin).toBe("type");
    await second.resolve(0x3ab, 0x1ab);
    expect(second.symbols.name(2, 0x3ab)).toEqual({ name: raw(0x300), named: false, start: 0x300 });
    second.functions.add("2 300 t GstMine::handle_frame\n");
    expect(second.symbols.name(2, 0x3ab).name).toBe("GstMine::handle_frame");
    expect(first.symbols.name(2, 0x3ab).name).toBe("GstX264Enc::handle_frame");
  });
});

describe("the account of a module", () => {
  const countsOf = ({ symbols }: ReturnType<typeof targetOf>) =>
    symbols.modules().map(({ frames, byType, byRole, unnamed }) => ({ frames, byType, byRole, unnamed }));

  it("has its frames by what names them now: symbols are the rest", async () => {
    const target = targetOf();
    await target.resolve(0x1ab, 0x310, 0x320, 0x410, 0x510);
    expect(countsOf(target)).toEqual([{ frames: 5, byType: 0, byRole: 0, unnamed: 4 }]);
    target.functions.add("2 300 t GstX264Enc::handle_frame\n2 400 r [runs a task]\n2 600 t GstX::never_seen\n");
    expect(countsOf(target)).toEqual([{ frames: 5, byType: 2, byRole: 1, unnamed: 1 }]);
  });

  it("keeps its sums when addresses are forgotten, and one for each target that shares names", async () => {
    const shared = new KnownNames();
    const first = targetOf(shared, { batch: 10, addresses: 1 });
    first.functions.add("2 300 t GstX264Enc::handle_frame\n");
    await first.resolve(0x310, 0x320);
    await first.resolve(0x510);
    expect(first.symbols.size).toBe(1);
    expect(countsOf(first)).toEqual([{ frames: 3, byType: 2, byRole: 0, unnamed: 1 }]);
    const second = targetOf(shared);
    await second.resolve(0x310);
    expect(countsOf(second)).toEqual([{ frames: 1, byType: 0, byRole: 0, unnamed: 1 }]);
  });
});
