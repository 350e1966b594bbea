// How do sources become the native files of a release? In the root of the oldest Debian, without network: the same bytes wherever the
// checkout lies. Each file has a companion with its debug symbols.
// SPDX-License-Identifier: MPL-2.0
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { root, StepFailed } from "../steps.mjs";
import { faultsOf, placesIn, readElf, unmetVersions } from "./elf.mjs";
import { newestGlibc, targets } from "./targets.mjs";

const release = path.join(root, "build", "release");

/** One folder for each target. */
export const nativeFolder = path.join(release, "native");

/** TABLE: the files, and where a build leaves them. */
const built = {
  plugin: "plugin/libgstpyroscope.so",
  addon: "Release/pyroscope.node",
  guard: "plugin/gst-pyro-guard",
};

/**
 * TABLE: a library that a machine with GStreamer need not have: the package of that Debian, and the terms that come with it. It is passed on as
 * it is, beside the addon, which takes the machine's own if there is one.
 */
const borrowed = { library: "libelf.so.1", from: "libelf1", terms: ["LGPL-3", "GPL-3"], text: "libelf.txt" };

/** TABLE: what of the project a native build reads. */
const sources = ["CMakeLists.txt", "package.json", "native", "gstreamer/gst-pyroscope.h"];

/** Where the native files of a target lie once they are built and checked: { plugin, addon, guard }. For those who pack them. */
export function nativeFiles(target) {
  const file = (name) => path.join(nativeFolder, target, path.basename(built[name]));
  return { plugin: file("plugin"), addon: file("addon"), guard: file("guard") };
}

/** Names of all files of a target, and of those that are passed on unchanged, which a build of a checkout lacks. */
export const fileNames = Object.values(built).map((file) => path.basename(file));
export const borrowedNames = [borrowed.library, borrowed.text];

/** The companions with their debug symbols, by the same names. */
export function debugFiles(target) {
  const file = (name) => path.join(release, "debug", target, `${path.basename(built[name])}.debug`);
  return { plugin: file("plugin"), addon: file("addon"), guard: file("guard") };
}

/** Headers by which an addon is compiled; those of npm packages, so that nothing depends on the Node that runs this. */
function headers() {
  const folders = {
    "node-api-headers": "node_modules/node-api-headers/include",
    "node-addon-api": "node_modules/node-addon-api",
  };
  const found = Object.entries(folders).map(([name, folder]) => [`/headers/${name}`, path.join(root, folder)]);
  const missing = found.filter(([, folder]) => !existsSync(folder)).map(([, folder]) => folder);
  if (missing.length > 0) throw new StepFailed(`not there: ${missing.join(", ")}; npm run setup installs them`, 3);
  return Object.fromEntries(found.map(([to, from]) => [to, realpathSync(from)]));
}

// $1 the project, $2 the build folder, $3 where the results go, $4 prefix of the binutils, $5 jobs, $6 files; then for CMake.
const building = `set -e
project=$1 build=$2 out=$3 prefix=$4 jobs=$5 files=$6; shift 6
same="-ffile-prefix-map=$project=gst-pyroscope -ffile-prefix-map=$build=build"
cmake -G Ninja -S "$project" -B "$build" -DCMAKE_BUILD_TYPE=Release -DPYRO_TESTS=OFF \\
  "-DCMAKE_C_FLAGS=$same" "-DCMAKE_CXX_FLAGS=$same" \\
  -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \\
  -DCMAKE_JS_VERSION=release "-DCMAKE_JS_INC=/headers/node-api-headers;/headers/node-addon-api" "$@"
nice -n 10 ninja -C "$build" -j "$jobs"
mkdir -p "$out/native" "$out/debug"
for file in $files; do
  name=$(basename "$file")
  \${prefix}objcopy --only-keep-debug "$build/$file" "$out/debug/$name.debug"
  \${prefix}strip --strip-unneeded -o "$out/native/$name" "$build/$file"
  chmod 644 "$out/debug/$name.debug"; chmod 755 "$out/native/$name"
  (cd "$out/debug" && \${prefix}objcopy --add-gnu-debuglink="$name.debug" "$out/native/$name")
done`;

