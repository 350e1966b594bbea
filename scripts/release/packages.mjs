// What does npm install? Makes the archives in build/release/npm: gst-pyroscope, bundled, and one package of native files for each platform.
// SPDX-License-Identifier: MPL-2.0
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPage, pageFiles } from "../build-page.mjs";
import { bundleEntry, bundleLayout, bundleProgram } from "../bundles.mjs";
import { ask, asProgram, root, StepFailed, step } from "../steps.mjs";
import { packagesIn, thirdParty } from "./licences.mjs";
import { borrowedNames, fileNames } from "./native.mjs";

/** TABLE: platforms, by the name of their folder of native files, and how npm knows whether it is one. */
export const platforms = {
  "linux-x64-gnu": { os: ["linux"], cpu: ["x64"], libc: ["glibc"] },
  "linux-arm64-gnu": { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] },
};

/** Where the archives are put. */
export const archivesFolder = `${root}build/release/npm`;

const guard = "gst-pyro-guard"; // the one that is run

/** Where README.md's links lead to. */
const documents = [
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "docs",
  "gstreamer",
  "native/README.md",
];

const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const { name, version, description, license, type, engines, bin } = manifest;
const scoped = (platform) => `@${name}/${platform}`;

/** All of what is bundled is no dependency any more. Who wants the agent's own profile adds the one that is asked for then. */
const mainManifest = () => {
  const selfProfile = "@pyroscope/nodejs";
  return {
    ...{ name, version, description, license, type, engines, bin },
    os: ["linux"],
    exports: { "./package.json": "./package.json" },
    optionalDependencies: Object.fromEntries(Object.keys(platforms).map((platform) => [scoped(platform), version])),
    peerDependencies: { [selfProfile]: manifest.optionalDependencies[selfProfile] },
    peerDependenciesMeta: { [selfProfile]: { optional: true } },
  };
};

const platformManifest = (platform) => ({
  ...{ name: scoped(platform), version, description: `${name}: tracer plugin and addon for ${platform}`, license },
  ...platforms[platform],
  publishConfig: { access: "public" }, // of a scope it is private else
});

const nativeIntro = `These files contain code of others, under the terms below. libstdc++ and libgcc of the GNU Compiler Collection are linked in
under the GNU General Public License, version 3, with the GCC Runtime Library Exception, version 3.1. libelf.so.1, which lies beside them and
can be replaced, is under the terms in libelf.txt.`;

function copy(paths, folder) {
  for (const path of paths) cpSync(root + path, join(folder, path), { recursive: true });
}

function emptyFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes package.json and packs; an archive of the same files has the same bytes. */
function pack(folder, its, out) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(its, null, 2)}\n`);
  const said = ask("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", out, folder]);
  if (said === undefined) throw new StepFailed(`npm pack ${folder} failed`);
  const [{ filename, size, unpackedSize }] = JSON.parse(said);
  const kb = (bytes) => `${Math.round(bytes / 1000)} kB`;
  console.log(`${filename}: ${kb(size)}, ${kb(unpackedSize)} unpacked`);
  return join(out, filename);
}

async function packMain(out) {
  const folder = emptyFolder(join(out, "staging", name));
  const dist = join(folder, "dist");
  const bundles = [await bundleEntry(dist), await bundleLayout(dist), ...(await bundleProgram(dist))];
  const { metafiles } = await buildPage();
  for (const file of pageFiles) cpSync(`${root}dist/${file}`, join(dist, file));
  copy([...documents, "LICENSE"], folder);
  const folders = packagesIn([...bundles, ...metafiles]);
  const intro = "The files in dist/ contain code of these packages, under their terms.";
  writeFileSync(join(folder, "THIRD-PARTY.txt"), thirdParty(intro, folders));
  return pack(folder, mainManifest(), out);
}

function packPlatform(platform, native, out) {
  const folder = emptyFolder(join(out, "staging", platform));
  for (const file of fileNames) {
    const from = join(native, platform, file);
    if (!existsSync(from)) throw new StepFailed(`${from} is not there: the release build makes it`);
    cpSync(from, join(folder, file));
    chmodSync(join(folder, file), file === guard ? 0o755 : 0o644);
  }
  for (const file of borrowedNames.filter((name) => existsSync(join(native, platform, name))))
    cpSync(join(native, platform, file), join(folder, file));
  copy(["LICENSE"], folder);
  writeFileSync(join(folder, "THIRD-PARTY.txt"), thirdParty(nativeIntro, ["node_modules/node-addon-api"]));
  const about = `The native files of ${name}, which installs them.`;
  writeFileSync(join(folder, "README.md"), `# ${scoped(platform)}\n\n${about}\n`);
  return pack(folder, platformManifest(platform), out);
}

/** `native`: a folder with one for each platform. Returns the archives; the first one is gst-pyroscope's. */
export async function packAll({ native, out, wanted = Object.keys(platforms) }) {
  mkdirSync(out, { recursive: true });
  const archives = [await packMain(out), ...wanted.map((platform) => packPlatform(platform, native, out))];
  rmSync(join(out, "staging"), { recursive: true });
  return archives;
}

await asProgram(import.meta.url, async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      native: { type: "string", default: `${root}build/release/native` },
      out: { type: "string", default: archivesFolder },
      platform: { type: "string", multiple: true },
    },
  });
  const { native, out, platform } = values;
  await step("packages for npm", () => packAll({ native, out, ...(platform && { wanted: platform }) }));
});
