// How does the player's SDK become what npm carries? ESM, CommonJS, one file for a script tag, and types for both.
// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { asProgram, quietly, tool } from "../../scripts/steps.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

const common = {
  absWorkingDir: path("../.."),
  bundle: true,
  platform: "browser",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

const entries = ["index", "hls"];

/** Into another folder for tests, which must not take away what others read. */
export async function build(dist = path("dist")) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  for (const name of entries) {
    const entryPoints = [path(`src/${name}.ts`)];
    await bundle({ ...common, entryPoints, format: "esm", outfile: join(dist, `${name}.js`) });
    await bundle({ ...common, entryPoints, format: "cjs", outfile: join(dist, `${name}.cjs`) });
  }
  await bundle({
    ...common,
    entryPoints: [path("src/script.ts")],
    format: "iife",
    globalName: "GstPyroscopePlayer",
    banner: { js: "/*! gst-pyroscope-player, MIT */" },
    outfile: join(dist, "gst-pyroscope-player.js"),
  });
  writeTypes(dist);
}

/** What the public files declare; a CommonJS program needs the same under names of its own. */
function writeTypes(dist) {
  const made = mkdtempSync(join(tmpdir(), "gst-pyroscope-player-types-"));
  try {
    const emit = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", made];
    quietly(tool("tsc"), ["-p", path("."), ...emit]);
    for (const name of [...entries, "types", "hls-types"]) copyTypes(made, dist, name);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function copyTypes(made, dist, name) {
  const text = readFileSync(join(made, `packages/player/src/${name}.d.ts`), "utf8");
  writeFileSync(join(dist, `${name}.d.ts`), text);
  writeFileSync(join(dist, `${name}.d.cts`), text.replace(/(from "\.\/[\w-]+)\.js"/g, '$1.cjs"'));
}

await asProgram(import.meta.url, () => build());
