// Which two files of dist/ are bundles in a checkout, too? The one with OpenTelemetry, for its size, and the first of all, which any Node reads.
// SPDX-License-Identifier: MPL-2.0
import { fileURLToPath } from "node:url";
import { bundleCollector, bundleEntry } from "./bundles.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

await bundleEntry(dist);
const [{ bytes, inputs }] = Object.values((await bundleCollector(dist)).outputs);
console.log(`dist/agent/collector.js: ${Math.round(bytes / 1000)} kB of ${Object.keys(inputs).length} modules`);
