// How do many modules become one file? Each function writes one below a folder like dist/, and returns what esbuild says of it.
// SPDX-License-Identifier: MPL-2.0
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

const forNode = {
  absWorkingDir: root,
  preserveSymlinks: true, // a node_modules that is shared by several checkouts gives the same bytes
  allowOverwrite: true,
  bundle: true,
  format: "esm",
  platform: "node",
  metafile: true,
  logLevel: "warning",
};

const small = {
  target: "node20",
  mainFields: ["module", "main"], // what nobody uses is left out of ES modules only
  // Names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  // Some packages are CommonJS and require what Node has.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
};

/** Leaves a file of ours outside of the bundle, which imports it as `path`. */
const outside = (filter, path) => ({
  name: `${path} stays outside`,
  setup: (hooks) => hooks.onResolve({ filter }, () => ({ path, external: true })),
});

/**
 * The first file of all, which says that Node is too old: in syntax that an old Node reads. A package has it twice: Node starts
 * CommonJS sooner, which the tracer takes (native/process/find-agent.cc), and `cli.js` is the name that everybody knows.
 */
export async function bundleEntry(folder) {
  const one = {
    ...forNode,
    entryPoints: ["src/cli.ts"],
    target: "node10",
    plugins: [outside(/\/start\.js$/, "./start/start.cjs")],
  };
  // Node 10 reads import(); only a newer one gets there
  const made = await build({ ...one, outfile: `${folder}/cli.js`, supported: { "dynamic-import": true } });
  await build({ ...one, outfile: `${folder}/cli.cjs`, format: "cjs", supported: { "dynamic-import": false } });
  for (const file of ["cli.js", "cli.cjs"]) chmodSync(`${folder}/${file}`, 0o755);
  return made.metafile;
}

/** Modules of CommonJS are loaded sooner, and V8 keeps no compiled code of the others. */
const common = {
  format: "cjs",
  minifyWhitespace: false, // a stack trace names lines
  define: { "import.meta.url": "ownUrl" },
  banner: { js: 'const ownUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** All of the program in one file, and what loads it with its compiled code. */
export async function bundleProgram(folder) {
  const one = { ...forNode, ...small, ...common };
  const loader = await build({ ...one, entryPoints: ["src/start/start.ts"], outfile: `${folder}/start/start.cjs` });
  const made = await build({
    ...one,
    entryPoints: ["src/commands/start.ts"],
    outfile: `${folder}/start/program.cjs`,
    supported: { "dynamic-import": false }, // V8 refuses it in kept code: require does it, and src/outside.ts
  });
  return [loader.metafile, made.metafile];
}

/** Graphviz, and what asks it, in a thread of its own: a file, as a thread needs one. */
export async function bundleLayout(folder) {
  const entryPoints = ["src/graph/layout-worker.ts"];
  const outfile = `${folder}/graph/layout-worker.js`;
  // Its code is a string of all characters below 256, which would be a third longer in ASCII.
  return (await build({ ...forNode, ...small, charset: "utf8", entryPoints, outfile })).metafile;
}
