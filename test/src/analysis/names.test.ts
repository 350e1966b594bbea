// Which modules are said to lack names, and does each get its own reason?
import { describe, expect, it } from "vitest";
import { namelessModules, nameShares, namesAdvice, readable } from "../../../src/analysis/names.js";
import type { ModuleNames } from "../../../src/model/recording.js";

const module = (path: string, unnamed: number, change: Partial<ModuleNames> = {}): ModuleNames => ({
  ...{
    path,
    buildId: "ab",
    frames: 100,
    byType: 50,
    byRole: 40,
    unnamed,
    problem: "",
    source: "",
    lines: false,
    debuginfod: "",
  },
  ...change,
});

describe("modules without names", () => {
  it("are the five with most nameless frames, each with its share of all of them", () => {
    const found = namelessModules([1, 2, 3, 4, 5, 6, 0].map((n) => module(`/usr/lib/lib${n}.so`, n)));
    expect(found.map(({ module: name, unnamed }) => [name, unnamed])).toEqual([
      ...[
        ["lib6.so", 6],
        ["lib5.so", 5],
        ["lib4.so", 4],
        ["lib3.so", 3],
        ["lib2.so", 2],
      ],
    ]);
    // Of 21, the one that is not shown among them.
    expect(found.map(({ share }) => share)).toEqual([6, 5, 4, 3, 2].map((n) => n / 21));
  });

  it.each([
    ["/usr/lib/a.so", {}, "stripped; its debug symbols would name them"],
    [
      "/usr/lib/a.so",
      { debuginfod: "not found" },
      "stripped; its debug symbols would name them, debuginfod: not found",
    ],
    ["/usr/lib/a.so", { problem: "no such file" }, "no such file"],
    ["/usr/lib/a.so", { problem: "no such file", debuginfod: "too slow" }, "no such file; debuginfod: too slow"],
    ["[orc jit]", {}, "generated code has no file"],
    ["", {}, "generated code has no file"],
  ])("of %j with %j: %s", (path, change, why) => {
    expect(namelessModules([module(path, 1, change)])[0]?.why).toBe(why);
  });
});

describe("advice", () => {
  it("is a line for each of them", () => {
    expect(namesAdvice([module("/usr/lib/a.so", 3), module("/opt/b.so", 1)])).toEqual([
      "Frames without a function's name:",
      "  a.so: 3 frames, 75 % of them (stripped; its debug symbols would name them)",
      "  b.so: 1 frame, 25 % of them (stripped; its debug symbols would name them)",
    ]);
  });

  it("is not given where every frame has its name", () => {
    expect([namesAdvice([]), namesAdvice([module("/usr/lib/a.so", 0)])]).toEqual([[], []]);
  });
});

describe("frames with a name", () => {
  const frames = { frames: 1000, framesNamed: 220, framesByType: 170, framesByRole: 320 };

  it("are those with a symbol, a type's name or a role's, each with its share", () => {
    expect(readable(frames)).toBe(710);
    expect(nameShares(frames)).toBe("22 % symbols, 17 % types, 32 % roles");
    expect(nameShares({ ...frames, framesByRole: 0 })).toBe("22 % symbols, 17 % types, 0 % roles");
  });

  it("are not told apart where all have symbols, as in older captures, and none where there are no frames", () => {
    expect(nameShares({ ...frames, framesByType: 0, framesByRole: 0 })).toBe("");
    const none = { frames: 0, framesNamed: 0, framesByType: 0, framesByRole: 0 };
    expect([readable(none), nameShares(none)]).toEqual([0, ""]);
  });
});
