// How is a release made? Native files for every target, built in the oldest Debian, checked, and packed for npm, all below build/release/.
//   npm run release [-- --targets linux-x64-gnu,linux-arm64-gnu]   [--home DIR]   [--twice]   [--jobs N]
//   --home DIR   where the Debian lies that it builds in, and the compiler's cache; made at the first use
//   --twice      builds each target twice, in different folders, and compares the bytes
// SPDX-License-Identifier: MPL-2.0
import { mkdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildCommand, needModules } from "./build.mjs";
import { highestGlibc, readElf } from "./release/elf.mjs";
import { countEmulated } from "./release/emulated.mjs";
import { buildNative, debugFiles, nativeFiles, nativeFolder } from "./release/native.mjs";
import { archivesFolder, packAll } from "./release/packages.mjs";
import { buildRoot, targets } from "./release/targets.mjs";
import { cachedRoot, needRoots, rootsHome } from "./roots/chroot.mjs";
import { asProgram, StepFailed, step } from "./steps.mjs";

function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      home: { type: "string", default: rootsHome() },
      targets: { type: "string", default: Object.keys(targets).join(",") },
      twice: { type: "boolean", default: false },
      jobs: { type: "string" },
    },
  });
  const names = values.targets.split(",").filter((name) => name !== "");
  const strange = names.filter((name) => !(name in targets));
  if (strange.length > 0 || names.length === 0)
    throw new StepFailed(`${strange.join(", ") || "--targets"}: known are ${Object.keys(targets).join(", ")}`, 2);
  return { ...values, home: path.resolve(values.home), targets: names };
}

/** One line a file: what it weighs, what it asks of glibc. */
function describe(target) {
  const debug = debugFiles(target);
  for (const [kind, file] of Object.entries(nativeFiles(target))) {
    const [size, companion] = [file, debug[kind]].map((one) => `${Math.round(statSync(one).size / 1024)} KiB`);
    const glibc = highestGlibc(readElf(file).versions);
    console.log(`${target}/${path.basename(file)}: ${size}, symbols ${companion}, glibc ${glibc} or newer`);
  }
}

/**
 * Makes the native files of `targets` (names of the table) and the archives for npm; the archives' paths, gst-pyroscope's first.
 * `home`: where roots are kept; `twice`: and compares the bytes of a second build; `jobs`: of the compiler.
 */
export async function makeRelease({ targets: wanted, home, twice = false, jobs = String(availableParallelism()) }) {
  if (process.arch !== "x64") throw new StepFailed("A release is made on x86-64: its compilers are of that machine", 3);
  needRoots("A release needs", { programs: ["readelf"] });
  needModules();
  mkdirSync(home, { recursive: true });
  const chroot = await cachedRoot(home, buildRoot);
  for (const target of wanted) {
    await step(`native files of ${target}`, () => buildNative(chroot, target, { home, twice, jobs }));
    describe(target);
  }
  await buildCommand();
  if (wanted.includes("linux-arm64-gnu"))
    await step("linux-arm64-gnu under qemu-user", () => countEmulated(chroot, { home }));
  return step("packages for npm", () => packAll({ native: nativeFolder, out: archivesFolder, wanted }));
}

await asProgram(import.meta.url, (args) => makeRelease(parse(args)));
