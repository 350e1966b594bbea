// Are a target's files reached through a root that stays, and ours where it cannot be seen?
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openTargetRoot } from "../../../src/attach/root.js";

it("a file below the root of a process is the file that the process sees", () => {
  const root = openTargetRoot(process.pid);
  expect(root.prefix).toMatch(/^\/proc\/self\/fd\/\d+$/);
  expect(readFileSync(`${root.prefix}/proc/version`, "utf8")).toBe(readFileSync("/proc/version", "utf8"));
  root.close();
  expect(existsSync(`${root.prefix}/proc/version`)).toBe(false);
});

it("of a process that cannot be seen ours are the files, and there is nothing to close", () => {
  const root = openTargetRoot(2 ** 22 + 1);
  expect(root.prefix).toBe("");
  const own = openTargetRoot(process.pid);
  expect(root.id).toBe(own.id);
  own.close();
  root.close();
  root.close();
});
