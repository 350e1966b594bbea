// Are the published schema and the document of what is collected those of the source? Writes them; --check only compares.
// SPDX-License-Identifier: MPL-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const source = `
  export { batchSchema } from "./src/schema.js";
  export { collectedDocument } from "./src/collected.js";
  export { windowBatchSchema } from "./src/window-schema.js";
`;
const here = fileURLToPath(new URL(".", import.meta.url));

/** Path below the repository → text. */
export async function generated() {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here, loader: "ts" },
    ...{ bundle: true, write: false, format: "esm", platform: "neutral", mainFields: ["module", "main"] },
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const { batchSchema, collectedDocument, windowBatchSchema } = await import(`data:text/javascript;base64,${code}`);
  return {
    "packages/contract/schema/playback-events-1.0.json": `${JSON.stringify(batchSchema, null, 2)}\n`,
    "packages/contract/schema/pipeline-windows-1.0.json": `${JSON.stringify(windowBatchSchema, null, 2)}\n`,
    "docs/what-is-collected.md": collectedDocument(),
  };
}

const root = new URL("../../", import.meta.url);

function current(path) {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch {
    return "";
  }
}

async function main() {
  const files = await generated();
  const stale = Object.keys(files).filter((path) => current(path) !== files[path]);
  if (process.argv.includes("--check")) {
    for (const path of stale)
      console.error(`${path} is not what the source says: run node packages/contract/generate.mjs`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const path of stale) {
    mkdirSync(dirname(fileURLToPath(new URL(path, root))), { recursive: true });
    writeFileSync(new URL(path, root), files[path]);
    console.log(`wrote ${path}`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
