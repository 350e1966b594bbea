// How do the dashboard and the demo player become the files that the service serves?
// SPDX-License-Identifier: MPL-2.0
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { flameAliases } from "../../../../scripts/build-page.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const requireOf = createRequire(import.meta.url);

const forPages = {
  absWorkingDir: path("."),
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

/** The report's own flame graph is a file of its own, which the page loads when it shows one. */
const flameSource = path("../../../../src/page/browser/flame-of-stacks.ts");
const flameApart = {
  name: "flame graph apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/flame-of-stacks\.js$/ }, () => ({ path: "./flame.js", external: true })),
};

/** Answers with what is in it: what esbuild says of both bundles, its paths being below `from`, and files of others. */
export async function buildUi(outDir) {
  rmSync(outDir, { recursive: true, force: true }); // names of shared parts change with their content
  mkdirSync(outDir, { recursive: true });
  const common = { ...forPages, outdir: outDir };
  const pages = await bundle({
    ...common,
    entryPoints: { app: path("main.tsx"), demo: path("demo/main.tsx") },
    splitting: true,
    chunkNames: "shared-[hash]",
    plugins: [flameApart],
  });
  const flame = await bundle({
    ...common,
    entryPoints: { flame: flameSource },
    alias: flameAliases,
    loader: { ".css": "empty" },
  });
  for (const name of ["index.html", "demo.html"]) copyFileSync(path(name), join(outDir, name));
  // As its makers built it: only in this form does it find its own script again for the thread that parses media.
  const hls = join(dirname(requireOf.resolve("hls.js")), "hls.min.js");
  copyFileSync(hls, join(outDir, "hls.min.js"));
  return { metafiles: [pages.metafile, flame.metafile], from: path("."), copied: [hls] };
}
