// Makes dist/agent/collector.js one file with all that it imports: 300 modules of OpenTelemetry and gRPC cost the agent 8 MB more.
// SPDX-License-Identifier: MPL-2.0
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

const { metafile } = await build({
  entryPoints: [`${root}src/agent/collector.ts`],
  outfile: `${root}dist/agent/collector.js`,
  allowOverwrite: true,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"], // what nobody uses is left out of ES modules only
  // Names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  // gRPC is CommonJS and requires what Node has.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  metafile: true,
  logLevel: "warning",
});
const [{ bytes, inputs }] = Object.values(metafile.outputs);
console.log(`dist/agent/collector.js: ${Math.round(bytes / 1000)} kB of ${Object.keys(inputs).length} modules`);
