// Do the scripts add up what their tools say, and does set-up stop politely where it may not install?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { add, countJunit, countVitest, toldFailures } from "../../scripts/counts.mjs";
import { filesBelow, root, textOf } from "../helpers/tree.js";

describe("the sum of the tests", () => {
  const vitest = (more: object) =>
    JSON.stringify({
      success: true,
      numPassedTests: 5,
      numFailedTests: 0,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [{ status: "passed", assertionResults: [{}] }],
      ...more,
    });

  test("counts what vitest passed, failed and left out", () => {
    expect(countVitest(vitest({}))).toEqual({ passed: 5, failed: 0, skipped: 3, failures: [] });
    expect(countVitest(vitest({ success: false, numFailedTests: 4 }))).toMatchObject({
      ...{ passed: 5, failed: 4, skipped: 3 },
    });
  });

  test("a file that could not be loaded has failed, and so has a run with an error outside all tests", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    expect(countVitest(vitest({ success: false, testResults }))?.failed).toBe(1);
    expect(countVitest(vitest({ success: false }))?.failed).toBe(1);
  });

  test("counts what ctest passed, failed and left out", () => {
    const text =
      '<?xml?>\n<testsuite name="x"\n\ttests="10"\n\tfailures="2"\n\tdisabled="1"\n\tskipped="3"\n\ttime="0">';
    expect(countJunit(text)).toMatchObject({ passed: 4, failed: 2, skipped: 4 });
  });

  test("names each that failed, with the beginning of its message, for a log of which only the end is kept", () => {
    const assertionResults = [
      { status: "passed", fullName: "a b" },
      {
        status: "failed",
        fullName: "c d",
        duration: 1500,
        failureMessages: [`\u001b[31mError: 3 is not 4\u001b[0m\n${"\n at x".repeat(40)}`],
      },
    ];
    const unloaded = { name: "/t/u.test.ts", status: "failed", assertionResults: [], message: "no such file" };
    const vitestFile = vitest({
      ...{ success: false, numFailedTests: 1 },
      testResults: [{ name: "/t/c.test.ts", status: "failed", assertionResults }, unloaded],
    });
    const junit =
      '<testsuite tests="2" failures="1"><testcase name="Good" status="run"></testcase>' +
      '<testcase name="Bad.&lt;T&gt;" status="fail"><failure message=""/><system-out>[ RUN ]\n/t/x.cc:3: Failure\nbut &quot;5&quot;\n</system-out></testcase></testsuite>';
    const { failed, failures } = add([
      countVitest(vitestFile),
      countJunit(junit),
      { passed: 1, failed: 0, skipped: 0 },
    ]);
    expect(failed).toBe(3);
    const told = toldFailures(failures, "/t/");
    expect(told.filter((line: string) => line.startsWith("FAILED"))).toEqual([
      "FAILED c.test.ts: c d (1.5 s)",
      "FAILED u.test.ts",
      "FAILED Bad.<T>",
    ]);
    expect(told).toContain("    Error: 3 is not 4");
    expect(told).toContain('    but "5"');
    expect(told.length).toBeLessThan(20);
  });

  test("no result is no success", () => {
    expect([countVitest(undefined), countVitest("{"), countJunit(undefined), countJunit("")]).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe("set-up", () => {
  let checkout = "";

  // A copy that nobody needs to be root to read, and a PATH on which nothing is installed and nobody may become root.
  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), "pyro-setup-"));
    chmodSync(checkout, 0o755);
    for (const path of [...filesBelow("scripts"), "package.json", "package-lock.json"]) {
      cpSync(root + path, join(checkout, path));
    }
    mkdirSync(join(checkout, "bin"));
    symlinkSync("elsewhere", join(checkout, "node_modules")); // somebody else's: no npm here
  });
  afterAll(() => rmSync(checkout, { recursive: true }));

  function fake(name: string, script: string) {
    writeFileSync(join(checkout, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  function setUp(...args: string[]) {
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const env = { PATH: `${join(checkout, "bin")}:/usr/bin:/bin`, HOME: checkout };
    return spawnSync(process.execPath, [join(checkout, "scripts/setup.mjs"), ...args], {
      env,
      encoding: "utf8",
      ...nobody,
    });
  }

  test("without permission prints the exact command, installs nothing, and ends with a code of its own", () => {
    fake("dpkg-query", "exit 1");
    fake("sudo", "exit 1");
    fake("apt-get", `touch ${checkout}/installed`);
    const demo = setUp("--demo");
    expect([demo.status, demo.stderr.match(/apt-get install -y --no-install-recommends .*/g)]).toEqual([
      3,
      [expect.stringMatching(/ cmake .*gstreamer1\.0-libav/)],
    ]);
    expect(demo.stderr).not.toContain("chromium");
    const all = setUp();
    expect([all.status, all.stderr]).toEqual([3, expect.stringMatching(/ cmake .* libgtest-dev .*chromium/)]);
    expect(filesBelowCheckout()).not.toContain("installed");
  });

  test("names just what is missing", () => {
    fake("dpkg-query", 'for p in "$@"; do case $p in -*|*Package*|cmake) ;; *) echo $p installed;; esac; done');
    fake("sudo", "exit 1");
    const { stdout, stderr } = setUp();
    expect(stdout.match(/^missing: .*$/gm)).toEqual([expect.stringMatching(/^missing: cmake {2}\w/)]);
    expect(stderr).toContain("--no-install-recommends cmake\n");
  });

  test("with sudo updates the lists once and installs what is missing", () => {
    fake(
      "dpkg-query",
      'for p in "$@"; do case $p in -*|*Package*|cmake|chromium) ;; *) echo $p installed;; esac; done',
    );
    fake("sudo", 'shift; case "$1" in true) ;; *) echo "as root: $*";; esac');
    const { stdout } = setUp();
    const asRoot = (stdout.match(/^as root: .*$/gm) ?? []).map((line) => line.replace(/.* (update|install .*)$/, "$1"));
    expect(asRoot).toEqual(["update", "install -y --no-install-recommends cmake chromium"]);
  });

  // Node 22.13 brings SQLite itself: nothing is compiled there.
  test.skipIf(process.getBuiltinModule?.("node:sqlite") !== undefined)(
    "begins SQLite before it asks Go for what only tests need",
    () => {
      fake("dpkg-query", 'for p in "$@"; do echo $p installed; done');
      for (const name of ["npm", "go"]) fake(name, "exit 0");
      mkdirSync(join(checkout, "elsewhere/better-sqlite3"), { recursive: true });
      const lines = setUp().stdout.split("\n");
      rmSync(join(checkout, "elsewhere"), { recursive: true });
      const at = ["== compiling SQLite", "== asking Go for its pprof", "Everything needed is here."].map((begin) =>
        lines.findIndex((line) => line.startsWith(begin)),
      );
      expect(at).not.toContain(-1);
      expect(at).toEqual([...at].sort((a, b) => a - b));
    },
  );

  test("npm run lab before it names set-up and build", () => {
    const { status, stderr } = spawnSync("npm", ["run", "--silent", "lab"], { cwd: checkout, encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/is missing: run npm run setup && npm run build first\.\n$/),
    ]);
  });

  test.each([
    [
      "build",
      "The npm packages are missing: run npm run setup && npm run build; set-up installs all that a build needs.\n",
    ],
    ["start", "Nothing is built yet: run npm run setup, then npm run build.\n"],
  ])("npm run %s before it is one sentence, and no success", (script, sentence) => {
    const { status, stderr } = spawnSync("npm", ["run", "--silent", script], { cwd: checkout, encoding: "utf8" });
    expect([status, stderr]).toEqual([1, sentence]);
  });

  test("needs nothing but Node itself, so that it can run first", () => {
    for (const path of ["scripts/setup.mjs", "scripts/steps.mjs"]) {
      const imported = [...textOf(path).matchAll(/from "([^"]+)"/g)].map(([, name]) => name ?? "");
      expect(imported.filter((name) => !/^(node:|\.\/steps\.mjs$)/.test(name))).toEqual([]);
    }
  });

  function filesBelowCheckout() {
    return spawnSync("ls", [checkout], { encoding: "utf8" }).stdout.split("\n");
  }
});
