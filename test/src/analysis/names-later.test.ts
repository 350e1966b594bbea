// Is the command that names frames later told where it may help, and only there?
import { describe, expect, it } from "vitest";
import { framesToSymbolize, symbolizeAdvice } from "../../../src/analysis/names-later.js";
import type { ModuleNames, RecordingFacts } from "../../../src/model/recording.js";

const module = (path: string, unnamed: number, change: Partial<ModuleNames> = {}): ModuleNames => ({
  ...{
    path,
    buildId: "ab",
    frames: 100,
    unnamed,
    byType: 0,
    byRole: 0,
    problem: "",
    source: "",
    lines: false,
    debuginfod: "",
  },
  ...change,
});

describe("the command that names frames later", () => {
  const recorded = (dir: string, ...modules: ModuleNames[]) => ({ dir, facts: { modules } as RecordingFacts });

  it("is told with the number of frames that it may help, ready for a shell", () => {
    expect(symbolizeAdvice(recorded("my capture", module("/usr/lib/a.so", 3), module("/opt/b.so", 1)))).toEqual({
      sentence:
        "Debug files may give 4 more frames a symbol (--from FOLDER or --debuginfod, unless they are installed here):",
      command: "  gst-pyroscope symbolize 'my capture'",
    });
  });

  it("counts frames that are named after a class or a role, too", () => {
    expect(framesToSymbolize([module("/usr/lib/a.so", 3, { byType: 20, byRole: 100 })])).toBe(123);
  });

  it.each<[string, ReturnType<typeof recorded>]>([
    ["every frame has its symbol", recorded("x", module("/usr/lib/a.so", 0))],
    [
      "no file can be told by its build-id",
      recorded("x", module("/usr/lib/a.so", 3, { buildId: "" }), module("[orc jit]", 9)),
    ],
    ["the recording lies nowhere", recorded("", module("/usr/lib/a.so", 3))],
  ])("is not told where %s", (_, recording) => {
    expect(symbolizeAdvice(recording)).toBeNull();
  });
});
