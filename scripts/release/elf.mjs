// May a native file of a release be given to others? What it asks of glibc, which libraries it needs, what it says of the machine that
// built it: as readelf prints it.
// SPDX-License-Identifier: MPL-2.0
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { quietly, root } from "../steps.mjs";

/** TABLE: libraries that every machine with GStreamer (or Node) and glibc has. All others are linked in. */
const mayNeed = [
  ...[
    /^libc\.so\.6$/,
    /^libm\.so\.6$/,
    /^libdl\.so\.2$/,
    /^libpthread\.so\.0$/,
    /^librt\.so\.1$/,
    /^ld-linux-.*\.so\.\d$/,
  ],
  ...[/^libgstreamer-1\.0\.so\.0$/, /^libgobject-2\.0\.so\.0$/, /^libglib-2\.0\.so\.0$/],
];

/** @param {string} a @param {string} b */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) - (right[i] ?? 0);
  return 0;
}

/** @param {string[]} versions @returns {string} of all names GLIBC_<number> the highest number; "" without one */
export function highestGlibc(versions) {
  const numbers = versions.flatMap((name) => /^GLIBC_([\d.]+)$/.exec(name)?.slice(1) ?? []);
  return numbers.sort(compareVersions).at(-1) ?? "";
}

/**
 * Names of versions that a machine with that glibc may not have: newer ones, private ones, and all of libraries that are linked in.
 *
 * @param {string[]} versions @param {string} newest
 */
export function unmetVersions(versions, newest) {
  return versions.filter((name) => {
    const [, number] = /^GLIBC_(\d[\d.]*)$/.exec(name) ?? [];
    return number === undefined || compareVersions(number, newest) > 0;
  });
}

/** What readelf knows: { machine, needed, versions, buildId, debugLink, isStripped }. */
export function readElf(file) {
  const words = ["-W", "--file-header", "--sections", "--dynamic", "--version-info", "--notes"];
  const text = quietly("readelf", [...words, file], { env: { ...process.env, LC_ALL: "C" } });
  const all = (pattern) => [...text.matchAll(pattern)].map(([, found = ""]) => found);
  // Versions that a file defines have an index and a reference count before their name, those that it needs have flags behind it.
  return {
    machine: all(/^ +Machine: +(.*)$/gm)[0] ?? "",
    needed: all(/\(NEEDED\).*\[(.*)\]/g),
    versions: [...new Set(all(/Name: (\S+) +Flags: \w+ +Version: \d+$/gm))].sort(),
    buildId: all(/Build ID: ([0-9a-f]+)/g)[0] ?? "",
    hasDebugLink: /\.gnu_debuglink/.test(text),
    isStripped: !/ \.(debug_info|symtab) /.test(text),
  };
}

/** Places of this machine that a file names: where it was built, and whose home that is. */
export function placesIn(file, places = []) {
  const bytes = readFileSync(file);
  const here = [root.replace(/\/$/, ""), ...(homedir() === "/" ? [] : [`${homedir()}/`]), ...places];
  return here.filter((place) => bytes.includes(place));
}

/**
 * Why a file may not be given to others; none: it may.
 *
 * @param {ReturnType<typeof readElf>} facts @param {{ machine: string, newestGlibc: string }} wanted
 */
export function faultsOf(facts, { machine, newestGlibc }) {
  const strange = facts.needed.filter((name) => !mayNeed.some((pattern) => pattern.test(name)));
  const unmet = unmetVersions(facts.versions, newestGlibc);
  return [
    ...(facts.machine === machine ? [] : [`it is for ${facts.machine}, not for ${machine}`]),
    ...(unmet.length === 0 ? [] : [`it asks for ${unmet.join(", ")}: more than glibc ${newestGlibc} has`]),
    ...(strange.length === 0 ? [] : [`it needs ${strange.join(", ")}`]),
    ...(facts.buildId === "" ? ["it has no build-id"] : []),
    ...(facts.hasDebugLink ? [] : ["it does not say where its debug symbols are"]),
    ...(facts.isStripped ? [] : ["it has symbols that belong into its companion"]),
  ];
}
