// Do the gates tell a tree that holds from one that does not, and does each short name of make lead to a command?
import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { root, textOf } from "../helpers/tree.js";

interface Gate {
  name: string;
  commands: [string, string[]][];
}
const { gates, runGates } = (await import(`${root}scripts/gates.mjs`)) as {
  gates: Gate[];
  runGates(chosen: Gate[], say: (line: string) => void): { passed: number; failed: number };
};
const node = (code: string): [string, string[]] => [process.execPath, ["-e", code]];

test("each gate has a line; one that fails shows why, stops none after it; and counts", () => {
  const said: string[] = [];
  const counts = runGates(
    [
      { name: "broken", commands: [node("console.error('the reason'); process.exit(3)"), node("")] },
      { name: "whole", commands: [node("console.log('not shown')")] },
    ],
    (line) => said.push(line),
  );
  expect(counts).toEqual({ passed: 1, failed: 1 });
  expect(said).toEqual([
    expect.stringMatching(/^FAIL +broken \(\d+\.\d s\)\n.*exit code 3\nthe reason/),
    expect.stringMatching(/^ok +whole \(\d+\.\d s\)$/),
    "1 passed, 1 failed",
  ]);
});

test("both generators are asked whether files have drifted", () => {
  const drift = gates.find(({ name }) => name === "drift")?.commands.map(([, args]) => args.join(" "));
  expect(drift).toEqual(["packages/contract/generate.mjs --check", "scripts/generate.mjs --check"]);
});

test("a gate that does not exist is refused with the names of those that do", () => {
  const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/gates.mjs`, "walls"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringContaining("types")]);
});

test("every target of the Makefile runs an npm script that exists, or a file", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const targets = [...textOf("Makefile").matchAll(/^([a-z][\w-]*): ; (.*)$/gm)].map(([, name = ""]) => name);
  expect(targets).toEqual(expect.arrayContaining(["dev", "smoke", "sdk-pack-smoke", "gates"]));
  for (const target of targets) {
    const command = execFileSync("make", ["-n", target], { cwd: root, encoding: "utf8" }).trim();
    const [, script] = /^npm run ([\w-]+)$/.exec(command) ?? [];
    expect(script === undefined ? command : scripts[script]).toMatch(/^node \S+\.mjs\b|^node \S+\.js\b/);
  }
});
