// Does the comparison of the store with a real page's own log find them equal, for a short session? And a wrong one not?
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasChromium } from "../../../../test/helpers/browser.js";

const script = fileURLToPath(new URL("../../../../scripts/browser-e2e.mjs", import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

/** Its single pictures count on a machine with time for them; here, the one in the middle does. */
const PROGRAM_TIME = /PROGRAM-DATE-TIME|playingDate|playing_date/;

test.skipIf(!hasChromium)("a session of ten seconds, with the SDK and with CMCD alone", () => {
  const { stdout, stderr } = run("--seconds", "10");
  const lines = stdout.split("\n");
  expect(
    lines.filter((line) => line.startsWith("FAIL") && !PROGRAM_TIME.test(line)),
    stderr,
  ).toEqual([]);
  for (const by of ["SDK", "CMCD"]) expect(stdout).toContain(`ok   ${by}: names and order are those of the page's log`);
  const middles = lines
    .filter((line) => PROGRAM_TIME.test(line))
    .map((line) => Number(/middle (-?\d+) ms/.exec(line)?.[1]));
  expect(middles.length).toBeGreaterThanOrEqual(5);
  for (const middle of middles) expect(Math.abs(middle)).toBeLessThanOrEqual(300);
  expect(stdout).toMatch(/^\d\d passed, \d failed$/m);
});

test.each(["9", "ten"])("%j is no number of seconds", (seconds) => {
  const { status, stderr } = run("--seconds", seconds);
  expect([status, stderr]).toEqual([2, expect.stringContaining("from 10 to 3600")]);
});
