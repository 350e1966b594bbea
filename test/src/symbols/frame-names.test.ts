// Is each address called by the best that is known of it, and by its own lines?
import { describe, expect, it } from "vitest";
import type { SymbolAnswer } from "../../../src/model/symbol.js";
import type { ModuleInfo } from "../../../src/model/topology.js";
import { bare, frameNames } from "../../../src/symbols/frame-names.js";

const module: ModuleInfo = { id: 2, path: "/usr/lib/libx264.so.164", buildId: "ab", kind: "file", size: 0x9000 };
const answer = (change: Partial<SymbolAnswer>): SymbolAnswer => ({
  ...{ names: [], starts: new Float64Array(), inFunction: new Uint8Array(), lineCounts: new Uint8Array() },
  ...{ lines: new Uint32Array(), texts: [], problem: "", source: "", hasLines: false },
  ...change,
});
const named = (offsets: number[], change: Partial<SymbolAnswer>) =>
  frameNames(module, Float64Array.from(offsets), answer(change));

describe("an address", () => {
  it("has the name of its symbol", () => {
    const [frame] = named([0x10], { names: ["x264_encode"], starts: Float64Array.of(0), inFunction: Uint8Array.of(1) });
    expect(frame).toEqual({ name: "x264_encode", named: true });
  });

  it("without one is called by the start of its function, or of its code, which is no name", () => {
    const frames = named([0x5b2a7, 0x7c3], {
      ...{ names: ["", ""], starts: Float64Array.of(0x5b2a0, 0x700), inFunction: Uint8Array.of(1, 0) },
    });
    expect(frames).toEqual([
      { name: "libx264.so.164+fn@0x5b2a0", named: false, start: 0x5b2a0 },
      { name: "libx264.so.164+code@0x700", named: false },
    ]);
  });

  it("where there is no code, or no answer, is called by itself", () => {
    const alone = { name: "libx264.so.164+0xdead", named: false };
    expect(named([0xdead], { names: [""], starts: Float64Array.of(-1) })).toEqual([alone]);
    expect(frameNames(module, Float64Array.of(0xdead), null)).toEqual([alone]);
    expect(named([0xdead], {})).toEqual([alone]);
  });

  it("at the start of a file, in a function that begins there, is in it", () => {
    expect(named([0], { names: [""], starts: Float64Array.of(0), inFunction: Uint8Array.of(1) })[0]?.name).toBe(
      "libx264.so.164+fn@0x0",
    );
  });
});

describe("lines", () => {
  it("are those of each address, in turn, the innermost inlined function first", () => {
    const texts = ["outer", "inner", "a.c"];
    const frames = named([1, 2, 3], {
      ...{
        names: ["outer", "bare", "outer"],
        starts: Float64Array.of(0, 0, 0),
        texts,
        lineCounts: Uint8Array.of(2, 0, 1),
      },
      lines: Uint32Array.of(1, 2, 7, 0, 2, 9, 0, 2, 11),
    });
    expect(frames.map(({ lines }) => lines)).toEqual([
      [
        { name: "inner", file: "a.c", line: 7 },
        { name: "outer", file: "a.c", line: 9 },
      ],
      undefined,
      [{ name: "outer", file: "a.c", line: 11 }],
    ]);
  });

  it("that an answer promises and does not have are empty", () => {
    const [frame] = named([1], { names: ["f"], lineCounts: Uint8Array.of(1), lines: Uint32Array.of(9, 9) });
    expect(frame?.lines).toEqual([{ name: "", file: "", line: 0 }]);
  });
});

describe("a module", () => {
  it.each([
    ["/usr/lib/a.so", "a.so+0x1f"],
    ["/tmp/a.so (deleted)", "a.so+0x1f"],
    ["a.so", "a.so+0x1f"],
    ["", "[unknown]+0x1f"],
    ["/usr/lib/", "[unknown]+0x1f"],
  ])("at %j is called by its file", (path, name) => {
    expect(bare({ ...module, path }, 0x1f)).toEqual({ name, named: false });
  });
});
