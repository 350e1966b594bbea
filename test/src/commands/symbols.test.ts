// Does `symbols` say of each module what is known, what is missing, and which command would help?
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesText } from "../../../src/commands/module-names.js";
import { symbols } from "../../../src/commands/symbols.js";
import { loadNative } from "../../../src/native.js";
import { cellWidth } from "../../../src/terminal/columns.js";
import { runToEnd, until } from "../../helpers/pipelines.js";
import { sampleCapture, writeSample } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "gst-pyroscope-symbols-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function said(what: string, columns = 120): Promise<{ code: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    error: (line: string) => {
      error += line;
    },
    columns,
    colour: false,
  };
  const code = await symbols(what, { loadNative, cache: join(dir, "cache"), terminal });
  return { code, out, error };
}

const rowOf = (text: string, module: string): string => text.split("\n").find((line) => line.startsWith(module)) ?? "";

describe("symbols", () => {
  it("lists every module of a running process", async () => {
    const child = spawn("sleep", ["20"]);
    try {
      const maps = () => readFileSync(`/proc/${child.pid}/maps`, "utf8");
      await until("sleep itself", () => /\/sleep\n(.|\n)*libc\.so/.test(maps()) || undefined);
      const { code, out } = await said(String(child.pid));
      expect(code).toBe(0);
      for (const module of ["sleep", "libc.so.6", "ld-linux-x86-64.so.2"]) expect(rowOf(out, module)).not.toBe("");
      expect(out).toMatch(/\d+ of \d+ modules have names and lines\./);
    } finally {
      child.kill();
    }
  });

  it("knows a program with symbols and lines, one with symbols alone, and a stripped one", async () => {
    const source = join(dir, "twice.c");
    const compile = async (name: string, ...flags: string[]) => {
      const args = ["-x", "c", "-", "-o", join(dir, name), ...flags];
      const child = spawn("gcc", args, { stdio: ["pipe", "ignore", "inherit"] });
      child.stdin.end("int twice(int x) { return 2 * x; } int main(int n, char **v) { return twice(n); }\n");
      expect(await new Promise((done) => child.once("close", done)), source).toBe(0);
      return join(dir, name);
    };
    const lines = await said(await compile("with-lines", "-g", "-Wl,--build-id"));
    expect(rowOf(lines.out, "with-lines")).toMatch(/its own symbols, lines +- +-$/);
    expect(lines.out).toContain("1 of 1 module have names and lines.");
    const named = await said(await compile("with-names", "-Wl,--build-id"));
    expect(rowOf(named.out, "with-names")).toMatch(/its own symbols +lines +2 or 3$/);
    const stripped = await said(await compile("libgststripped.so", "-s", "-shared", "-fPIC", "-Wl,--build-id"));
    expect(rowOf(stripped.out, "libgststripped.so")).toMatch(/exported names +names, lines +2 or 3 or 4$/);
    expect(stripped.out).toContain("gstreamer/rebuild.sh --prefix");
    expect(stripped.out).toContain("gst-pyroscope run --debuginfod");
    const bare = await said(await compile("no-id", "-s", "-Wl,--build-id=none"));
    expect(rowOf(bare.out, "no-id")).toMatch(/names, lines +2$/);
  });

  it("tells of a capture which modules lack most, in a narrow terminal too", async () => {
    const capture = await writeSample(join(dir, "capture"), sampleCapture("pipeline0", encoders));
    const { code, out } = await said(capture, 60);
    expect(code).toBe(0);
    expect(out).toContain("UNNAMED");
    for (const line of out.split("\n").filter((one) => !one.startsWith("  ")))
      expect(cellWidth(line)).toBeLessThanOrEqual(60);
  });

  it("has for each module of a capture how many frames symbols, types and roles name, wide terminals all of them", () => {
    const path = "/usr/lib/libgstx264.so";
    const state = { path, buildId: "", source: ".symtab", lines: true, problem: "" };
    const counts = { frames: 100, byType: 17, byRole: 32, unnamed: 29 };
    const cells = (width: number) =>
      namesText([{ ...state, ...counts }], width)
        .slice(0, 2)
        .map((line) => line.split(/ {2,}/));
    expect(cells(120)).toEqual([
      ["MODULE", "FRAMES", "SYMBOLS", "TYPES", "ROLES", "UNNAMED", "KNOWN", "MISSING", "LEVEL"],
      ["libgstx264.so", "100", "22", "17", "32", "29", "its own symbols, lines", "-", "-"],
    ]);
    expect(cells(62)[0]).toEqual(["MODULE", "UNNAMED", "KNOWN", "MISSING", "LEVEL"]);
  });

  it("says in one line what is none of them", async () => {
    const process = { code: 2, error: "999999999: there is no such process; pgrep -a gst lists some" };
    expect(await said("999999999")).toMatchObject(process);
    const nothing = join(dir, "nothing");
    const what = "there is no such file or directory; give a process id, the directory of a capture, or a file";
    expect(await said(nothing)).toMatchObject({ code: 2, error: `${nothing}: ${what}` });
    const foreign = { code: 5, error: `${dir}: this is not a capture of gst-pyroscope` };
    expect(await said(dir)).toMatchObject(foreign);
  });

  it("names the packages that the distribution knows", async () => {
    const owner = await runToEnd("dpkg-query", ["-S", "/usr/bin/gst-launch-1.0"]).catch(() => null);
    if (owner?.code !== 0) return;
    const state = { path: "/usr/bin/gst-launch-1.0", buildId: "ab12", source: "", lines: false, problem: "" };
    expect(namesText([{ ...state, frames: null, byType: null, byRole: null, unnamed: null }], 100).join("\n")).toMatch(
      /apt-get install gstreamer1\.0-tools-dbgsym/,
    );
  });
});
