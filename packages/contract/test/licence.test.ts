// Does the README name every file of the contract that the MIT-licensed player bundles, and no other?
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../", import.meta.url));

test("the files that may be used under MIT as well are those in the player's bundle", async () => {
  const entryPoints = ["index", "hls"].map((name) => `${folder}../player/src/${name}.ts`);
  const { metafile } = await build({ entryPoints, bundle: true, write: false, metafile: true, outdir: "/unwritten" });
  const bundled = Object.keys(metafile.inputs).filter((path) => path.includes("contract/src/"));
  const [, licence = ""] = readFileSync(`${folder}README.md`, "utf8").split("## Licence");
  const named = [...licence.matchAll(/`([\w-]+\.ts)`/g)].map(([, name]) => name);
  expect(bundled.map((path) => basename(path)).sort()).toEqual(named.sort());
  expect(named.length).toBeGreaterThan(0);
});
