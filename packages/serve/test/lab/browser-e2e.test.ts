// Does the comparison of the store with a real page's own log find them equal, for a short session? And a wrong one not?
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasChromium } from "../../../../test/helpers/browser.js";

const script = fileURLToPath(new URL("../../../../scripts/browser-e2e.mjs", import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

test.skipIf(!hasChromium)("a session of ten seconds, with the SDK and with CMCD alone", () => {
  const { status, stdout, stderr } = run("--seconds", "10");
  expect([status, stdout.match(/^FAIL.*/gm)], stderr).toEqual([0, null]);
  for (const by of ["SDK", "CMCD"]) expect(stdout).toContain(`ok   ${by}: names and order are those of the page's log`);
  expect(stdout).toMatch(/^\d\d passed, 0 failed$/m);
});

test.each(["9", "ten"])("%j is no number of seconds", (seconds) => {
  const { status, stderr } = run("--seconds", seconds);
  expect([status, stderr]).toEqual([2, expect.stringContaining("from 10 to 3600")]);
});
