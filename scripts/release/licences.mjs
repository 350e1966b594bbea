// Whose code is in a bundle, and under which terms may it be passed on? Read from the packages themselves.
// SPDX-License-Identifier: MPL-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, StepFailed } from "../steps.mjs";

/** Folders of the packages that have a file in one of these bundles: node_modules/a/node_modules/@b/c → its last package. */
export function packagesIn(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap((path) => /^(.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** TABLE: packages that come without the file, and what stands for it: a file beside this one. */
const elsewhere = { "@viz-js/viz": "viz-js.txt" };

function ofPackage(folder) {
  const at = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  const found = readdirSync(at).filter((file) => /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i.test(file));
  const files = found.map((file) => join(at, file));
  if (files.length === 0 && name in elsewhere) files.push(join(root, "scripts/release", elsewhere[name]));
  const text = files.map((file) => readFileSync(file, "utf8").trim()).join("\n\n");
  if (text === "") throw new StepFailed(`${folder} has no file with its licence: it cannot be passed on`);
  return { title: `${name} ${version} (${license})`, text };
}

/** One text, each licence once, above it the packages that are under it. */
export function thirdParty(intro, folders) {
  const byText = new Map();
  for (const { title, text } of folders.map(ofPackage)) byText.set(text, [...(byText.get(text) ?? []), title]);
  const rule = "-".repeat(72);
  return [intro, ...[...byText].flatMap(([text, titles]) => [rule, titles.join("\n"), text]), ""].join("\n\n");
}