// $1 where the results go, $2 the library, $3 its package, $4 the file of its terms; then the names of licences.
const borrowing = `set -e
out=$1 library=$2 package=$3 text=$4; shift 4
file=$(dpkg -L "$package" | grep "/$library$")
install -m 644 "$(readlink -f "$file")" "$out/native/$library"
{
  dpkg-query -W -f '\${source:Package} \${source:Version}' "$package"
  printf ' in Debian: %s is of it, unchanged; its source is Debian'"'"'s package of that name and version.\\n\\n' "$library"
  cat "/usr/share/doc/\${package%:*}/copyright"
  for licence; do printf '\\n%s\\n\\n' "----- $licence"; cat "/usr/share/common-licenses/$licence"; done
} >"$out/native/$text"
chmod 644 "$out/native/$text"`;

/** Builds a target once, in folders that are called `name` inside; the folder with `native` and `debug`. */
function buildOnce(chroot, target, { name, jobs, cache }) {
  const work = path.join(release, "work", target, name);
  rmSync(work, { recursive: true, force: true });
  for (const folder of ["build", "out"]) mkdirSync(path.join(work, folder), { recursive: true });
  const [project, build, out] = [`/${name}/project`, `/${name}/build`, `/${name}/out`];
  const { prefix, configure, env } = targets[target];
  const binds = {
    ...headers(),
    ...Object.fromEntries(sources.map((one) => [`${project}/${one}`, path.join(root, one)])),
  };
  const writable = { [build]: path.join(work, "build"), [out]: path.join(work, "out") };
  if (cache) writable["/ccache"] = cache;
  const ccache = cache ? { CCACHE_DIR: "/ccache" } : { CCACHE_DISABLE: "1" };
  const words = [project, build, out, prefix, jobs, Object.values(built).join(" "), ...configure];
  chroot.run(["sh", "-c", building, "sh", ...words], {
    binds,
    writable,
    network: false,
    env: { ...env, ...ccache },
    shown: `native build of ${target}`,
  });
  const { library, from, text, terms } = borrowed;
  const lent = [out, library, `${from}:${targets[target].architecture}`, text, ...terms];
  chroot.run(["sh", "-c", borrowing, "sh", ...lent], { writable, network: false, shown: `${library} of ${target}` });
  return path.join(work, "out");
}

/** Names of all files of a result, relative to its folder. */
const resultNames = fileNames.flatMap((name) => [`native/${name}`, `debug/${name}.debug`]);
const lentNames = borrowedNames.map((name) => `native/${name}`);

const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** A second build in other folders and without a cache of compilers must give the same bytes. */
function proveSame(chroot, target, first, options) {
  const second = buildOnce(chroot, target, { ...options, name: "elsewhere", cache: undefined });
  const names = [...resultNames, ...lentNames];
  const different = names.filter((name) => hashOf(path.join(first, name)) !== hashOf(path.join(second, name)));
  if (different.length > 0) throw new StepFailed(`${target}: two builds differ in ${different.join(", ")}`);
  console.log(`${target}: built twice, ${names.length} files of the same bytes`);
}

function checked(target, folder) {
  const wanted = { machine: targets[target].machine, newestGlibc };
  const faults = resultNames.flatMap((name) => {
    const file = path.join(folder, name);
    const places = placesIn(file).map((place) => `it names ${place}`);
    const others = name.startsWith("native/") ? faultsOf(readElf(file), wanted) : [];
    return [...places, ...others].map((fault) => `${target}/${path.basename(name)}: ${fault}`);
  });
  const unmet = unmetVersions(readElf(path.join(folder, "native", borrowed.library)).versions, newestGlibc);
  if (unmet.length > 0) faults.push(`${target}/${borrowed.library}: it asks for ${unmet.join(", ")}`);
  if (faults.length > 0) throw new StepFailed(faults.join("\n"));
}

/** Builds and checks; only what holds is put where nativeFiles() finds it. */
export function buildNative(chroot, target, { twice, jobs, home }) {
  const cache = path.join(home, "ccache");
  mkdirSync(cache, { recursive: true });
  const folder = buildOnce(chroot, target, { name: "gst-pyroscope", jobs, cache });
  if (twice) proveSame(chroot, target, folder, { jobs });
  checked(target, folder);
  for (const kind of ["native", "debug"]) {
    const place = path.join(release, kind, target);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    for (const name of [...resultNames, ...lentNames].filter((one) => one.startsWith(`${kind}/`)))
      copyFileSync(path.join(folder, name), path.join(place, path.basename(name)));
  }
}
