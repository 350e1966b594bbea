// How do the packages become what npm carries? esbuild bundles what runs; tsc writes the types of what others program against.
// SPDX-License-Identifier: MPL-2.0
import { existsSync } from "node:fs";
import { asProgram, root } from "./steps.mjs";

/** Each package says in its own `build.mjs` how; the order is that of their arrows. */
const packages = ["player", "serve"];

export async function bundlePackages() {
  for (const name of packages) {
    const path = `${root}packages/${name}/build.mjs`;
    if (existsSync(path)) await (await import(path)).build();
  }
}

await asProgram(import.meta.url, bundlePackages);
