// What do the logs of one run of a suite say: results of test programs, what the tracer did in them, what stayed alive, what a
// sanitizer reports? For scripts/suite/run.mjs.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The `leaks` tracer says so by a warning, which fails the check; what it found is compared by itself. */
const leaksFound = "Leaks detected and logged";

/** Per test program: result, failed checks, CRITICALs, undefined behaviour. `text` is what meson writes as NAME.json. */
export function readResults(text) {
  const tests = new Map();
  for (const line of text.trim().split("\n")) {
    const { name, result, stdout = "", stderr = "" } = JSON.parse(line);
    const all = `${stdout}\n${stderr}`.split("\n");
    const rows = all.filter((row) => !row.includes(leaksFound));
    const failed = rows.filter((row) => /:[EF]:/.test(row));
    const criticals = rows.filter((row) => /CRITICAL \*\*|Unexpected critical\/warning/.test(row));
    const odd = rows.filter((row) => row.includes(": runtime error: "));
    const leakedOnly = result === "FAIL" && failed.length === 0 && rows.length < all.length;
    tests.set(name.replace(/^.*: */, ""), { result: leakedOnly ? "OK" : result, failed, criticals, odd });
  }
  return tests;
}

/** One object for each process that ended with the plugin in it; `counters` by name. */
export function readWitness(text) {
  return (text ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [program, , session, calls, buffers, ...rest] = line.split(" ");
      const counters = Object.fromEntries(rest.map((item) => item.split("=")).map(([name, n]) => [name, Number(n)]));
      return { program, session: session === "1", calls: Number(calls), buffers: Number(buffers), counters };
    });
}

/** What the `leaks` tracer found alive at the end, counted by type; not the line that says how it will be written, with a %s. */
export function readLeaks(text) {
  const types = {};
  for (const [, type] of text.matchAll(/object-alive, type-name=\(string\)([^%,;]+)/g))
    types[type] = (types[type] ?? 0) + 1;
  return types;
}

export function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** File name without the process id that a sanitizer adds → what `take` makes of its texts. */
export function readFolder(folder, take) {
  const found = new Map();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const test = file.replace(/\.\d+$/, "");
    found.set(test, take(read(path.join(folder, file)), found.get(test)));
  }
  return found;
}

/** What the sanitizers say of each test: that for addresses in its own files, that for undefined behaviour on stderr. */
export function allReports(tests, files) {
  const all = new Map(files);
  for (const [test, { odd }] of tests) if (odd.length > 0) all.set(test, [...(all.get(test) ?? []), ...odd]);
  return all;
}
