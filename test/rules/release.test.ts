// Would a release run where it says, and is nothing of the machine in it that made it?
// SPDX-License-Identifier: MPL-2.0
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { miscounted } from "../../scripts/release/counts.mjs";
import { faultsOf, highestGlibc, placesIn, readElf, unmetVersions } from "../../scripts/release/elf.mjs";
import { expected } from "../../scripts/release/emulated.mjs";
import { debugFiles, nativeFiles } from "../../scripts/release/native.mjs";
import { newestGlibc, targets } from "../../scripts/release/targets.mjs";
import { root } from "../helpers/tree.js";

let place = "";
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "pyro-release-"));
});
afterAll(() => rmSync(place, { recursive: true }));

describe("versions of symbols", () => {
  test("are compared as numbers: 2.4 is older than 2.31, and 2.31 is not newer than itself", () => {
    const versions = ["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.31"];
    expect(unmetVersions(versions, "2.31")).toEqual([]);
    expect(highestGlibc(versions)).toBe("2.31");
  });

  test("that a release may not ask for are those of a newer glibc, private ones, and those of libraries that are linked in", () => {
    const strange = [
      "GLIBC_2.32",
      "GLIBC_2.36",
      "GLIBC_3.0",
      "GLIBC_PRIVATE",
      "GLIBCXX_3.4.29",
      "CXXABI_1.3.9",
      "GCC_3.0",
    ];
    expect(unmetVersions(["GLIBC_2.17", ...strange], "2.31")).toEqual(strange);
  });
});

describe("a native file", () => {
  const good = {
    machine: targets["linux-x64-gnu"].machine,
    needed: ["libgstreamer-1.0.so.0", "libglib-2.0.so.0", "libpthread.so.0", "libc.so.6", "ld-linux-x86-64.so.2"],
    versions: ["GLIBC_2.17", "GLIBC_2.30"],
    buildId: "00ff",
    hasDebugLink: true,
    isStripped: true,
  };
  const wanted = { machine: good.machine, newestGlibc };

  test("may be given to others when it asks for what they have, and nothing is in it that they do not need", () => {
    expect(faultsOf(good, wanted)).toEqual([]);
  });

  test.each([
    ["a newer glibc", { versions: ["GLIBC_2.36"] }, "it asks for GLIBC_2.36: more than glibc 2.31 has"],
    ["libstdc++", { needed: ["libstdc++.so.6"] }, "it needs libstdc++.so.6"],
    ["another machine", { machine: "AArch64" }, `it is for AArch64, not for ${good.machine}`],
    ["no build-id", { buildId: "" }, "it has no build-id"],
    ["no word of its companion", { hasDebugLink: false }, "it does not say where its debug symbols are"],
    ["its symbols", { isStripped: false }, "it has symbols that belong into its companion"],
  ])("with %s may not", (_, change, fault) => {
    expect(faultsOf({ ...good, ...change }, wanted)).toEqual([fault]);
  });

  test("of this machine is read: what it needs, and the versions of that", () => {
    const facts = readElf(process.execPath);
    expect(facts.needed).toContain("libc.so.6");
    expect(facts.machine).not.toBe("");
    expect(highestGlibc(facts.versions)).toMatch(/^2\.\d+/);
  });

  test("that names the folder it was built in is found out", () => {
    const file = join(place, "named");
    writeFileSync(file, `\0\x01${root}native/tracer\0`);
    expect(placesIn(file)).toEqual([root.replace(/\/$/, "")]);
    writeFileSync(file, "\0gst-pyroscope/native/tracer\0");
    expect(placesIn(file)).toEqual([]);
  });
});

/** What `npm run release` left here; on most machines nothing. */
const released = Object.keys(targets).filter((target) =>
  Object.values(nativeFiles(target)).every((file) => existsSync(file)),
);

describe.skipIf(released.length === 0)("the release that was made here", () => {
  test.each(released)("runs on glibc 2.31, %s", (target) => {
    const wanted = { machine: targets[target as keyof typeof targets].machine, newestGlibc };
    const files = Object.values(nativeFiles(target));
    expect(files.map((file) => [file, faultsOf(readElf(file), wanted)])).toEqual(files.map((file) => [file, []]));
  });

  test.each(released)("has a companion for each file, and neither names this machine, %s", (target) => {
    const [files, companions] = [nativeFiles(target), debugFiles(target)];
    for (const kind of ["plugin", "addon", "guard"] as const) {
      expect([kind, readElf(companions[kind]).buildId]).toEqual([kind, readElf(files[kind]).buildId]);
      expect([kind, placesIn(files[kind]), placesIn(companions[kind])]).toEqual([kind, [], []]);
    }
  });

  test.runIf(released.includes("linux-x64-gnu"))("has an addon that this Node loads", () => {
    const copy = join(place, "pyroscope.node");
    copyFileSync(nativeFiles("linux-x64-gnu").addon, copy);
    const said = spawnSync(process.execPath, ["-p", `typeof require(${JSON.stringify(copy)}).attach`], {
      encoding: "utf8",
    });
    expect([said.stdout, said.stderr]).toEqual(["function\n", ""]);
  });
});

describe("what was counted under an emulator", () => {
  const element = (name: string, buffersIn: number, buffersOut: number) => ({ name, buffersIn, buffersOut });
  const all = [
    element("fakesrc0", 0, 10_000),
    ...["identity0", "queue0"].map((name) => element(name, 10_000, 10_000)),
    element("fakesink0", 10_000, 0),
  ];
  const said = (complete: boolean, elements: object[]) =>
    miscounted({ complete, pipelines: [{ elements }] } as never, expected);

  test("is right when each element has every buffer and the capture is complete", () => {
    expect(said(true, all)).toEqual([]);
  });

  test("is wrong when an element lacks a buffer, is missing, or the capture ended early", () => {
    expect(said(true, [...all.slice(0, 3), element("fakesink0", 9999, 0)])).toEqual([
      "fakesink0: 9999 in, 0 out, not 10000 in, 0 out",
    ]);
    expect(said(true, all.slice(1))).toEqual(["fakesrc0: not there, not 0 in, 10000 out"]);
    expect(said(false, all)).toEqual(["the capture is not complete"]);
  });
});

describe("npm run release", () => {
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [`${root}scripts/release.mjs`, ...args], { encoding: "utf8", env: { PATH: place } });

  test("for a target that there is not is refused with those that there are", () => {
    const { status, stderr } = command("--targets", "linux-riscv64-gnu");
    expect([status, stderr]).toEqual([2, "linux-riscv64-gnu: known are linux-x64-gnu, linux-arm64-gnu\n"]);
  });

  test("where roots cannot be made is one sentence and an exit code of its own", () => {
    const { status, stdout, stderr } = command();
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/^A release needs .*unshare; chroot; mount; apt-get; dpkg; readelf\n$/);
  });
});
