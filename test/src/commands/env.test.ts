// Can a shell take over what `env` prints, once or twice, whatever the values are?
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { exportsFor } from "../../../src/commands/env.js";
import { type OptionRow, optionTable, variableOf } from "../../../src/config/options.js";
import { quote } from "../../../src/model/shell-word.js";

function inShell(lines: string[], environment: Record<string, string>, name: string): string {
  const script = `${lines.join("\n")}\nprintf %s "$${name}"`;
  return execFileSync("sh", ["-c", script], { env: environment, encoding: "utf8" });
}

const path = { PATH: "/usr/bin:/bin" };

describe("env", () => {
  const flags = { tags: "owner=it's me,cost=$5 `x`\n", "sample-rate": "250" };

  test("a shell sees exactly what the flags said", () => {
    const { lines, problems } = exportsFor({ flags, environment: path }, "/opt/it's here/plugin");
    expect(problems).toEqual([]);
    expect(inShell(lines, path, "GST_PYROSCOPE_TAGS")).toBe(flags.tags);
    expect(inShell(lines, path, "GST_PYROSCOPE_SAMPLE_RATE")).toBe("250");
    expect(inShell(lines, path, "GST_PLUGIN_PATH")).toBe("/opt/it's here/plugin");
  });

  test("every parameter of the tracer and every flag of another command can be exported", () => {
    const rows: readonly OptionRow[] = optionTable;
    const settable = rows.filter((row) => !row.flagOnly && (row.parameter || row.commands.length > 0));
    const flags = Object.fromEntries(settable.map((row) => [row.name, row.default]));
    const { lines, problems } = exportsFor({ flags, environment: path }, "/p");
    expect(problems).toEqual([]);
    for (const row of settable) {
      expect(row.commands, row.name).toContain("env");
      expect(inShell(lines, path, variableOf(row.name))).toBe(row.default);
    }
  });

  test("tracers and plugin folders that were there stay, and a second time changes nothing", () => {
    const before = { ...path, GST_TRACERS: "latency(flags=element)", GST_PLUGIN_PATH: "/a:/b" };
    const once = exportsFor({ environment: before }, "/p").lines;
    expect(inShell(once, before, "GST_TRACERS")).toBe("latency(flags=element);pyroscope");
    const after = { ...before, GST_TRACERS: "latency(flags=element);pyroscope", GST_PLUGIN_PATH: "/p:/a:/b" };
    expect(exportsFor({ environment: after }, "/p").lines).toEqual(once);
  });

  test("a wrong flag is a problem, not an export", () => {
    expect(exportsFor({ flags: { timing: "fast" }, environment: path }, "/p").problems).toHaveLength(1);
  });

  test.each(["", "plain", "a b", "'", "$(id)", "\\", "a\nb", "é"])("%j is one word of a shell", (text) => {
    expect(inShell([`x=${quote(text)}`], path, "x")).toBe(text);
  });
});
