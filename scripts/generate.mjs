// Which files are made from the tables in src/? Writes them; with --check says what differs and fails.
// SPDX-License-Identifier: MPL-2.0
import { readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";

const root = new URL("../", import.meta.url);
const nativeTypes = {
  string: "kString",
  url: "kString",
  path: "kString",
  tags: "kString",
  int: "kInt",
  bool: "kBool",
  enum: "kEnum",
};

/** Loads a TypeScript file that imports nothing. */
export async function loadTable(path) {
  const { code } = await transform(await readFile(new URL(path, root), "utf8"), { loader: "ts", format: "esm" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

function identifier(name) {
  return `k${name
    .split(/[-_]/)
    .map((word) => word[0].toUpperCase() + word.slice(1).toLowerCase())
    .join("")}`;
}

function macro(name, rows) {
  return [`#define ${name}(X)`, ...rows.map((row) => `  X(${row.join(", ")})`)].join(" \\\n");
}

export async function optionsInc() {
  const { optionTable, variableTable, variableOf } = await loadTable("src/options.ts");
  const text = (value) => JSON.stringify(value);
  const options = optionTable
    .filter((row) => row.parameter)
    .map((row) => [
      identifier(row.name),
      text(row.name),
      text(variableOf(row.name)),
      nativeTypes[row.type],
      text(row.default),
      row.min ?? 0,
      row.max ?? 0,
      text((row.values ?? []).join("|")),
      text(row.help),
    ]);
  const variables = variableTable
    .filter((row) => row.readBy === "tracer")
    .map((row) => [identifier(row.name.replace("GST_PYROSCOPE_", "")), text(row.name), text(row.help)]);
  return `// Which parameters has the tracer? Generated from src/options.ts by scripts/generate.mjs; do not edit.
// SPDX-License-Identifier: MPL-2.0
#pragma once
// clang-format off

// X(identifier, "name", "environment variable", kString|kInt|kBool|kEnum, "default", min, max, "a|b" values of an enum, "blurb")
${macro("PYRO_OPTIONS", options)}

// Variables that are no options.
// X(identifier, "environment variable", "blurb")
${macro("PYRO_VARIABLES", variables)}

// clang-format on
`;
}

export const generatedFiles = [{ path: "native/tracer/options.inc", make: optionsInc }];

async function main() {
  const check = process.argv.includes("--check");
  for (const { path, make } of generatedFiles) {
    const file = new URL(path, root);
    const [want, have] = [await make(), await readFile(file, "utf8").catch(() => "")];
    if (want === have) continue;
    if (check) {
      console.error(`${path} is not what its table says: run node scripts/generate.mjs`);
      process.exitCode = 1;
    } else {
      await writeFile(file, want);
      console.log(`${path} written`);
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main();
