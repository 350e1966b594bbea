// Is every frame named as well as it can be, asked for once, and counted?
// SPDX-License-Identifier: MPL-2.0

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SymbolQuery } from "../../../src/model/symbol.js";
import type { ModuleInfo } from "../../../src/model/topology.js";
import { loadNative } from "../../../src/native.js";
import { Symbols } from "../../../src/symbols/symbols.js";

const native = loadNative();
const source = `
static __attribute__((noinline, used)) int hidden(int x) { volatile int s = 0; for (int i = 0; i < x; i++) s += i * x; return s; }
__attribute__((noinline, visibility("default"))) int shown(int x) { return hidden(x) * 3 + 1; }
`;
let dir = "";
const modules = new Map<number, ModuleInfo>();
const at: Record<string, number> = {};

/** Addresses as nm sees them. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "symbols-"));
  const [full, stripped] = [join(dir, "libfull.so"), join(dir, "libstripped.so")];
  writeFileSync(join(dir, "a.c"), source);
  execFileSync("cc", [
    "-O1",
    "-shared",
    "-fPIC",
    "-fasynchronous-unwind-tables",
    "-Wl,--build-id=sha1",
    join(dir, "a.c"),
    "-o",
    full,
  ]);
  execFileSync("strip", ["-s", "-o", stripped, full]);
  for (const line of execFileSync("nm", [full], { encoding: "utf8" }).split("\n")) {
    const [address, , name] = line.split(" ");
    if (name !== undefined) at[name] = Number.parseInt(address ?? "", 16);
  }
  const notes = execFileSync("readelf", ["-n", full], { encoding: "utf8" });
  const buildId = /Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? "";
  const file = { kind: "file", size: 4096 } as const;
  modules.set(2, { id: 2, path: full, buildId, ...file });
  modules.set(3, { id: 3, path: stripped, buildId, ...file });
  modules.set(4, { id: 4, path: `${full}`, buildId: "00ff", ...file });
  modules.set(5, { id: 5, path: "/nowhere/libgone.so (deleted)", buildId: "00", ...file });
  modules.set(6, { id: 6, path: "", buildId: "", kind: "jit", size: 65536 });
  modules.set(7, { id: 7, path: "", buildId: "", kind: "anon", size: 4096 });
  modules.set(8, { id: 8, path: "[vdso]", buildId: "", kind: "vdso", size: 4096 });
});
afterAll(() => rmSync(dir, { recursive: true }));

function symbolsWith(limits = { batch: 2000, addresses: 40_000 }, root = "") {
  const asked: SymbolQuery[] = [];
  const symbolize = (query: SymbolQuery) => {
    asked.push(query);
    return native.symbolize(query);
  };
  return { asked, symbols: new Symbols({ symbolize, module: (id) => modules.get(id), root, limits }) };
}

describe("names", () => {
  it("are symbols where the file has them", async () => {
    const { symbols } = symbolsWith();
    const offsets = [at.shown ?? 0, (at.hidden ?? 0) + 4];
    await symbols.resolve(offsets.map((offset) => ({ module: 2, offset })));
    expect(offsets.map((offset) => symbols.name(2, offset))).toEqual([
      { name: "shown", named: true },
      { name: "hidden", named: true },
    ]);
  });

  it("are module and function start in stripped files, the same for all offsets of a function", async () => {
    const { symbols } = symbolsWith();
    const hidden = at.hidden ?? 0;
    await symbols.resolve([hidden, hidden + 4, hidden + 9].map((offset) => ({ module: 3, offset })));
    for (const offset of [hidden, hidden + 4, hidden + 9])
      expect(symbols.name(3, offset)).toEqual({
        ...{ name: `libstripped.so+fn@0x${hidden.toString(16)}`, named: false, start: hidden },
      });
    expect(symbols.modules()).toMatchObject([{ frames: 3, unnamed: 3, problem: "" }]);
  });

  it("are module and offset where the file is another one, gone, or not asked for yet", async () => {
    const { symbols } = symbolsWith();
    expect(symbols.name(2, 4096)).toEqual({ name: "libfull.so+0x1000", named: false });
    await symbols.resolve([4, 5].map((module) => ({ module, offset: 4096 })));
    expect(symbols.name(4, 4096).name).toBe("libfull.so+0x1000");
    expect(symbols.name(5, 4096).name).toBe("libgone.so+0x1000");
    expect(symbols.modules().map((module) => module.problem)).toEqual([
      "build-id differs",
      "cannot open: No such file or directory",
    ]);
  });

  it("of code without a file say what it is, and no file is touched for them", async () => {
    const { symbols, asked } = symbolsWith();
    await symbols.resolve([6, 7, 8, 0, 99].map((module) => ({ module, offset: 0x1234 })));
    expect([6, 7, 8, 0, 99].map((module) => symbols.name(module, 0x1234).name)).toEqual([
      "[orc jit]",
      "[anon]",
      "[vdso]+0x1234",
      "[unknown]",
      "[unknown]",
    ]);
    expect(asked).toEqual([]);
  });

  it("come from our own files when the target's root cannot be seen", async () => {
    const { symbols, asked } = symbolsWith(undefined, "/proc/self/fd/9999");
    await symbols.resolve([{ module: 2, offset: at.shown ?? 0 }]);
    expect(symbols.name(2, at.shown ?? 0).name).toBe("shown");
    expect(asked.map((query) => query.root)).toEqual(["/proc/self/fd/9999", ""]);
  });

  it("survive a symbolizer that fails", async () => {
    const symbols = new Symbols({
      symbolize: () => Promise.reject(new Error("no")),
      module: (id) => modules.get(id),
      root: "",
    });
    await symbols.resolve([{ module: 2, offset: 1 }]);
    expect(symbols.name(2, 1).name).toBe("libfull.so+0x1");
    expect(symbols.modules()[0]?.problem).toBe("symbolizer failed");
  });
});

describe("questions", () => {
  it("are asked once for each address, in batches by file", async () => {
    const { symbols, asked } = symbolsWith({ batch: 10, addresses: 1000 });
    const frames = Array.from({ length: 25 }, (_, i) => ({ module: 2, offset: (at.hidden ?? 0) + i }));
    await symbols.resolve([...frames, ...frames]);
    expect(asked.map((query) => query.offsets.length)).toEqual([10, 10, 5]);
    await symbols.resolve(frames);
    expect(asked.length).toBe(3);
    expect(symbols.modules()[0]?.frames).toBe(25);
  });

  it("leave no more behind than the limit, and what a window uses stays through it", async () => {
    const { symbols } = symbolsWith({ batch: 2000, addresses: 100 });
    const window = (n: number) => Array.from({ length: 80 }, (_, i) => ({ module: 2, offset: n * 1000 + i }));
    for (let n = 0; n < 20; n++) {
      await symbols.resolve([...window(n), { module: 2, offset: at.shown ?? 0 }]);
      expect(symbols.size).toBeLessThanOrEqual(100);
      expect(symbols.name(2, at.shown ?? 0).named).toBe(true);
    }
  });
});

describe("a debug file that comes later", () => {
  it("is asked for once the module lacks lines, and heals the names of the windows after it has come", async () => {
    const wanted: string[] = [];
    const debugFiles = {
      here: "",
      file: () => debugFiles.here,
      want: (id: string) => wanted.push(id),
      outcome: () => "o",
    };
    const asked: SymbolQuery[] = [];
    const symbolize = (query: SymbolQuery) => {
      asked.push(query);
      return native.symbolize(query);
    };
    const symbols = new Symbols({ symbolize, module: (id) => modules.get(id), root: "", debugFiles });
    const frames = [{ module: 3, offset: (at.hidden ?? 0) + 1 }];
    await symbols.resolve(frames);
    expect(symbols.name(3, frames[0]?.offset ?? 0).named).toBe(false);
    expect(new Set(wanted)).toEqual(new Set([modules.get(3)?.buildId]));
    debugFiles.here = modules.get(4)?.path ?? ""; // the library with symbols
    await symbols.resolve(frames);
    expect(symbols.name(3, frames[0]?.offset ?? 0)).toEqual({ name: "hidden", named: true });
    expect(symbols.modules()).toMatchObject([{ frames: 1, unnamed: 0, source: "debuginfod", debuginfod: "o" }]);
    for (let i = 0; i < 3; i++) await symbols.resolve(frames);
    expect(asked).toHaveLength(2);
  });

  it("is not asked for where there is no build-id", async () => {
    const wanted: string[] = [];
    const debugFiles = { file: () => "", want: (id: string) => wanted.push(id), outcome: () => "" };
    modules.set(11, { id: 11, path: "/nowhere/lib.so", buildId: "", kind: "file", size: 4096 });
    const symbols = new Symbols({ symbolize: native.symbolize, module: (id) => modules.get(id), root: "", debugFiles });
    await symbols.resolve([{ module: 11, offset: 4 }]);
    expect(wanted).toEqual([]);
  });
});
