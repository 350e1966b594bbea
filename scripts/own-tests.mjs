// Which source file is held by which test? By one of its own name; else the table says which one. For the rules and for house.mjs.
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./steps.mjs";

/** TABLE: files with logic that have no test of their own name, and the test that fails when they are wrong. */
export const heldBy = {};

/** Share of the files with logic that may stand in that table. */
export const MOST_ELSEWHERE = 0.25;

const stem = (file) => path.basename(file).replace(/(\.test)?\.(ts|cc)$/, "");

/** Has it a function? Types, tables and numbers have nothing that a test could call. */
function hasLogic(file) {
  const text = readFileSync(root + file, "utf8");
  if (/TABLE:|Generated from/.test(text.split("\n").slice(0, 3).join(" "))) return false;
  return file.endsWith(".ts")
    ? /=> |\bfunction\b/.test(text.replace(/^import .*$|^ +\w+\??: \(.*\) => .*;$/gm, ""))
    : /\) (const |override )*\{/.test(text);
}

/** `tracked`: all files of the project. The page's code for the browser is held by tests in one (test/src/page/html.test.ts). */
export function ownTests(tracked) {
  const tests = tracked.filter((file) => /^test\/.*\.test\.(ts|cc)$/.test(file));
  const names = new Set(tests.map(stem));
  const files = tracked.filter(
    (file) => /^(src|native)\/.*\.(ts|cc)$/.test(file) && !file.startsWith("src/page/browser/") && hasLogic(file),
  );
  const without = files.filter((file) => !names.has(stem(file)));
  return { files, tests, without };
}
