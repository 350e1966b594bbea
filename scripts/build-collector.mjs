// Which files of dist/ are bundles in a checkout, too? The first of all, which any Node reads, and the program, for its start and its size.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundleEntry, bundleProgram } from "./bundles.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

await bundleEntry(dist);
for (const { outputs } of await bundleProgram(dist))
  for (const [file, { bytes, inputs }] of Object.entries(outputs))
    console.log(`${file}: ${Math.round(bytes / 1000)} kB of ${Object.keys(inputs).length} modules`);
// Compiled code of this Node. Where that fails, the first runs make it.
spawnSync(process.execPath, [`${dist}/cli.js`, "prepare-start"], { stdio: "ignore" });
