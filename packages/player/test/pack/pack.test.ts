// Is the package what it says, in content, size and types, when somebody installs it?
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("the package", () => {
  it("installs offline, runs in three forms, compiles, and keeps to its size", () => {
    const printed = execFileSync(process.execPath, [path("pack-smoke.mjs")], { encoding: "utf8" });
    console.log(printed);
    expect(printed).toMatch(/core \d+ bytes/);
  });

  it("explains every option in its README", () => {
    const types = readFileSync(path("../../src/types.ts"), "utf8");
    const [, body = ""] = /interface TrackerOptions \{([\s\S]*?)\n\}/.exec(types) ?? [];
    const options = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1]);
    const readme = readFileSync(path("../../README.md"), "utf8");
    const table = readme.split(/<!-- .?options -->/)[1] ?? "";
    expect([...table.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1])).toEqual(options);
    expect(options.length).toBeGreaterThan(10);
  });
});
