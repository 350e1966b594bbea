// Which name has a module's file?
import { expect, it } from "vitest";
import { moduleName } from "../../../src/model/module-name.js";

it.each([
  ["/usr/lib/x86_64-linux-gnu/libx264.so.164", "libx264.so.164"],
  ["/tmp/plugin.so (deleted)", "plugin.so"],
  ["[vdso]", "[vdso]"],
  ["", ""],
])("%j is called %j", (path, name) => {
  expect(moduleName(path)).toBe(name);
});
