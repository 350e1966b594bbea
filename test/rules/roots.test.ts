// Is a root of another Debian made once for its recipe, whole or not at all? With programs that only say that they were called.
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rootsHome } from "../../scripts/roots/chroot.mjs";
import { derivedArchives } from "../../scripts/roots/debian.mjs";
import { root } from "../helpers/tree.js";

let place = "";
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "pyro roots ü-"));
  mkdirSync(join(place, "bin"));
  fake("apt-config", "");
  fake("apt-get", "echo 'Debian|http://127.0.0.1/debian|bullseye|main'");
  fake("debootstrap", 'for at; do case $at in */root) mkdir -p "$at/etc/apt/apt.conf.d";; esac; done');
  // It runs what makes a root, and what removes one for somebody who is not root.
  fake(
    "unshare",
    'case "$*" in *"rm -rf "*) want=rm;; *debootstrap*) want=debootstrap;; *) exit 0;; esac; until [ "$1" = $want ]; do shift; done; exec "$@"',
  );
});
afterEach(() => rmSync(place, { recursive: true }));

/** Each call is a line of the log. */
function fake(name: string, script: string) {
  const log = `echo "${name} $*" | tr '\\n' ' ' >>"$LOG"; echo >>"$LOG"`;
  writeFileSync(join(place, "bin", name), `#!/bin/sh\n${log}\n${script}\n`, { mode: 0o755 });
}

/** Asks for the root of a recipe; how often a Debian was made for it, what it ended with, and what lies in its home then. */
function ask(recipe: object) {
  const log = join(place, "log");
  rmSync(log, { force: true });
  const code = `import(${JSON.stringify(`${root}scripts/roots/chroot.mjs`)})
    .then((roots) => roots.cachedRoot(${JSON.stringify(join(place, "home"))}, ${JSON.stringify(recipe)}))
    .catch((error) => { console.error(error.message); process.exitCode = error.code; });`;
  const env = { PATH: `${join(place, "bin")}:/usr/bin:/bin`, LOG: log };
  const { status, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8", env });
  const calls = existsSync(log) ? readFileSync(log, "utf8") : "";
  return {
    status,
    stderr,
    calls,
    made: calls.match(/^debootstrap /gm)?.length ?? 0,
    there: existsSync(join(place, "home")) ? readdirSync(join(place, "home")) : [],
  };
}

const recipe = { name: "old", release: "bullseye", packages: ["g++"], architectures: ["arm64"] };

describe("a root", () => {
  test("is made from the servers that apt knows, and with the packages of its recipe", () => {
    const { status, stderr, calls, there } = ask(recipe);
    expect([status, stderr, there]).toEqual([0, "", ["old"]]);
    expect(calls).toMatch(/^debootstrap .* bullseye .*\/root http:\/\/127\.0\.0\.1\/debian/m);
    expect(calls).toMatch(/dpkg --add-architecture arm64[\s\S]*apt-get -q install -y g\+\+/);
  });

  test("is there for the next who asks for the same, and made anew for another recipe", () => {
    expect([ask(recipe).made, ask(recipe).made]).toEqual([1, 0]);
    expect([ask({ ...recipe, packages: ["g++", "cmake"] }).made, ask(recipe).made]).toEqual([1, 1]);
  });

  test("that was interrupted is not there, and nothing of it is left", () => {
    fake("debootstrap", "echo no network; exit 1");
    const { status, stderr, there } = ask(recipe);
    expect([status, there]).toEqual([1, []]);
    expect(stderr).toContain("no network");
  });

  test("whose maker was killed is removed by the next, one that is being made is not", () => {
    const gone = spawnSync("true").pid;
    for (const pid of [gone, process.pid]) mkdirSync(join(place, "home", `old.${pid}`, "root"), { recursive: true });
    expect(ask(recipe).there.sort()).toEqual(["old", `old.${process.pid}`]);
  });

  test("of a release that no server has is one sentence, with an exit code of its own", () => {
    const { status, stderr, there } = ask({ ...recipe, release: "slink" });
    expect([status, there]).toEqual([3, []]);
    expect(stderr).toMatch(/^apt knows no archive of Debian slink, nor have the servers that it knows: .*\n$/);
  });
});

describe("the servers of another release", () => {
  test("are those that apt knows, of each kind of archive that they are known for", () => {
    const [uri, component] = ["http://127.0.0.1/debian", "main"];
    const names = ["bookworm", "bookworm-updates", "bookworm-security"];
    const known = names.map((release) => ({ uri, release, component }));
    expect(derivedArchives([...known, ...known], "bullseye").map(({ release }) => release)).toEqual([
      "bullseye",
      "bullseye-updates",
      "bullseye-security",
    ]);
  });
});

describe("the home of roots", () => {
  test("is in the cache of the user, where the variable for it names an absolute path", () => {
    expect(rootsHome({ XDG_CACHE_HOME: "/var/cache/me" })).toBe("/var/cache/me/gst-pyroscope/roots");
    expect(rootsHome({ XDG_CACHE_HOME: "here" })).toBe(rootsHome({}));
  });
});
