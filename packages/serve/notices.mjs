// Whose work is in the bundles, and under which licence? Their texts, which have to go along with every copy.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const isTerms = (name) => /^(licen[cs]e|notice|copying)/i.test(name);

/** Folders of the packages of which something is in the bundles; `metafiles`: with the folder that their paths begin in. */
export function packagesIn(metafiles) {
  const folders = new Set();
  for (const { metafile, from } of metafiles) {
    for (const { inputs } of Object.values(metafile.outputs)) {
      const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      for (const [path] of used) {
        const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
        if (folder !== undefined) folders.add(resolve(from, folder));
      }
    }
  }
  return [...folders];
}

/** Throws where a package comes without its terms. */
export function noticesOf(folders) {
  const parts = folders.map(noticeOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = parts.map(({ name, version, license }) => `${name} ${version}: ${license}`).join("\n");
  const texts = parts.map(({ name, version, terms }) => `${"=".repeat(72)}\n${name} ${version}\n\n${terms}`);
  return `This package contains work of others:\n\n${list}\n\n${texts.join("\n")}`;
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter(isTerms);
  if (files.length === 0 || typeof license !== "string")
    throw new Error(`${name} has no licence text in ${folder}: do not bundle it, or add its terms here`);
  const terms = files.map((file) => `${readFileSync(join(folder, file), "utf8").trim()}\n`).join("\n");
  return { name, version, license, terms };
}

/** The folder of the package in which a file lies. */
export function packageOf(file) {
  for (let folder = resolve(file, ".."); folder !== "/"; folder = resolve(folder, ".."))
    if (existsSync(join(folder, "package.json"))) return folder;
  throw new Error(`${file} is in no package`);
}
