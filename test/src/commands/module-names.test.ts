// Does each module's row say what is known of its functions, and do the commands below help with those that lack something?
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ModuleState, type Native, namesText, statesOf } from "../../../src/commands/module-names.js";
import { scratch } from "../../helpers/scratch.js";

/** No package manager, unless a test puts one here. */
const programs = scratch("bin");
mkdirSync(programs, { recursive: true });
beforeEach(() => void vi.stubEnv("PATH", programs));
afterEach(() => void vi.unstubAllEnvs());

const state = (name: string, change: Partial<ModuleState> = {}): ModuleState => ({
  path: `/nowhere/${name}`,
  buildId: "ab",
  source: "",
  lines: false,
  problem: "",
  ...{ frames: null, byType: null, byRole: null, unnamed: null },
  ...change,
});
const rowOf = (lines: string[], name: string) => lines.find((line) => line.startsWith(name))?.split(/ {2,}/) ?? [];
const text = (...states: ModuleState[]) => namesText(states, 200);

describe("a row", () => {
  it.each<[string, Partial<ModuleState>, string[]]>([
    ["whole.so", { source: ".symtab", lines: true }, ["its own symbols, lines", "-", "-"]],
    ["symbols.so", { source: ".symtab" }, ["its own symbols", "lines", "2 or 3"]],
    ["fetched.so", { source: "debuginfod", lines: true }, ["a file from debuginfod, lines", "-", "-"]],
    ["exported.so", { source: ".dynsym", lines: true }, ["exported names", "names, lines", "2 or 3"]],
    ["stripped.so", {}, ["function starts", "names, lines", "2 or 3"]],
    ["no-id.so", { buildId: "" }, ["function starts", "names, lines", "2"]],
    ["gone.so", { problem: "cannot open" }, ["nothing", "its file: cannot open", "2 or 3"]],
    ["libgstbase-1.0.so.0", {}, ["function starts", "names, lines", "2 or 3 or 4"]],
    ["odd.so", { source: "kept elsewhere", lines: true }, ["kept elsewhere, lines", "-", "-"]],
  ])("of %s says what is known, what is missing, and what would help", (name, change, cells) => {
    expect(rowOf(text(state(name, change)), name)).toEqual([name, ...cells]);
  });

  it("has frames and those without a name where something was sampled, and hyphens where it was not", () => {
    const lines = text(state("a.so", { frames: 12, byType: 4, byRole: 2, unnamed: 3 }), state("b.so"));
    const titles = ["MODULE", "FRAMES", "SYMBOLS", "TYPES", "ROLES", "UNNAMED"];
    expect(rowOf(lines, "MODULE").slice(0, 6)).toEqual(titles);
    expect(rowOf(lines, "a.so").slice(1, 6)).toEqual(["12", "3", "4", "2", "3"]);
    expect(rowOf(lines, "b.so").slice(1, 6)).toEqual(["-", "-", "-", "-", "-"]);
    expect(text(state("b.so")).join("\n")).not.toContain("FRAMES");
  });
});

it("modules that lack most come first: unnamed frames, then what would help, then by name", () => {
  const lines = text(
    state("done.so", { source: ".symtab", lines: true, frames: 9, unnamed: 0 }),
    state("z.so", { frames: 9, unnamed: 1 }),
    state("y.so", { frames: 9, unnamed: 1 }),
    state("most.so", { frames: 9, unnamed: 8 }),
    state("libgstx.so", { frames: 9, unnamed: 1 }),
  );
  expect(lines.slice(1, 6).map((line) => line.split(" ")[0])).toEqual([
    "most.so",
    "libgstx.so",
    "y.so",
    "z.so",
    "done.so",
  ]);
});

describe("the commands", () => {
  it("are none where nothing is missing", () => {
    const lines = text(state("a.so", { source: ".symtab", lines: true }));
    expect(lines.slice(-2)).toEqual(["", "1 of 1 module have names and lines."]);
  });

  it("are those of the levels that would add something, and say for how many modules", () => {
    const lines = text(state("a.so"), state("no-id.so", { buildId: "" }), state("libgstx.so"));
    const said = lines.join("\n");
    expect(said).toContain("0 of 3 modules have names and lines.");
    expect(said).toContain("Level 3, a debuginfod server, for 2 modules");
    expect(said).toContain("Level 4, GStreamer built with names, for 1 module");
    expect(text(state("a.so")).join("\n")).not.toContain("Level 4");
    expect(text(state("no-id.so", { buildId: "" })).join("\n")).not.toContain("Level 3");
  });

  it("install the packages that the files are of, each once, by the package manager that knows them", () => {
    expect(text(state("a.so"))).toContain(
      "  (no package manager here knows these files; see gstreamer/README.md, “Names: four levels”)",
    );
    writeFileSync(join(programs, "rpm"), "#!/bin/sh\necho zlib; echo 'file /x is not owned'; echo glibc; echo zlib\n", {
      mode: 0o755,
    });
    expect(text(state("a.so"))).toContain("  dnf debuginfo-install glibc zlib");
    const answer = "libc6:amd64: /x; libglib2.0-0, libother: /y; zlib1g: /z; libc6:amd64: /w; nonsense";
    writeFileSync(join(programs, "dpkg-query"), `#!/bin/sh\necho '${answer.replaceAll("; ", "\n")}'\n`, {
      mode: 0o755,
    });
    expect(text(state("a.so"))).toContain("  apt-get install libc6-dbg zlib1g-dbgsym");
  });

  it("are not broken over lines, however narrow the terminal is: they are copied", () => {
    const lines = namesText([state("libgstx.so")], 30);
    const command =
      "  gst-pyroscope run --debuginfod -- COMMAND   # of a capture: gst-pyroscope symbolize DIR --debuginfod";
    expect(lines).toContain(command);
    expect(lines.filter((line) => !line.startsWith("  ")).every((line) => line.length <= 30)).toBe(true);
  });
});

it("a debug file that was fetched before is read, of a module that has a build-id", async () => {
  const cache = scratch("cache");
  mkdirSync(join(cache, "ab"), { recursive: true });
  const file = join(cache, "ab", "debuginfo");
  writeFileSync(file, "");
  const asked: unknown[] = [];
  const native = {
    inspect: async () => [{ buildId: "ab" }, { buildId: "cd" }, undefined],
    symbolize: async (query: { path: string; debugFile?: string }) => {
      asked.push([query.path, query.debugFile]);
      return { source: ".symtab", hasLines: true, problem: "" };
    },
  } as unknown as Native;
  const states = await statesOf(["/a", "/b", "/c"], "", native, cache);
  expect(asked).toEqual([
    ["/a", file],
    ["/b", undefined],
    ["/c", undefined],
  ]);
  expect(states.map(({ path, buildId, frames }) => [path, buildId, frames])).toEqual([
    ["/a", "ab", null],
    ["/b", "cd", null],
    ["/c", "", null],
  ]);
});
