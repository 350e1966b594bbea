// Is every fact written once? The tables exist, what is made from them is up to date, and both halves say the same.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { captureErrors } from "../../src/capture/errors.js";
import { camel } from "../../src/config/config.js";
import { optionTable } from "../../src/config/options.js";
import { errorTable } from "../../src/errors.js";
import { gridBoundsSeconds } from "../../src/model/histogram.js";
import { filesBelow, linesOf, root, textOf } from "../helpers/tree.js";

const addon = `${root}build/Release/pyroscope.node`;
/** Parts that come with later folders are looked at once those are there. */
const agentIsHere = existsSync(`${root}src/input`) && existsSync(`${root}native/tracer/options.inc`);

describe("the five tables", () => {
  test.each([
    "src/config/options.ts",
    ...(agentIsHere ? ["src/errors.ts", "src/metrics/catalog.ts"] : []),
    "native/wire/records.h",
    "native/wire/counters.h",
  ])("%s says that it is one", (path) => {
    expect(textOf(path).split("\n").slice(0, 3).join(" ")).toContain("TABLE");
  });

  test("what is generated from them is up to date", () => {
    expect(execFileSync(process.execPath, ["scripts/generate.mjs", "--check"], { cwd: root, encoding: "utf8" })).toBe(
      "",
    );
  });

  test.skipIf(!agentIsHere)("somebody acts on every option", () => {
    const read = (folder: string) =>
      filesBelow(folder)
        .filter((path) => /\.(ts|cc|h)$/.test(path))
        .map(textOf)
        .join("\n")
        // The settings of one signal are read by one line for both.
        .replaceAll(/`\$\{signal\}([A-Z]\w*)`/g, "traces$1 metrics$1");
    const [source, native] = [read("src").replaceAll(textOf("src/config/options.ts"), ""), read("native")];
    const idle = optionTable.filter(({ name, readBy }) => {
      const identifier = `k${camel(`-${name}`)}`;
      return !new RegExp(readBy === "tracer" ? `\\b${identifier}\\b` : `\\b${camel(name)}\\b`).test(
        readBy === "tracer" ? native : source,
      );
    });
    expect(idle.map(({ name }) => name)).toEqual([]);
  });
});

test("every error code that is thrown has a row, and every row is thrown", () => {
  const tables = ["src/errors.ts", "src/capture/errors.ts"];
  const sources = ["src", "native"].flatMap((folder) => filesBelow(folder)).filter((path) => /\.(ts|cc|h)$/.test(path));
  const codes = (paths: string[]) =>
    new Set(paths.flatMap((path) => [...textOf(path).matchAll(/"(ERR_[A-Z_]*[A-Z])"/g)].map(([, code]) => code)));
  const rows = new Set([...Object.keys(errorTable), ...Object.keys(captureErrors)]);
  const thrown = codes(sources.filter((path) => !tables.includes(path)));
  expect([...thrown].filter((code) => !rows.has(code ?? ""))).toEqual([]);
  expect([...rows].filter((code) => !thrown.has(code))).toEqual([]);
});

describe("the addon", () => {
  test.skipIf(!existsSync(addon))("exports what native.ts says, and nothing else", () => {
    const exported = createRequire(import.meta.url)(addon) as { constants: object };
    expect(Object.keys(exported).sort()).toEqual(members("NativeAddon"));
    expect(Object.keys(exported.constants).sort()).toEqual(members("NativeConstants"));
  });

  test.skipIf(!existsSync(addon))("has the same histogram grid as the model", () => {
    const { constants } = createRequire(import.meta.url)(addon) as { constants: { gridBoundsNs: number[] } };
    expect(constants.gridBoundsNs).toHaveLength(gridBoundsSeconds.length);
    constants.gridBoundsNs.forEach((ns, i) => {
      expect(Math.abs(ns - (gridBoundsSeconds[i] ?? 0) * 1e9)).toBeLessThanOrEqual(1);
    });
  });
});

/** Names of the members of an interface in native.ts. */
function members(name: string): string[] {
  const body = new RegExp(`interface ${name} \\{\\n(.*?)\\n\\}`, "s").exec(textOf("src/native.ts"))?.[1] ?? "";
  return [...body.matchAll(/^ {2}(\w+)[(:]/gm)].map(([, member]) => member ?? "").sort();
}

describe("documents", () => {
  const documents = filesBelow().filter((path) => path.endsWith(".md"));

  test("README has at most 120 lines", () => {
    expect(textOf("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(120);
  });

  test("every npm script that a document names exists, every file of a script too, and there are at most sixteen", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const named = documents.flatMap((path) =>
      [...textOf(path).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? ""),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = Object.values(scripts).map((script) => script.split(" ")[1] ?? "");
    expect(files.filter((file) => !file.startsWith("dist/") && !existsSync(root + file))).toEqual([]);
    expect(Object.keys(scripts).length).toBeLessThanOrEqual(16);
  });

  test("links inside the tree lead somewhere", () => {
    const broken = documents.flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => new URL(target ?? "", `file://${root}${path}`).pathname)
        .filter((target) => !existsSync(target))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

test("the tracer knows of a session service by name alone: no code that runs for a buffer can depend on it", () => {
  const code = filesBelow("native").filter((path) => /\.(cc|h|inc)$/.test(path));
  const lines = linesOf(code).filter(({ text }) => /windows[-_]?(url|token|project)/i.test(text));
  expect(code.length).toBeGreaterThan(100);
  expect(lines.map(({ path, text }) => [path, /^\s*X\((\w+),/.exec(text)?.[1]])).toEqual([
    ["native/tracer/options.inc", "kWindowsUrl"],
  ]);
});
