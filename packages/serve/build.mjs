// How does the session service become what npm carries? One file with all it needs but SQLite, the store's thread, the pages, and whose work is in them.
// SPDX-License-Identifier: MPL-2.0
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { asProgram } from "../../scripts/steps.mjs";
import { noticesOf, packageOf, packagesIn } from "./notices.mjs";
import { buildUi } from "./src/ui/build-ui.mjs";

const here = new URL("./", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, here));

const forNode = {
  absWorkingDir: path("../.."),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["better-sqlite3"],
  mainFields: ["module", "main"],
  minifyWhitespace: true,
  minifySyntax: true, // names stay, so that a stack trace can be read
  legalComments: "none", // THIRD-PARTY-NOTICES.txt has the terms of all
  logLevel: "warning",
  metafile: true,
  // Some packages are CommonJS and require what Node has.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
};

/** Files that run, by what they are made of; the store's thread needs a file of its own. */
const programs = { "serve.js": "src/main.ts", "store-worker.js": "src/store/sqlite/worker.ts" };

export async function build() {
  const metafiles = [];
  for (const [name, entry] of Object.entries(programs)) {
    const made = await bundle({ ...forNode, entryPoints: [path(entry)], outfile: path(`dist/${name}`) });
    metafiles.push({ metafile: made.metafile, from: forNode.absWorkingDir });
  }
  const ui = await buildUi(path("dist/ui"));
  for (const metafile of ui.metafiles) metafiles.push({ metafile, from: ui.from });
  copyPlayer();
  const folders = [...packagesIn(metafiles), ...ui.copied.map(packageOf)];
  writeFileSync(path("dist/THIRD-PARTY-NOTICES.txt"), noticesOf([...new Set(folders)]));
}

/** For the page /demo. */
function copyPlayer() {
  const made = path("../player/dist/gst-pyroscope-player.js");
  if (!existsSync(made)) return;
  const copy = path("dist/ui/gst-pyroscope-player.js");
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(made, copy);
}

await asProgram(import.meta.url, build);
