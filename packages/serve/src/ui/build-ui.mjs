// How do the dashboard and the demo player become the files that the service serves?
// SPDX-License-Identifier: MPL-2.0
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const requireOf = createRequire(import.meta.url);

/** Answers with what is in it: what esbuild says, its paths being below `from`, and files of others. */
export async function buildUi(outDir) {
  rmSync(outDir, { recursive: true, force: true }); // names of shared parts change with their content
  mkdirSync(outDir, { recursive: true });
  const { metafile } = await bundle({
    entryPoints: { app: path("main.tsx"), demo: path("demo/main.tsx") },
    outdir: outDir,
    absWorkingDir: path("."),
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  for (const name of ["index.html", "demo.html"]) copyFileSync(path(name), join(outDir, name));
  // As its makers built it: only in this form does it find its own script again for the thread that parses media.
  const hls = join(dirname(requireOf.resolve("hls.js")), "hls.min.js");
  copyFileSync(hls, join(outDir, "hls.min.js"));
  return { metafile, from: path("."), copied: [hls] };
}
