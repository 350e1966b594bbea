// Do the terms of everybody whose work is bundled go along with the package, and is the player's bundle ours alone?
// SPDX-License-Identifier: MPL-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { noticesOf, packageOf, packagesIn } from "../../notices.mjs";
import { temporaryFolder } from "../helpers/folders.js";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

describe("the service", () => {
  const notices = readFileSync(path("dist/THIRD-PARTY-NOTICES.txt"), "utf8");

  test("has the terms of all that its package.json bundles", () => {
    const { devDependencies } = JSON.parse(readFileSync(path("package.json"), "utf8"));
    const bundled = Object.entries<string>(devDependencies).filter(([name]) => !/^@types\/|gst-pyroscope/.test(name));
    expect(bundled.length).toBeGreaterThan(8);
    for (const [name, version] of bundled) {
      expect(notices).toMatch(new RegExp(`^${name} ${version}: [\\w.-]+$`, "m"));
      const [, text = ""] = notices.split(`${"=".repeat(72)}\n${name} ${version}\n`);
      const [terms = ""] = text.split("=".repeat(72));
      expect(terms).toMatch(/Permission is hereby granted|Apache License|Redistribution and use/);
      expect(terms).toMatch(/copyright/i);
    }
  });

  test("and of what those bundle in turn, but not of what is installed beside", () => {
    for (const name of ["fast-uri", "tdigest", "bintrees", "@svta/cml-utils"]) expect(notices).toContain(`\n${name} `);
    expect(notices).not.toContain("\nbetter-sqlite3 ");
  });
});

test("a package without terms is not bundled", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package.json"), '{"name": "x", "version": "1.0.0", "license": "MIT"}');
  mkdirSync(join(folder, "dist"));
  expect(packageOf(join(folder, "dist/x.js"))).toBe(folder);
  expect(() => noticesOf([folder])).toThrow("x has no licence text");
  writeFileSync(join(folder, "LICENCE"), "Permission is hereby granted");
  expect(noticesOf([folder])).toContain("x 1.0.0: MIT");
});

test("in the player's bundles there is nobody's work but ours, whose licence is in its package", async () => {
  const entryPoints = ["index", "hls", "script"].map((name) => path(`../player/src/${name}.ts`));
  const { metafile } = await build({ entryPoints, bundle: true, write: false, metafile: true, outdir: "/unwritten" });
  expect(Object.keys(metafile.inputs).length).toBeGreaterThan(10);
  expect(packagesIn([{ metafile, from: process.cwd() }]).filter((one) => !one.includes("@gst-pyroscope"))).toEqual([]);
  expect(readFileSync(path("../player/LICENSE"), "utf8")).toContain("MIT License");
});
