// What do numbers say of the house? Sizes of files, circles, arrows back, lines of code, tests of the same name: one line a measure.
//   npm run house
// SPDX-License-Identifier: MPL-2.0
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ownTests } from "./own-tests.mjs";
import { asProgram, root } from "./steps.mjs";

const tracked = () => execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const textOf = (file) => readFileSync(root + file, "utf8");
const linesOf = (file) => textOf(file).trimEnd().split("\n");

/** Lines that a compiler reads: neither blank nor only comment. */
function codeLines(file) {
  const text = textOf(file).replace(/\/\*[\s\S]*?\*\//g, "");
  return text.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}

/** A table is as long as what it lists. */
const isTable = (file) =>
  linesOf(file)
    .slice(0, 3)
    .join(" ")
    .match(/TABLE:|Generated from/) !== null;

function sizes(files) {
  const sorted = files.map((file) => linesOf(file).length).sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return `${at(0.5)} / ${at(0.9)} / ${at(1)}`;
}

/** Rows of docs/architecture.md below a heading: room → rooms that it may import. */
export function arrows(heading) {
  const [, section = ""] =
    new RegExp(`^## ${heading}\\n([^]*?)(?=\\n## |$(?![^]))`, "m").exec(textOf("docs/architecture.md")) ?? [];
  const rows = [...section.matchAll(/^\| `([\w/-]+)` \|[^|]*\|([^|]*)\|$/gm)];
  return new Map(
    rows.map(([, room, allowed]) => [
      room,
      allowed
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    ]),
  );
}

/** File → files of ours that it imports or includes. */
function importsOf(files) {
  const known = new Set(files);
  return new Map(files.map((file) => [file, targets(file).filter((target) => known.has(target))]));
}

function targets(file) {
  if (file.endsWith(".ts"))
    return [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, to]) =>
      path.normalize(path.join(path.dirname(file), to.replace(/\.js$/, ".ts"))),
    );
  return [...textOf(file).matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, to]) => `native/${to}`);
}

const roomOf = (file) => file.split("/")[1].replace(/\.ts$/, "");
/** A part of a room, such as unwind/cfi. */
const partOf = (file) => file.split("/").slice(1, -1).join("/");

function arrowsBack(imports, allowed) {
  const crossing = [...imports].flatMap(([from, all]) => all.map((to) => [roomOf(from), roomOf(to), partOf(to)]));
  const handed = (from, to) => to === "native" && ["input", "profile", "symbols"].includes(from);
  const goes = (from, to, part) => [to, part].some((room) => allowed.get(from)?.includes(room));
  return crossing.filter(([from, to, part]) => from !== to && !handed(from, to) && !goes(from, to, part)).length;
}

/** Files from which a way of imports leads back to themselves. */
function onCircles(imports) {
  const reached = (from) => {
    const seen = new Set();
    for (const todo = [...(imports.get(from) ?? [])]; todo.length > 0; ) {
      const file = todo.pop();
      if (seen.has(file)) continue;
      seen.add(file);
      todo.push(...(imports.get(file) ?? []));
    }
    return seen;
  };
  return [...imports.keys()].filter((file) => reached(file).has(file)).length;
}

/** Constants whose comment names a header of native/wire: they are to be generated (scripts/wire-tables.mjs). */
function writtenAgain(files) {
  const copied = /native\/wire\/[\w-]+\.h[^\n]*\n(?:[^\n]*\n)?(?:export )?const \w+(?:: [^=]+)? = (?:\d|new Map)/g;
  return files
    .filter((file) => !isTable(file))
    .reduce((sum, file) => sum + [...textOf(file).matchAll(copied)].length, 0);
}

/** Files of TypeScript that are in no tsconfig that lint reads. */
function untyped(all) {
  const read = ["tsconfig.json", "tsconfig.tests.json"].flatMap((config) => {
    const args = ["-p", config, "--listFilesOnly"];
    return execFileSync(`${root}node_modules/.bin/tsc`, args, { cwd: root, encoding: "utf8" }).split("\n");
  });
  const known = new Set(read.map((file) => path.relative(root, file)));
  return all.filter((file) => /^(src|test)\/.*\.ts$/.test(file) && !known.has(file)).length;
}

await asProgram(import.meta.url, () => {
  const all = tracked().filter((file) => existsSync(root + file));
  const below = (folder, pattern) => all.filter((file) => file.startsWith(folder) && pattern.test(file));
  const [source, native] = [below("src/", /\.ts$/), below("native/", /\.(cc|h)$/)];
  const tests = new Set(all.filter((file) => file.startsWith("test/")));
  const logic = source.filter((file) => !isTable(file) && !file.endsWith(".d.ts"));
  const importsOfSource = importsOf(source);
  const sum = (files) => files.reduce((total, file) => total + codeLines(file), 0);
  const { files, without } = ownTests(all);
  const rows = [
    ["src: lines a file, median / p90 / most, without tables", sizes(logic), "80 / 160 / 250"],
    ["native: lines a file, median / p90 / most", sizes(native), "120 / 300 / 400"],
    ["src: lines of code", sum(source), ""],
    ["native: lines of code", sum(native), ""],
    ["tests: lines of code", sum([...tests].filter((file) => /\.(ts|cc|h)$/.test(file))), ""],
    ["files of src on a circle of imports", onCircles(importsOfSource), "0"],
    ["imports of src against the arrows", arrowsBack(importsOfSource, arrows("Rooms of `src/`")), "0"],
    ["includes of native against the arrows", arrowsBack(importsOf(native), arrows("Rooms of `native/`")), "0"],
    ["files with logic that have no test of their name", `${without.length} of ${files.length}`, "a quarter"],
    [
      "src: numbers written down that a header of the wire has too",
      writtenAgain(source),
      "1: the grid, held by a test",
    ],
    ["tests and page code that no type check reads", untyped(all), "0"],
    ["README: lines", linesOf("README.md").length, "120"],
    ["architecture: lines", linesOf("docs/architecture.md").length, "150"],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  for (const [what, now, wanted] of rows)
    console.log(`${what.padEnd(width)}  ${String(now).padEnd(20)} ${wanted && `wanted: ${wanted}`}`);
});
